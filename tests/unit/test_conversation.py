"""Limits of a question and the title of a chat."""

from uuid import uuid4

import pytest

from lib.chat.conversation import (
    MAX_QUESTION_CHARS,
    NEW_CHAT_TITLE,
    QUESTION_TITLE_CHARS,
    first_answer_id,
    question_text,
    title_of,
)
from lib.chat.titles import cleaned_title
from lib.errors import BadInput


@pytest.mark.parametrize("text", ["", " ", "\n\t\n", "\x00", "\ud800"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="empty"):
        question_text(text)
    with pytest.raises(BadInput, match="files, but no words"):
        question_text(text, has_files=True)


def test_a_question_over_the_limit_is_refused_with_both_numbers() -> None:
    assert len(question_text("x" * MAX_QUESTION_CHARS)) == MAX_QUESTION_CHARS
    with pytest.raises(BadInput, match="200,000 characters; 100,000"):
        question_text("x" * 200_000)


def test_a_question_loses_only_characters_that_cannot_be_stored() -> None:
    assert question_text(" a\x00b\n  c \ud800😀 ") == "ab\n  c 😀"


def test_a_short_question_is_its_title_on_one_line() -> None:
    assert title_of("Which  region\nsold most?") == "Which region sold most?"
    assert title_of("x" * QUESTION_TITLE_CHARS) == "x" * QUESTION_TITLE_CHARS
    assert title_of(" ") == NEW_CHAT_TITLE


def test_a_long_question_is_cut_between_words() -> None:
    question = "Which region of all that we sell to in Europe sold most last quarter?"
    title = title_of(question)
    assert len(title) <= QUESTION_TITLE_CHARS
    kept = title.removesuffix("…")
    assert question.startswith(f"{kept} ") and title.endswith("…")


@pytest.mark.parametrize("question", ["x" * 61, "a " + "y" * 200, "東京" * 100])
def test_a_long_question_without_spaces_is_cut_within_a_word(question: str) -> None:
    title = title_of(question)
    assert len(title) == QUESTION_TITLE_CHARS
    assert question.startswith(title.removesuffix("…"))


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.mark.parametrize(
    "question", ["\u200b\u2060", "\u3164", "\u2800 \ufeff", "\u202e\u202c", "\u0301", "\x1b[31m\x1b[0m"]
)
def test_an_invisible_question_gives_no_title(question: str) -> None:
    assert title_of(question) == NEW_CHAT_TITLE
    assert cleaned_title(question) is None


def test_a_title_is_not_cut_within_a_grapheme() -> None:
    assert title_of(FAMILY * 20) == FAMILY * 8 + "…"
    assert title_of("\U0001f1e9\U0001f1ea" * 40) == "\U0001f1e9\U0001f1ea" * 29 + "…"
    assert title_of("x" * 58 + "e\u0301\u0323" + "x") == "x" * 58 + "…"
    assert cleaned_title("\U0001f44d\U0001f3fd" * 50) == "\U0001f44d\U0001f3fd" * 39 + "…"


def test_invisible_characters_are_removed_from_titles() -> None:
    assert title_of("\u202eWhich re\u200bgion\u2069 sold\x1b[1m most\x1b[0m?") == "Which region sold most?"
    assert cleaned_title("\u200b\n\ufeff“Sales\u200f by region”") == "Sales by region"


def test_the_first_answers_id_follows_from_the_questions() -> None:
    one, other = uuid4(), uuid4()
    assert first_answer_id(one) == first_answer_id(one) != first_answer_id(other)
    assert first_answer_id(one) != one


@pytest.mark.parametrize(
    ("suggestion", "title"),
    [
        ("Sales by region", "Sales by region"),
        ('"Sales by region."', "Sales by region"),
        ("Title: Sales by region", "Sales by region"),
        ("**Sales by region**\n\nThis title says it all.", "Sales by region"),
        ("# Sales by region", "Sales by region"),
        ("<think>Hm, what fits?</think>Sales by region", "Sales by region"),
        ("“Sales” by region", "Sales” by region"),
        ("Sales\x00 by region", "Sales by region"),
    ],
)
def test_a_models_title_loses_the_decoration_around_it(suggestion: str, title: str) -> None:
    assert cleaned_title(suggestion) == title


@pytest.mark.parametrize("suggestion", ["", "  \n ", "<think>still thinking", '""', "***"])
def test_a_title_that_is_empty_after_cleaning_is_none(suggestion: str) -> None:
    assert cleaned_title(suggestion) is None


def test_a_models_title_has_at_most_80_characters_and_ends_between_words() -> None:
    assert cleaned_title("word " * 40) == "word " * 14 + "word…"


def test_reasoning_before_a_models_title_is_removed() -> None:
    assert cleaned_title("They ask for sales.</think>Sales by region") == "Sales by region"

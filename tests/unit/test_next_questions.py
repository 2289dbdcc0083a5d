"""What becomes of a model's text with next questions, and which answers it is asked about."""

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.agent.formats.shared.normalise import MAX_FOLLOW_UP_CHARS
from lib.chat.answer import Answer
from lib.chat.follow_ups import questions_in, wants_follow_ups
from lib.chat.turn import Turn
from lib.labels import clean_label
from lib.messages.parts import FollowUp, Part, SignIn, Text, ToolCall
from lib.store.models import Status

FOREIGN = "各地域の売上は？\nوماذا عن الشهر؟\nΚαι ανά μήνα;"  # noqa: RUF001
ASKED = "How many orders are there?"


@pytest.mark.parametrize(
    ("said", "questions"),
    [
        ("And by month?\nAnd by region?\nAnd by category?", ["And by month?", "And by region?", "And by category?"]),
        ("1. A?\n2) B?\n(3) C?", ["A?", "B?", "C?"]),
        ('- A?\n* **B?**\n• "C?"', ["A?", "B?", "C?"]),
        ("A?\n\nB?\nC?\nD?", ["A?", "B?", "C?"]),
        ("Here are three questions:\nA?\nI hope this helps.", ["A?"]),
        ("<think>Which? Sales?</think>\nA?", ["A?"]),
        ("<think>Which? Sales?", []),
        ("A?\na ?\nB?", ["A?", "B?"]),
        (f"1. {ASKED}\nhow many orders are there ?\nB?", ["B?"]),
        ("Which have a margin < 5%?\nWhich have a margin > 20%?", None),
        ("<p>A?</p>\n<b>B?</b>", ["A?", "B?"]),
        ("NONE", []),
        ("I'm sorry, but I cannot help with that.", []),
        ("SELECT 1;", []),
        ("", []),
        ("?\n? ?", []),
        (f"{'x' * MAX_FOLLOW_UP_CHARS}?\nB?", ["B?"]),
        ("What were sales in 2024 and 3.5 years before?\n3.5 million for whom?", None),
        (FOREIGN, FOREIGN.splitlines()),
        ("A\u202e?\n\u200b", ["A?"]),
    ],
)
def test_the_questions_of_a_models_text(said: str, questions: list[str] | None) -> None:
    expected = said.splitlines() if questions is None else questions
    assert questions_in(said, ASKED) == expected


@given(st.text(st.characters(codec="utf-8"), max_size=400), st.text(max_size=40))
def test_whatever_a_model_says_there_are_at_most_three_short_lines_and_never_what_was_asked(
    said: str, asked: str
) -> None:
    questions = questions_in(said, asked)
    assert len(questions) <= 3 and len(set(questions)) == len(questions)
    assert all(0 < len(each) <= MAX_FOLLOW_UP_CHARS and clean_label(each) == each for each in questions)
    assert asked not in questions


def ended(*parts: Part, status: Status = "complete", is_stored: bool = True) -> Turn:
    answer = Answer()
    answer.use_stored(parts, None, None)
    return Turn(uuid4(), uuid4(), uuid4(), None, ASKED, answer=answer, status=status, is_stored=is_stored)


def test_a_model_is_asked_about_whole_answers_that_suggest_nothing_themselves() -> None:
    assert wants_follow_ups(ended(Text("42.")))
    assert wants_follow_ups(ended(ToolCall("1", "look_up", "{}"), Text("42.")))
    for status in ("running", "failed", "stopped", "interrupted"):
        assert not wants_follow_ups(ended(Text("42."), status=status))  # type: ignore[arg-type]
    assert not wants_follow_ups(ended(Text("42."), is_stored=False))
    assert not wants_follow_ups(ended(Text("42."), FollowUp("Why?")))
    assert not wants_follow_ups(ended(Text("Which one do you mean?\n- EMEA\n- Americas")))
    assert not wants_follow_ups(ended(Text("Sign in first."), SignIn("https://host.example", "Sign in.")))
    assert not wants_follow_ups(ended())
    assert not wants_follow_ups(replace(ended(Text("42.")), status="stopped"))

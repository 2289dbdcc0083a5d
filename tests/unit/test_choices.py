"""Which lists at the end of an answer are alternatives to choose from, and that all others are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.messages.choices import MAX_CHOICE_CHARS, choices_in, choices_of
from lib.messages.parts import Citation, FollowUp, Part, Text, ToolCall

ASKED = "Which region do you mean?"
LIST = "- EMEA\n- Americas"


@pytest.mark.parametrize(
    "text",
    [
        f"{ASKED}\n{LIST}",
        f"{ASKED}\n\n{LIST}\n\n",
        f"I found two of that name. {ASKED}\n{LIST}",
        f"I found two of that name:\n\n- one\n- two\n\n{ASKED}\n\n{LIST}",
        f"**{ASKED}**\n\n{LIST}",
        f"{ASKED}\n\n* **EMEA**\n* _Americas_",
        f"{ASKED}\n\n1. EMEA\n2. Americas",
        f"{ASKED}\n1) EMEA\n2) Americas",
        f"```sql\nSELECT 1\n```\n\n{ASKED}\n\n{LIST}",
        f"Should I show it for:\n{ASKED}\r\n- EMEA\r\n- Americas",
        f"Welche Region meinen Sie?\n{LIST}",
        f"Quelle région cherchez-vous ?\n{LIST}",
        f"¿Qué región prefieres?\n{LIST}",
        f"Welke regio bedoelt u?\n{LIST}",
    ],
)
def test_alternatives_after_a_question_that_asks_the_reader_are_choices(text: str) -> None:
    assert choices_in(text) == ["EMEA", "Americas"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        LIST,
        ASKED,
        f"The regions:\n{LIST}",
        f"Which regions are there?\n{LIST}",
        f"Why did sales drop?\n\n{LIST}",
        f"{ASKED} For example:\n{LIST}",
        f"Do you mean Asia? It has these:\n{LIST}",
        f"Do you mean Asia? Why did it drop?\n{LIST}",
        f"# {ASKED}\n{LIST}",
        f"> {ASKED}\n{LIST}",
        f"- {ASKED}\n{LIST}",
        f"{ASKED}\n\n\n{LIST}",
        f"{ASKED}\nThese:\n{LIST}",
        f"{ASKED}\n{LIST}\n\nOr something else.",
        f"{ASKED}\n- EMEA",
        f"{ASKED}\n- EMEA\n* Americas",
        f"{ASKED}\n- EMEA\n- emea",
        f"{ASKED}\n- EMEA\n\n- Americas",
        f"{ASKED}\n- EMEA\n  - Spain\n- Americas",
        f"{ASKED}\n- EMEA\n      - Americas",
        f"{ASKED}\n2. EMEA\n3. Americas",
        f"{ASKED}\n1. EMEA\n1. Americas",
        f"{ASKED}\n- EMEA\n- Americas, which has grown.",
        f"{ASKED}\n- EMEA\n- Americas:",
        f"{ASKED}\n- EMEA\n- [Americas](https://host.example)",
        f"{ASKED}\n- [ ] EMEA\n- [ ] Americas",
        f"{ASKED}\n- EMEA\n- `americas`",
        f"{ASKED}\n- EMEA\n- <b>Americas</b>",
        f"{ASKED}\n- EMEA\n- $5$",
        f"{ASKED}\n- EMEA\n- {'x' * (MAX_CHOICE_CHARS + 1)}",
        f"{ASKED}\n- EMEA\n- \u200b",
        f"{ASKED}\n" + "\n".join(f"- {number}" for number in "abcdef"),
        f"```\n{ASKED}\n{LIST}",
        f"| {ASKED} |\n{LIST}",
    ],
)
def test_other_lists_are_not(text: str) -> None:
    assert choices_in(text) == []


@pytest.mark.parametrize("size", [2, 5])
def test_there_are_two_to_five(size: int) -> None:
    names = [f"Region {number}" for number in range(size)]
    assert choices_in("\n".join([ASKED, *(f"- {name}" for name in names)])) == names


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
NO_CHOICE = ("Why did sales drop?", "What does that mean for us?", "Which regions are there?", "Und die anderen?")


@given(st.sampled_from(NO_CHOICE), st.lists(WORDS, max_size=7))
def test_a_list_under_a_question_that_the_answer_puts_to_itself_never_becomes_buttons(
    question: str, items: list[str]
) -> None:
    listed = [f"- {item}".replace("?", ".").replace("\uff1f", ".") for item in items]
    assert choices_in("\n".join([question, *listed])) == []


@given(st.lists(WORDS, min_size=1, max_size=7), st.sampled_from(["", "\n"]))
def test_each_choice_is_a_short_line_of_the_list_and_none_comes_twice(items: list[str], gap: str) -> None:
    choices = choices_in("\n".join([ASKED + gap, *(f"- {item}" for item in items)]))
    assert len(choices) in (0, *range(2, 6)) and len(set(choices)) == len(choices)
    assert all(choice.strip() == choice and 0 < len(choice) <= MAX_CHOICE_CHARS for choice in choices)
    assert not any("\n" in choice for choice in choices)


@given(WORDS, st.lists(WORDS, max_size=7))
def test_a_list_under_a_statement_never_becomes_buttons(said: str, items: list[str]) -> None:
    statement = said.replace("?", ".").replace("\uff1f", ".")
    listed = [f"- {item}".replace("?", ".").replace("\uff1f", ".") for item in items]
    assert choices_in("\n".join([statement, *listed])) == []


def test_the_text_must_be_the_last_that_the_answer_has() -> None:
    text = Text(f"{ASKED}\n{LIST}")
    for parts, found in (
        ([text], True),
        ([Text("First."), text], True),
        ([text, Citation("", "A source"), FollowUp("Why?")], True),
        ([text, ToolCall("1", "look_up", "{}")], False),
        ([text, Text("Both.")], False),
        ([], False),
    ):
        given_parts: list[Part] = [*parts]
        assert bool(choices_of(given_parts)) is found

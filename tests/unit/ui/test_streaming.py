"""Where a growing answer may be cut."""

import pytest

from lib.ui.markdown.streaming import finished_chars


@pytest.mark.parametrize("text", ["", "One line", "One line\n", "One paragraph.\n\n", "\n\n"])
def test_a_block_is_unfinished_until_text_follows_a_blank_line(text: str) -> None:
    assert finished_chars(text) == 0


def test_a_paragraph_is_finished_when_another_begins() -> None:
    assert finished_chars("One.\n\nTwo") == len("One.\n\n")


def test_the_last_finished_block_is_found() -> None:
    assert finished_chars("One.\n\nTwo.\n \t\n\nThree") == len("One.\n\nTwo.\n \t\n\n")


@pytest.mark.parametrize(
    "line", ["- item", "* item", "+ item", "2. item", "> quote", "| cell |", "    code", "[1]: url"]
)
def test_a_line_that_may_continue_the_previous_block_finishes_nothing(line: str) -> None:
    assert finished_chars(f"Before\n\n{line}") == 0


@pytest.mark.parametrize("fence", ["```", "~~~", "````", "   ```"])
def test_an_open_code_fence_is_never_cut(fence: str) -> None:
    opened = f"{fence}python\na = 1\n\nb = 2\n"
    assert finished_chars(opened) == 0
    closed = f"{opened}{fence.strip()}\n\n"
    assert finished_chars(f"{closed}After") == len(closed)


def test_code_without_indentation_is_finished_at_the_end_of_its_last_line() -> None:
    code = "So:\n```vega-lite\n{\n\n}\n```"
    assert (finished_chars(code), finished_chars(f"{code}\n"), finished_chars(f"{code}\nAnd")) == (0, 26, 26)
    assert finished_chars("- item\n\n  ```\n  x\n  ```\n  more") == 0
    assert finished_chars("```\n$$\n``` x\n") == 0


def test_a_shorter_or_other_fence_does_not_close_one() -> None:
    assert finished_chars("````\ncode\n```\n\nmore") == 0
    assert finished_chars("~~~\ncode\n```\n\nmore") == 0


def test_the_finished_pieces_add_up_to_the_text() -> None:
    text = "# Head\n\nOne.\n\n```sql\nSELECT 1\n\nFROM x\n```\n\n- a\n\n- b\n\nEnd.\n\nLast"
    pieces, begun = [], 0
    for end in range(len(text) + 1):
        cut = finished_chars(text[begun:end])
        pieces += [text[begun : begun + cut]] if cut else []
        begun += cut
    assert pieces == ["# Head\n\n", "One.\n\n", "```sql\nSELECT 1\n\nFROM x\n```\n", "\n- a\n\n- b\n\n", "End.\n\n"]
    assert text[begun:] == "Last"

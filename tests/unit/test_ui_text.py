"""Labels of other people's words, and how often an answer is sent."""

import pytest

from lib.ui.text import plain


@pytest.mark.parametrize(
    "text",
    ["![x](http://evil.example)", "[a](b)", "**bold**", ":red[x]", ":material/home:", "$x$", "<b>", "a_b_c", "1. x"],
)
def test_every_mark_of_markdown_is_escaped(text: str) -> None:
    shown = plain(text)
    assert shown.replace("\\", "") == text
    assert all(f"\\{mark}" in shown for mark in text if mark in "![]()*_:$<>.")


def test_a_label_is_one_line() -> None:
    assert plain(" one\n\n two\tthree ") == "one two three"


def test_words_of_any_language_stay_as_they_are() -> None:
    assert plain("Größe 東京 42 🙂") == "Größe 東京 42 🙂"

"""Text that is shown verbatim in labels and links, whatever Markdown it contains."""

import re

import pytest

from lib.messages.web_url import is_web_url
from lib.ui.markdown.escape import WORD_JOINER, escape_label, escape_text, link


@pytest.mark.parametrize(
    "text",
    ["![x](http://evil.example)", "[a](b)", "**bold**", ":red[x]", "$x$", "<b>", "a_b_c", "1. x"],
)
def test_every_markdown_character_is_escaped(text: str) -> None:
    shown = escape_label(text)
    assert shown.replace("\\", "") == text
    assert all(f"\\{mark}" in shown for mark in text if mark in "![]()*_:$<>.")


@pytest.mark.parametrize(
    "text", [":material/home:", ":material_home:", ":streamlit:", ":smile:", "a:b:c", "a -> b >= c"]
)
def test_a_label_is_not_turned_into_icons_emoji_or_arrows(text: str) -> None:
    shown = escape_label(text)
    assert re.sub(r":color\[\\?(.*?)\]|\\", r"\1", shown) == text
    assert not re.search(r":material|:\w+:|->|>=", shown.replace(":color", ""))


@pytest.mark.parametrize(
    "text", ["a@b.example", "http://b.example", "see HTTPS://b.example", "www.b.example", "WWW.b.c"]
)
def test_an_address_in_text_is_broken_so_that_it_is_not_linked(text: str) -> None:
    shown = escape_text(text)
    assert shown.count(WORD_JOINER) == 1
    assert not re.search(r"@\w|//\w|www\.", shown.replace("\\", ""), re.IGNORECASE)


@pytest.mark.parametrize("text", ["a @ b", "at@", "awww", "50 % / 3"])
def test_text_that_is_not_an_address_is_not_changed(text: str) -> None:
    assert escape_text(text) == escape_label(text)


def test_a_label_is_one_line() -> None:
    assert escape_label(" one\n\n two\tthree ") == "one two three"


def test_words_of_any_language_are_not_changed() -> None:
    assert escape_label("Größe 東京 42 🙂") == "Größe 東京 42 🙂"


def test_a_link_shows_its_text_verbatim_and_ends_with_its_address() -> None:
    assert link("[a](b)", "https://host/a)](b <x>&copy;") == (
        r"[\[a\]\(b\)](https://host/a%29]%28b%20%3Cx%3E&amp;copy;)"
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://a.b", True), ("HTTP://a.b", True), ("javascript:alert(1)", False), ("//a.b", False), ("", False)],
)
def test_only_a_web_address_becomes_a_link(url: str, expected: bool) -> None:
    assert is_web_url(url) is expected


def test_bidi_controls_are_removed_from_a_label() -> None:
    """Titles that were stored before they were cleaned."""
    assert escape_label("\u202einvoice\u2066 fdp\u200f") == "invoice fdp"


def test_an_address_in_a_table_ends_no_cell() -> None:
    assert link("a", "https://host/?q=b|c`d") == "[a](https://host/?q=b%7Cc%60d)"

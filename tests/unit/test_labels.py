"""Titles and names: invisible characters are removed, except those that scripts and emoji need."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.labels import MAX_MARKS, clean_label, truncated, without_bidi_controls

UNSEEN = {
    "zero-width": "\u200b\u200c\u200d\u2060\ufeff",
    "direction": "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "control": "\x00\x01\x07\x08\x0b\x1b\x7f\x85\x9b",
    "terminal": "\x1b[31m\x1b[0m\x1b]0;a window\x07\x1b]8;;https://x.example\x1b\\",
    "space": " \t\n\xa0\u1680\u2003\u2028\u2029\u202f\u3000",
    "blank letters": "\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5",
    "soft hyphen": "\xad",
    "tags": "\U000e0001\U000e0041\U000e007f",
    "variation selectors": "\ufe0e\ufe0f\U000e0100\u180b",
    "joined to nothing": "\u034f\u2061\u2064\u206a\ufff9\u180e\U0001d173",
    "marks alone": "\u0301\u0323\u20dd",
    "no characters": "\ufdd0\uffff\ufffc\ud800",
}
SEEN = [
    "Größe 東京 42 § → $ ٠١٢",
    "e\u0301a\u0323\u0308",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family",
    "\U0001f9d1\U0001f3fd\u200d\U0001f91d\u200d\U0001f9d1\U0001f3fb",
    "\u2764\ufe0f\u200d\U0001f525 \U0001f3f3\ufe0f\u200d\U0001f308 \u2708\ufe0f 1\ufe0f\u20e3",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a joiner that parts
    "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937",  # Devanagari
    "\u09b0\u200d\u09cd\u09af\u09be\u09ac",  # Bengali
    "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala
    "\u845b\U000e0100",  # one of several forms of a Han character
    "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",  # pointed Hebrew
    "\u0600\u0661\u0662",  # a sign above a number
]


@pytest.mark.parametrize("unseen", UNSEEN.values(), ids=UNSEEN)
def test_invisible_characters_are_removed_from_labels(unseen: str) -> None:
    assert clean_label(unseen) == ""
    assert clean_label(f"{unseen} Sales {unseen} 2026 {unseen}").split() == ["Sales", "2026"]


@pytest.mark.parametrize("seen", SEEN)
def test_visible_characters_of_a_label_are_kept(seen: str) -> None:
    assert clean_label(seen) == seen


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200db \u200c c", "ab c"),
        ("\u0301abc", "abc"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\x1b[1mBold\x1b[0m and\x07bell", "Bold and bell"),
        ("\U0001f600\ufe0f\ufe01\ufe02\ufe03", "\U0001f600\ufe0f"),
        ("\U0001f468\u200d\u200b x\u200d", "\U0001f468 x"),
        ("Sa\xadles\ufeff", "Sales"),
    ],
)
def test_the_visible_rest_of_a_label_is_kept(text: str, shown: str) -> None:
    assert clean_label(text) == shown


def test_the_combining_marks_of_a_letter_are_limited() -> None:
    assert clean_label("a" + "\u0301" * 90 + "b") == "a" + "\u0301" * MAX_MARKS + "b"


@given(st.text(), st.integers(1, 30))
def test_a_cleaned_label_is_one_line_and_cleaning_again_changes_nothing(text: str, most_chars: int) -> None:
    shown = clean_label(text)
    assert clean_label(shown) == shown == " ".join(shown.split())
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(each) for each in shown}
    assert without_bidi_controls(shown) == shown
    assert shown.startswith(truncated(shown, most_chars)) and len(truncated(shown, most_chars)) <= most_chars


def test_truncation_ends_between_graphemes() -> None:
    flags, family = "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", SEEN[2][:7]
    assert [truncated(flags, most) for most in (2, 3, 4, 9)] == [flags[:2], flags[:2], flags, flags]
    assert {truncated(family * 2, most) for most in range(7, 14)} == {family}
    # A grapheme longer than the limit has to be cut.
    assert truncated(family, 3) == family[:3]

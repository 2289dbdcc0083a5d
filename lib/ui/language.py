"""The language of the interface, one for each session: the one chosen in Settings, else the browser's, else English.

The code has the texts in English, as gettext does, and `languages/` has one file per other language. `make texts`
brings those files up to date with the code.
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path

import streamlit as st
from babel.dates import format_date
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

FOLDER = Path(__file__).parent / "languages"
ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
COOKIE = "lakechat-language"
_SESSION = "language"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def language() -> str:
    """A key of LANGUAGES. It stays while the session lasts, because another choice loads the page again."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = wanted(st.context.cookies.get(COOKIE), st.context.locale)
    return str(st.session_state[_SESSION])


def wanted(chosen: str | None, of_browser: str | None) -> str:
    names = chosen, (of_browser or "").partition("-")[0].lower()
    return next((name for name in names if name in LANGUAGES), ENGLISH)


def _(text: str) -> str:
    """The text in the session's language; English where there is no translation."""
    return _texts(language()).get(text, text)


def ngettext(one: str, several: str, number: int, **values: object) -> str:
    """The text for so many, with `{number}` and the other values filled in."""
    return _(one if number == 1 else several).format(number=number_text(number), **values)


def N_(text: str) -> str:
    """Marks a text for `make texts` that is looked up later, with `_`: a constant is made before there is a session."""
    return text


def sentence(text: str) -> str:
    """A sentence from below the pages. There it is English, because it is stored and the API sends it too, and it may
    have values and other sentences in it.
    """
    texts = _texts(language())
    if text in texts or not texts:
        return texts.get(text, text)
    for pattern, translation in _patterns(language()):
        if match := pattern.fullmatch(text):
            return translation.format(**{name: sentence(value) for name, value in match.groupdict().items()})
    return text


def date_text(day: date, pattern: str) -> str:
    """The day after a pattern of Unicode's (`d MMM`), which is a text that languages have their own of."""
    return format_date(day, _(pattern), locale=language())


def number_text(number: float, pattern: str | None = None) -> str:
    """The number after a pattern of Unicode's (`0.0`), else as it is written, with signs between its thousands."""
    return format_decimal(number, pattern, locale=language())


def texts_of_scripts() -> dict[str, str]:
    """Those that `assets/` has, for the browser."""
    return {text: _(text) for text in _script_texts()} if language() != ENGLISH else {}


@cache
def _texts(name: str) -> dict[str, str]:
    """By the English text. Both forms of a text with a number are in it."""
    pairs = [(_all(each.id), _all(each.string)) for each in _messages(name)]
    return {text: said for texts, translations in pairs for text, said in zip(texts, translations, strict=True)}


@cache
def _script_texts() -> tuple[str, ...]:
    messages = _messages(next(name for name in LANGUAGES if name != ENGLISH))
    return tuple(str(each.id) for each in messages if any(path.startswith("assets/") for path, _line in each.locations))


@cache
def _patterns(name: str) -> list[tuple[re.Pattern[str], str]]:
    """Of the texts with placeholders, the longest first: it says the most about the words around its values."""
    texts = sorted(((text, said) for text, said in _texts(name).items() if "{" in text), key=_length, reverse=True)
    return [(_pattern(text), said) for text, said in texts]


def _length(entry: tuple[str, str]) -> int:
    return len(_PLACEHOLDER.sub("", entry[0]))


def _pattern(text: str) -> re.Pattern[str]:
    """A placeholder that stands twice has the same value twice."""
    pieces = _PLACEHOLDER.split(text)
    names = pieces[1::2]
    groups = [f"(?P={name})" if name in names[:at] else f"(?P<{name}>.+?)" for at, name in enumerate(names)]
    between = [re.escape(piece) for piece in pieces[::2]]
    return re.compile("".join(chain.from_iterable(zip_longest(between, groups, fillvalue=""))), re.DOTALL)


@cache
def _messages(name: str) -> list[Message]:
    if name == ENGLISH:
        return []
    with (FOLDER / f"{name}.po").open("rb") as file:
        return [each for each in read_po(file, locale=name) if each.id and each.string]


def _all(text: str | Sequence[str] | None) -> Sequence[str]:
    return [text] if isinstance(text, str) else text or []

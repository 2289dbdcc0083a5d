"""The language of the interface, one for each session: the one chosen in Settings, else the browser's, else English.

The code has the texts in English, as gettext does, and `languages/` has one file per other language. `make texts`
brings those files up to date with the code.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
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
MAX_SENTENCE_CHARS = 2_000
_QUOTED = re.compile(r"“([^“”]*)”")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OF_PAGES = ("assets/", "lib/ui/", "pages/")


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


def sentence(text: str, depth: int = 3) -> str:
    """A sentence from below the pages. There it is English, because it is stored and the API sends it too, and it may
    have values and other sentences in it, up to that depth. What is longer than any sentence of ours stays as it is.
    """
    texts = _texts_below(language())
    if text in texts or not texts or len(text) > MAX_SENTENCE_CHARS or not depth:
        return texts.get(text, text)
    for pattern, translation in _patterns(language()):
        if match := pattern.fullmatch(text):
            values = {name: _quoted(sentence(value, depth - 1)) for name, value in match.groupdict().items()}
            return translation.format(**values)
    return text


def _quoted(value: str) -> str:
    """With the quotation marks of the language."""
    return _QUOTED.sub(lambda match: _("“{words}”").format(words=match[1]), value)


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
    return dict(_pairs(_messages(name)))


def _pairs(messages: Iterable[Message]) -> Iterator[tuple[str, str]]:
    for message in messages:
        yield from zip(_all(message.id), _all(message.string), strict=True)


@cache
def _texts_below(name: str) -> dict[str, str]:
    """Without those of pages, such as "line" and "{number} row": they would match words that an agent wrote."""
    return dict(_pairs(each for each in _messages(name) if not _is_of_pages(each)))


def _is_of_pages(message: Message) -> bool:
    return all(path.startswith(_OF_PAGES) for path, _line in message.locations)


@cache
def _script_texts() -> tuple[str, ...]:
    messages = _messages(next(name for name in LANGUAGES if name != ENGLISH))
    return tuple(str(each.id) for each in messages if any(path.startswith("assets/") for path, _line in each.locations))


@cache
def _patterns(name: str) -> list[tuple[re.Pattern[str], str]]:
    """Of the texts with placeholders, the longest first: it says the most about the words around its values."""
    texts = (pair for pair in _texts_below(name).items() if "{" in pair[0])
    return [(_pattern(text), said) for text, said in sorted(texts, key=_length, reverse=True)]


def _length(entry: tuple[str, str]) -> int:
    return len(_PLACEHOLDER.sub("", entry[0]))


def _pattern(text: str) -> re.Pattern[str]:
    """A placeholder that stands twice has the same value twice."""
    pieces = _PLACEHOLDER.split(text)
    names = pieces[1::2]
    groups = [f"(?P={name})" if name in names[:at] else f"(?P<{name}>.*?)" for at, name in enumerate(names)]
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

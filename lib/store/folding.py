"""A text without accents, in small letters, as chat.unaccented() in the database has it."""

import re
from unicodedata import normalize

_PLAIN = ("ss", "ae", "oe", "th", "o", "d", "d", "l", "i", "h", "\u03c3")
_LETTERS = str.maketrans(dict(zip("ßæœþøđðłıħς", _PLAIN, strict=True)))
_MARKS = re.compile("[\u0300-\u036f]+")


def folded(text: str) -> str:
    """й is a letter of its own, and keeps its mark."""
    if text.isascii():
        return text.lower()
    text = normalize("NFD", text).replace("и\u0306", "й").replace("И\u0306", "Й")
    return normalize("NFC", _MARKS.sub("", text)).lower().translate(_LETTERS)


class _FoldedCharacters(dict[int, str]):
    """For str.translate: what each character becomes, worked out when it first comes up."""

    def __missing__(self, code: int) -> str:
        self[code] = folded(chr(code))
        return self[code]


_FOLDED = _FoldedCharacters()


def folded_in_place(text: str) -> tuple[str, list[int] | None]:
    """The folded text, and where each of its characters stands in `text`; None: in the same place."""
    if text.isascii():
        return text.lower(), None
    pieces = [_FOLDED[ord(character)] for character in text]
    if all(len(piece) == 1 for piece in pieces):
        return "".join(pieces), None
    places = [place for place, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*places, len(text)]

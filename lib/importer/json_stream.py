"""Reads a JSON file value by value: the items of its outermost list, or the one value that it is.

A file holds all chats of a person, in one line as a rule. No more of it is in memory than one chat and what was read
beyond it. A value that is not all there yet is parsed again when there is twice as much, so each character is parsed
twice at the most, by the C code of the standard library.
"""

import json
import re
from collections.abc import Iterator
from io import TextIOWrapper
from typing import IO, Any

from lib.errors import BadInput
from lib.importer.limits import MAX_CHAT_CHARS
from lib.importer.refused import BROKEN

_BLANKS = re.compile(r"[ \t\r\n]*")
PIECE_CHARS = 256_000
TOO_LONG = f"A chat in the file has more than {MAX_CHAT_CHARS // 1_000_000} million characters, which is too much."
TOO_DEEP = "The file cannot be read: it is nested too deeply."


def values(file: IO[bytes]) -> Iterator[Any]:
    """Raises BadInput where the file breaks off, is no JSON, or has a value that is too long or too deep."""
    reader = _Reader(file)
    if not reader.takes("["):
        yield reader.value()
    elif not reader.takes("]"):
        yield reader.value()
        while reader.takes(","):
            yield reader.value()
        reader.must_take("]")
    reader.must_end()


class _Reader:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = TextIOWrapper(file, encoding="utf-8-sig")
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._at = 0

    def value(self) -> Any:
        self._skip_blanks()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise BadInput(TOO_DEEP) from None
            except ValueError:
                if not self._read_more():
                    raise BadInput(BROKEN) from None
            else:
                # A number at the end of what was read may go on.
                if end < len(self._text) or not self._read_more():
                    self._at = end
                    return value

    def takes(self, sign: str) -> bool:
        """Whether that is the next sign, which is then behind us."""
        self._skip_blanks()
        found = self._text[self._at : self._at + 1] == sign
        self._at += found
        return found

    def must_take(self, sign: str) -> None:
        if not self.takes(sign):
            raise BadInput(BROKEN)

    def must_end(self) -> None:
        self._skip_blanks()
        if self._at < len(self._text):
            raise BadInput(BROKEN)

    def _skip_blanks(self) -> None:
        while True:
            self._at = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text) or not self._read_more():
                return

    def _read_more(self) -> bool:
        """As much again as there is. False at the end of the file."""
        rest = self._text[self._at :]
        if len(rest) > MAX_CHAT_CHARS:
            raise BadInput(TOO_LONG)
        try:
            more = self._file.read(max(PIECE_CHARS, len(rest)))
        except UnicodeDecodeError:
            raise BadInput(BROKEN) from None
        self._text, self._at = rest + more, 0
        return bool(more)

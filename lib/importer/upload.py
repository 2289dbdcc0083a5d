"""The documents of an uploaded file: those of a JSON file, or those of all JSON files in a zip.

Nothing that a zip says of itself is believed: reading ends after MAX_UNPACKED_BYTES that were really unpacked. No file
of it is written anywhere, so their names lead nowhere.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from os import SEEK_END
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from lib.errors import BadInput
from lib.importer.json_stream import values
from lib.importer.limits import MAX_DIRECTORY_BYTES, MAX_UNPACKED_BYTES, MB
from lib.importer.refused import BROKEN, NotTakenChat, UnknownDocument

PIECE_BYTES = 64_000
MANIFEST = "manifest.json"
ENCRYPTED = "The zip is encrypted. Unpack it, and import the JSON file in it."
TOO_MUCH = f"The zip holds more than {MAX_UNPACKED_BYTES // MB:,} MB. Unpack it, and import its JSON files one by one."
DAMAGED = "This file of the zip is damaged."
_BESIDE = ("__MACOSX/", ".")


@dataclass(frozen=True)
class Document:
    """A value of a JSON file, or why there is none."""

    name: str
    value: Any


def documents(file: IO[bytes]) -> Iterator[Document]:
    """Raises BadInput for a file that cannot be read, before or after some of its documents."""
    signature = file.read(4)
    file.seek(0)
    if signature.startswith(b"PK"):
        yield from _zipped(file)
    else:
        for place, value in enumerate(values(file), 1):
            yield Document(f"Chat {place:,}", value)


def _zipped(file: IO[bytes]) -> Iterator[Document]:
    _check_directory(file)
    try:
        archive = ZipFile(file)
    except (BadZipFile, ValueError, NotImplementedError, struct.error):
        raise BadInput(BROKEN) from None
    budget = _Budget()
    with archive:
        for info in archive.infolist():
            if not info.is_dir() and not info.filename.startswith(_BESIDE):
                yield from _entry(archive, info, budget)


def _entry(archive: ZipFile, info: ZipInfo, budget: "_Budget") -> Iterator[Document]:
    name = info.filename.rpartition("/")[2]
    if not name.endswith(".json"):
        yield Document(name, UnknownDocument())
    elif name != MANIFEST:
        try:
            with archive.open(info) as entry:
                for place, value in enumerate(values(BufferedReader(_Counted(entry, budget), PIECE_BYTES)), 1):
                    yield Document(f"{name}, {place:,}" if place > 1 else name, value)
        except RuntimeError:
            raise BadInput(ENCRYPTED) from None
        except (BadZipFile, ZlibError, NotImplementedError, EOFError):
            yield Document(name, NotTakenChat(DAMAGED))
        except BadInput as error:
            if budget.is_spent:
                raise
            yield Document(name, NotTakenChat(str(error)))


class _Budget:
    def __init__(self) -> None:
        self._left = MAX_UNPACKED_BYTES

    @property
    def is_spent(self) -> bool:
        return self._left < 0

    def spend(self, size: int) -> None:
        self._left -= size
        if self.is_spent:
            raise BadInput(TOO_MUCH)


class _Counted(RawIOBase):
    """What is in a file of the zip, as far as the budget lasts."""

    def __init__(self, entry: IO[bytes], budget: _Budget) -> None:
        self._entry = entry
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._entry.read(len(buffer))
        self._budget.spend(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)


def _check_directory(file: IO[bytes]) -> None:
    """ZipFile reads the whole list of files at once, and makes an object of half a kilobyte for each."""
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    file.seek(0)
    end, end64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    found = [0]
    if 0 <= end <= len(tail) - 22:
        found += struct.unpack_from("<L", tail, end + 12)
    if 0 <= end64 <= len(tail) - 56 and found[-1] == 0xFFFFFFFF:
        found = list(struct.unpack_from("<Q", tail, end64 + 40))
    if found[-1] > MAX_DIRECTORY_BYTES:
        raise BadInput("The zip holds too many files.")

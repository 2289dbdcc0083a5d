"""The documents of an uploaded file: those of a JSON file, or those of all JSON files in a zip.

Nothing that a zip says of itself is believed: reading ends after MAX_UNPACKED_BYTES that were really unpacked. No file
of it is written anywhere, so their names lead nowhere.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BufferedReader, RawIOBase
from os import SEEK_END
from typing import IO, Any
from uuid import UUID
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from lib.attachments.limits import MAX_FILE_BYTES
from lib.errors import BadInput
from lib.export.attached_files import FOLDER
from lib.importer.attached_files import ReadFile, no_files
from lib.importer.json_stream import values
from lib.importer.limits import MAX_DIRECTORY_BYTES, MAX_UNPACKED_BYTES, MB
from lib.importer.refused import BROKEN, NotTakenChat, UnknownDocument

PIECE_BYTES = 64_000
MANIFEST = "manifest.json"
ENCRYPTED = "The zip is encrypted. Unpack it, and import the JSON file in it."
TOO_MUCH = f"The zip holds more than {MAX_UNPACKED_BYTES // MB:,} MB. Unpack it, and import its JSON files one by one."
DAMAGED = "This file of the zip is damaged."
_ATTACHED = re.compile(FOLDER + r"/([0-9a-f-]{36})/[^/]+")
_BESIDE = ("__MACOSX/", ".")


@dataclass(frozen=True)
class Document:
    """A value of a JSON file, or why there is none. `files` gives what else its zip holds for it."""

    name: str
    value: Any
    files: ReadFile = no_files


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
        infos = [each for each in archive.infolist() if not each.is_dir() and not each.filename.startswith(_BESIDE)]
        attached = {match[1]: each for each in infos if (match := _ATTACHED.fullmatch(each.filename))}
        files = partial(_attached, archive, attached, budget)
        for info in infos:
            if not _ATTACHED.fullmatch(info.filename):
                yield from (replace(each, files=files) for each in _entry(archive, info, budget))


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


def _attached(archive: ZipFile, infos: Mapping[str, ZipInfo], budget: "_Budget", file_id: UUID) -> bytes | None:
    """None for a file that is not there, is damaged, or is too large to be attached."""
    info = infos.get(str(file_id))
    if info is None:
        return None
    try:
        with archive.open(info) as entry:
            content = entry.read(MAX_FILE_BYTES + 1)
    except (BadZipFile, ZlibError, NotImplementedError, EOFError, RuntimeError):
        return None
    budget.spend(len(content))
    return content if len(content) <= MAX_FILE_BYTES else None


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

"""The writes that wait for the database, on this machine's disk: a process that is killed leaves them to the next one.

Each process has one file with one JSON object a line: a line keeps a write, or says that one is done. The process holds
a lock on its file while it lives, so a file that can be locked was left behind. A new file gets its name only after it
was locked and filled: until then no other process takes it for one of those. Once nothing waits, the file is emptied.

A disk that is full must not stop the app. After a failure the file lacks something, or ends with half a line. The next
change writes a new file with all that waits, and only then removes the old one.
"""

import fcntl
import hashlib
import json
import logging
import os
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from io import FileIO
from pathlib import Path
from typing import Any
from uuid import UUID

from lib.outage.pending_write import PendingWrite
from lib.store.models import Ending, NewTurn

log = logging.getLogger("lakechat.db")


def folder() -> Path:
    """The user's own in this machine's temporary folder, because its files hold what people said."""
    return Path(tempfile.gettempdir()) / f"lakechat-{os.getuid()}"


class Journal:
    """For the database at one `location`. Without a location it keeps nothing."""

    def __init__(self, location: str | None) -> None:
        self._prefix = hashlib.sha256(location.encode()).hexdigest()[:16] if location else None
        self._file: FileIO | None = None
        self._waiting: dict[UUID, PendingWrite] = {}
        self._is_incomplete = False
        """The file lacks something, because the disk did not take it."""

    @property
    def dead_letters_path(self) -> Path | None:
        return folder() / f"{self._prefix}.refused.jsonl" if self._prefix else None

    def keep(self, write: PendingWrite) -> None:
        try:
            line = _line(write.to_json())
        except (ValueError, TypeError, RecursionError) as error:
            log.warning("A write that waits is in memory only: %s.", type(error).__name__)
            return
        self._waiting[write.id] = write
        self._append(line)

    def drop(self, write: PendingWrite) -> None:
        self._waiting.pop(write.id, None)
        self._append(_line({"done": str(write.id)}))

    def take_over(self) -> list[PendingWrite]:
        """The writes that dead processes left, in order. They are kept here from now on."""
        taken: list[PendingWrite] = []
        try:
            if self._prefix and folder().exists():
                _require_private(folder())
                for path in sorted(folder().glob(f"{self._prefix}-*.jsonl")):
                    taken += self._take(path)
        except OSError as error:
            log.warning("What an earlier process left unsaved cannot be read: %s.", type(error).__name__)
        return taken

    def _take(self, path: Path) -> list[PendingWrite]:
        with suppress(FileNotFoundError, BlockingIOError), path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its process lives
            left = list(_left_in(file))
            for write in left:
                self.keep(write)
            if not self._is_incomplete:
                path.unlink()
            return left
        return []

    def close(self) -> None:
        """What still waits stays for the next process."""
        if self._file is not None:
            if not self._waiting:
                _path(self._file).unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def _append(self, line: bytes) -> None:
        """Handed to the system, which outlives this process. It is not forced onto the disk with fsync."""
        if self._prefix is None:
            return
        try:
            if self._file is None or self._is_incomplete:
                self._replace_file(self._prefix)
            elif self._waiting:
                _write(self._file, line)
            else:
                self._file.truncate(0)
            self._is_incomplete = False
        except OSError as error:
            if not self._is_incomplete:
                log.warning("What waits for the database is in memory only: %s.", type(error).__name__)
            self._is_incomplete = True

    def _replace_file(self, prefix: str) -> None:
        new = _new_file(prefix, b"".join(_line(write.to_json()) for write in self._waiting.values()))
        if self._file is not None:
            _path(self._file).unlink(missing_ok=True)
            self._file.close()
        self._file = new


def make_folder() -> None:
    """Raises OSError where others could read it or write to it."""
    folder().mkdir(mode=0o700, exist_ok=True)
    _require_private(folder())


def _require_private(path: Path) -> None:
    """Anybody on this machine may have made a folder of this name, or a link."""
    found = path.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
        raise PermissionError(f"{path} is not this user's alone")


def _new_file(prefix: str, content: bytes) -> FileIO:
    """Locked. Raises OSError."""
    make_folder()
    hidden = folder() / f"{prefix}-{time.time_ns()}-{os.getpid()}.new"
    # Appending, so that after truncate(0) the next line stands at the beginning.
    file = FileIO(hidden, "a", opener=lambda path, flags: os.open(path, flags | os.O_EXCL, 0o600))
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        _write(file, content)
        hidden.rename(_path(file))
    except OSError:
        hidden.unlink()
        file.close()
        raise
    return file


def _write(file: FileIO, content: bytes) -> None:
    """All of it. A disk that is almost full takes a part without an error. Raises OSError."""
    if file.write(content) != len(content):
        raise OSError("The disk took only a part.")


def _path(file: FileIO) -> Path:
    return Path(str(file.name)).with_suffix(".jsonl")


def _line(data: Any) -> bytes:
    return f"{json.dumps(data)}\n".encode()


def _left_in(lines: Iterable[str]) -> Iterator[PendingWrite]:
    """The writes that were kept and not done. A question without its answer is an orphan."""
    waiting: dict[str, PendingWrite] = {}
    for line in lines:
        try:
            data: dict[str, Any] = json.loads(line)
            if "done" in data:
                waiting.pop(data["done"], None)
            else:
                waiting[data["id"]] = PendingWrite.from_json(data)
        except ValueError:
            log.warning("A write that an earlier process left unsaved was cut, and cannot be read.")
    answered = {write.what.turn_id for write in waiting.values() if isinstance(write.what, Ending)}
    for write in waiting.values():
        is_orphan = isinstance(write.what, NewTurn) and write.what.turn_id not in answered
        yield replace(write, is_orphan=is_orphan, tries=0, refusals=0, due_at=0.0)

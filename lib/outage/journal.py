"""What waits for the database, on this machine's disk too: a process that is killed leaves it to the next one.

One file a process, locked while it lives. Each line keeps a write or drops one that is done; none waits, none is left.
"""

import fcntl
import hashlib
import json
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from pydantic import TypeAdapter

from lib.db.storable import storable
from lib.outage.pending_write import PendingWrite
from lib.store.models import Ending, NewTurn

log = logging.getLogger("lakechat.db")
WRITE = TypeAdapter(PendingWrite)


def folder() -> Path:
    """Of this machine and this user of it; its own, since what is in it is what people said."""
    return Path(tempfile.gettempdir()) / f"lakechat-{os.getuid()}"


class Journal:
    """Of what is to be written to one `place`; without one, or while the disk takes nothing, it keeps nothing."""

    def __init__(self, place: str | None) -> None:
        self._prefix = hashlib.sha256(place.encode()).hexdigest()[:16] if place else None
        self._file: TextIO | None = None
        self._waiting: dict[UUID, PendingWrite] = {}
        self._is_refused = False

    @property
    def refused_path(self) -> Path | None:
        """Where stands what the database will never take."""
        return folder() / f"{self._prefix}.refused.jsonl" if self._prefix else None

    def keep(self, write: PendingWrite) -> None:
        self._waiting[write.id] = write
        self._change(lambda file: file.write(_line(as_json(write))))

    def drop(self, write: PendingWrite) -> None:
        self._waiting.pop(write.id, None)
        done = _line({"done": str(write.id)})
        self._change(lambda file: file.write(done) if self._waiting else file.truncate(0))

    def take_over(self) -> list[PendingWrite]:
        """What processes that died have left, in order, kept here from now on."""
        taken: list[PendingWrite] = []
        try:
            if self._prefix and folder().exists():
                _must_be_ours(folder())
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
            if not self._is_refused:
                path.unlink()
            return left
        return []

    def close(self) -> None:
        """What still waits stays, for the next process."""
        if self._file is None:
            return
        if not self._waiting:
            _path(self._file).unlink(missing_ok=True)
        self._file.close()
        self._file = None

    def _change(self, change: Callable[[TextIO], object]) -> None:
        """Given to the system, which outlives this process; not pressed onto the disk, which may be lost with it.

        What a full disk did not take is written with the next change, and a file that could not be made before is made
        with all that waits.
        """
        if self._prefix is None:
            return
        try:
            if self._file:
                change(self._file)
            else:
                self._file = _new_file(self._prefix)
                self._file.writelines(_line(as_json(write)) for write in self._waiting.values())
            self._file.flush()
            self._is_refused = False
        except (OSError, ValueError, TypeError, RecursionError) as error:
            if not self._is_refused:
                log.warning("What waits for the database is in memory only: %s.", type(error).__name__)
            self._is_refused = True


def _line(said: Any) -> str:
    return f"{json.dumps(said)}\n"


def _new_file(prefix: str) -> TextIO:
    """Raises OSError. It gets its name once it is locked: until then nobody takes it for one that was left."""
    make_folder()
    hidden = folder() / f"{prefix}-{time.time_ns()}-{os.getpid()}.new"
    # Appending, so that what is written after it was emptied begins at the beginning.
    file = open(hidden, "a", opener=lambda path, flags: os.open(path, flags | os.O_EXCL, 0o600))  # noqa: SIM115
    fcntl.flock(file, fcntl.LOCK_EX)
    hidden.rename(_path(file))
    return file


def make_folder() -> None:
    """Raises OSError where it would be somebody else's too."""
    folder().mkdir(mode=0o700, exist_ok=True)
    _must_be_ours(folder())


def as_json(write: PendingWrite) -> Any:
    return storable(WRITE.dump_python(write, mode="json"))


def _path(file: TextIO) -> Path:
    return Path(file.name).with_suffix(".jsonl")


def _must_be_ours(place: Path) -> None:
    """Anybody may have made a folder of this name: what is in it must be nobody else's to read or to write."""
    found = place.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
        raise PermissionError(f"{place} is not this user's alone")


def _left_in(lines: Iterable[str]) -> Iterator[PendingWrite]:
    """The writes that were kept and not dropped. A question without its answer is an orphan."""
    waiting: dict[str, PendingWrite] = {}
    for line in lines:
        try:
            said: dict[str, Any] = json.loads(line)
            if "done" in said:
                waiting.pop(said["done"], None)
            else:
                waiting[said["id"]] = WRITE.validate_python(said)
        except ValueError:
            log.warning("A write that an earlier process left unsaved was cut, and cannot be read.")
    answered = {write.what.turn_id for write in waiting.values() if isinstance(write.what, Ending)}
    for write in waiting.values():
        is_orphan = isinstance(write.what, NewTurn) and write.what.turn_id not in answered
        yield replace(write, is_orphan=is_orphan, tries=0, refusals=0, due_at=0.0)

"""The chunks of one turn so far, for any number of readers, each at its own position.

Appending and waiting share one condition. Reading takes no lock: chunks are only ever appended, and a slice of a list
is taken in one step.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from lib.agent.events import Chunk


class ChunkLog:
    """Numbered from 1. One writer; readers are threads that wait, or listeners that are called."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._changed = Condition()
        self._listeners: list[Callable[[], object]] = []
        self.closed = False
        self.watchers = 0
        """How many readers there are. A turn of another process is followed only while somebody reads it."""

    def __len__(self) -> int:
        return len(self._chunks)

    def append(self, chunk: Chunk) -> None:
        with self._changed:
            self._chunks.append(chunk)
            self._wake()

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._wake()

    def after(self, seq: int, most: int | None = None) -> list[tuple[int, Chunk]]:
        """Chunks after number `seq` with their numbers: all of them, or the first `most`."""
        return list(enumerate(self._chunks[seq : None if most is None else seq + most], start=seq + 1))

    def wait(self, seq: int, timeout_seconds: float) -> None:
        """Until there is more than `seq` chunks, the log is closed, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or len(self._chunks) > seq, timeout_seconds)

    @contextmanager
    def watched(self, listener: Callable[[], object] | None = None) -> Iterator[None]:
        """Count as a reader inside the block. `listener` is called at every change, on the writer's thread."""
        with self._changed:
            self.watchers += 1
            self._listeners += [listener] if listener else []
        try:
            yield
        finally:
            with self._changed:
                self.watchers -= 1
                self._listeners = [other for other in self._listeners if other is not listener]

    def _wake(self) -> None:
        self._changed.notify_all()
        for listener in self._listeners:
            listener()

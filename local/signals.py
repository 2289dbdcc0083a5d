"""Wait for a signal or a child's end without polling, and without exceptions raised at arbitrary places."""

import os
import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Self

TERMINAL = 0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Entered in the main thread: records the first signal that asks to stop, and wakes `wait`."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._awake, self._waker = socket.socketpair()
        self._poll = select.poll()
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        self._awake.setblocking(False)
        self._waker.setblocking(False)
        self._wakeup_before = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for each in STOPPING:
            # Under `nohup` SIGHUP is ignored on purpose: leave it so.
            if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
                self._before[each] = signal.signal(each, self._note)
        self._poll.register(self._awake, select.POLLIN)
        if signal.SIGHUP in self._before and os.isatty(TERMINAL):
            self._poll.register(TERMINAL, 0)  # reports that it was closed, and no keys
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        self._awake.close()
        self._waker.close()

    def wait(self, seconds: float | None = None) -> None:
        """Return after any signal, SIGCHLD too; one that arrived since the last wait counts."""
        for source, event in self._poll.poll(None if seconds is None else seconds * 1000):
            if source == TERMINAL:
                self._poll.unregister(TERMINAL)
                # The kernel sends SIGHUP only to the session's leader, and `make` does not pass it on.
                self.received = self.received or (signal.SIGHUP if event & select.POLLHUP else None)
            else:
                self._awake.recv(4096)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or number

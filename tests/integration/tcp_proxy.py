"""A TCP proxy before the database that can refuse, cut, delay or swallow what is sent."""

import socket
import struct
import time
from contextlib import suppress
from threading import Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

RESET_WHEN_CLOSED = struct.pack("ii", 1, 0)


class TcpProxy:
    """Forwards its own port to a server. Closed, it refuses connections as a stopped server does."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._lock = Lock()
        self._open: list[socket.socket] = []
        self.swallows = False
        self.delay_seconds = 0.0
        self.passed = 0
        """How many chunks went to the server."""
        self._listener: socket.socket | None = None
        self.port = 0
        self.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def url(self, url: str) -> str:
        """The same URL, through this proxy."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{self.port}"))

    def open(self) -> None:
        self.swallows = False
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listener.getsockname()[1]
            Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        if self._listener:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.cut()

    def cut(self, *, reset: bool = False) -> None:
        """End all open connections, with a TCP reset or an orderly close."""
        with self._lock:
            connected, self._open = self._open, []
        for each in connected:
            with suppress(OSError):
                if reset:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_WHEN_CLOSED)
                else:
                    each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._to)
            except OSError:
                client.close()
                continue
            with self._lock:
                is_open = self._listener is listener
                self._open += [client, server]
            if not is_open:  # closed while the connection to the server was made
                self.cut()
                return
            Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while said := source.recv(65_536):
                if self.swallows:
                    continue
                self.passed += counted
                time.sleep(self.delay_seconds / 2)
                target.sendall(said)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

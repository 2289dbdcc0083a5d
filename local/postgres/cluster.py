"""A real Postgres server as a child of this process, for a laptop and for tests.

Start and stop, in order: choose the directory and the user, find the programs, take the lock on the directory (one
process owns a cluster; the kernel releases the lock if we are killed), create the cluster if it is new, stop a server
whose parent was killed, then start ours. The lock comes first because only its holder may signal what runs in there.
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from local import processes
from local.os_user import OsUser, os_user_for
from local.postgres import pgdata
from local.postgres.binaries import Binaries, PostgresError, find_binaries
from local.postgres.data_directory import usable_directory

__all__ = ["Cluster", "PostgresError"]

START_SECONDS = 120.0  # recovery after a crash is inside
STOP_SECONDS = 30.0
ATTEMPTS = 50
ATTEMPT_SECONDS = 0.1
# In the log while a killed server still holds something: worth another attempt.
TRANSIENT = ("pre-existing shared memory block", "lock file", "could not bind")


class Cluster:
    """A server on 127.0.0.1, its data kept in `data` by major version.

    Start it from a thread that lives as long as the server should: on Linux the server stops when that thread ends.
    Under root it runs as the data's owner, else `postgres` or `nobody`; where that user cannot reach `data`, the data
    are kept in /var/tmp, and one printed line says so.
    """

    host = pgdata.HOST

    def __init__(self, data: Path, *, durable: bool = True, port: int = 0, major: int | None = None) -> None:
        """Port 0 picks a free one at the first start and keeps it; `durable=False` is faster, for tests.

        `major` is the version it must be; None takes the best there is.
        """
        self.data = data.absolute()
        self.port = port
        self._may_move = port == 0
        self._durable = durable
        self._major = major
        self._made: pgdata.PgData | None = None
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The postmaster's; None before the first start."""
        return self._process.pid if self._process else None

    @property
    def sslmode(self) -> str:
        """What clients must ask for: `require` where the server speaks TLS, else `disable`."""
        return "require" if self._cluster.has_tls else "disable"

    def admin_dsn(self, database: str = "postgres") -> str:
        """The superuser's URL."""
        return self.dsn(pgdata.ADMIN, self._cluster.password_file.read_text(), database)

    def dsn(self, user: str, password: str, database: str) -> str:
        """The URL of a login, for libpq and for DATABASE_URL."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{login}@{self.host}:{self.port}/{quote(database, safe='')}?sslmode={self.sslmode}"

    def start(self) -> None:
        """Return when it accepts connections, at once when it runs already; raises PostgresError."""
        if self.running:
            return
        self.data = usable_directory(self.data, os_user_for(_owned(self.data)))
        os_user = os_user_for(_owned(self.data))
        binaries = find_binaries(os_user, self._major, kept=pgdata.majors_in(self.data))
        self._close_lock()
        self._lock = processes.hold(self.data / "lock")
        if self._lock is None:
            raise PostgresError(f"Another process runs the Postgres in {self.data}: stop that one first.")
        try:
            home = self.data / f"pg{binaries.major}"
            self._made = pgdata.create(home, binaries, os_user, durable=self._durable)
            self._end_orphan()
            self._launch(binaries, os_user)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Disconnect everybody and shut down; a durable cluster keeps all that was committed."""
        if self._process is not None:
            shutdown = signal.SIGINT if self._durable else signal.SIGQUIT
            processes.end(self._process, shutdown, signal.SIGQUIT, seconds=STOP_SECONDS)
        self._close_lock()

    def kill(self) -> None:
        """`kill -9` the postmaster, as a crash would; `start()` recovers."""
        if self._process is not None:
            processes.end(self._process, seconds=0)
        self._close_lock()

    @property
    def _cluster(self) -> pgdata.PgData:
        if self._made is None:
            raise PostgresError("This Postgres was never started.")
        return self._made

    def _close_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _launch(self, binaries: Binaries, os_user: OsUser) -> None:
        with processes.open_log(self.data / "server.log") as log:
            for attempt in range(ATTEMPTS):
                if self._may_move:
                    self.port = processes.free_port()
                error = self._try(binaries, os_user, log)
                if not error:
                    self._may_move = False
                    return
                if attempt == ATTEMPTS - 1 or not any(transient in error for transient in TRANSIENT):
                    raise PostgresError(f"Postgres did not start: {error}")
                time.sleep(ATTEMPT_SECONDS)

    def _try(self, binaries: Binaries, os_user: OsUser, log: IO[bytes]) -> str:
        """What the server logged before it ended; empty when it accepts connections."""
        log_end = log.seek(0, os.SEEK_END)
        self._process = processes.spawn(
            self._command(binaries),
            death_signal=signal.SIGINT,
            environment=self._environment(binaries),
            directory=Path("/"),
            os_user=os_user,
            output=log,
        )
        if not processes.wait_until(lambda: self._is_ready() or not self.running, seconds=START_SECONDS):
            return f"it was not ready in {START_SECONDS:g} s, see {log.name}"
        if self.running:
            return ""
        log.seek(log_end)
        return log.read().decode(errors="replace").strip() or f"exit code {self._process.returncode}"

    def _command(self, binaries: Binaries) -> list[str]:
        settings = self._cluster.settings(durable=self._durable) | {"port": str(self.port)}
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [binaries.tool("postgres"), "-D", str(self._cluster.data), *given]

    def _environment(self, binaries: Binaries) -> dict[str, str]:
        """With the stale pid as PG_GRANDPARENT_PID, Postgres ignores a pid file of a killed server.

        Else a pid that now belongs to another process, or to a zombie, would keep the server from starting.
        """
        stale = self._cluster.pid_file()[:1]
        return binaries.environment() | ({"PG_GRANDPARENT_PID": stale[0]} if stale else {})

    def _is_ready(self) -> bool:
        lines = self._cluster.pid_file()
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _end_orphan(self) -> None:
        """Stop a server whose parent was killed; it is ours, because we hold the lock."""
        lines = self._cluster.pid_file()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        for each in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if not pid or not processes.runs_in(pid, self._cluster.data):
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, each)
            processes.wait_until(lambda: not processes.runs_in(pid, self._cluster.data), seconds=STOP_SECONDS)


def _owned(data: Path) -> Path:
    """The path whose owner owns the data: a cluster in the directory, else the directory itself."""
    return next(iter(sorted(data.glob("pg*"))), data)

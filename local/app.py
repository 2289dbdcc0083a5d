"""The app in its own process, as Databricks Apps runs it, for tests and benchmarks."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from local import processes
from local.os_user import OsUser

PROJECT = Path(__file__).parents[1]
START_SECONDS = 90.0  # a start takes two seconds, on a loaded machine much more
STOP_SECONDS = 15.0
"""The time between SIGTERM and SIGKILL on Databricks Apps."""


class AppProcess:
    """Runs while the context is entered; may be killed and started again on the same port."""

    def __init__(
        self, environ: Mapping[str, str], *, log: Path, script: str = "app.py", project: Path = PROJECT
    ) -> None:
        """`project` is the directory of the code to run, for example another version."""
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environ = {**environ, "STREAMLIT_SERVER_PORT": str(self.port)}
        self._log = log
        self._script = script
        self._project = project
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.terminate()

    @property
    def pid(self) -> int:
        return self._running.pid

    def cpu_seconds(self) -> float:
        """CPU time of all its threads, in steps of 10 ms. Linux only."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def said(self) -> str:
        """The whole log."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Return when the app answers; raise RuntimeError with its log if it does not."""
        with self._log.open("ab") as output:
            self._process = processes.spawn(
                [sys.executable, "-m", "streamlit", "run", self._script],
                death_signal=signal.SIGKILL,
                environment=self._environ,
                directory=self._project,
                os_user=OsUser("ours"),
                output=output,
            )
        if not processes.wait_until(self._is_healthy, seconds=START_SECONDS, every_seconds=0.05):
            self.kill()
            raise RuntimeError(f"The app did not start: {self.said}")

    def terminate(self) -> int | None:
        """Send SIGTERM, then SIGKILL if it does not end; returns the exit code, None when it was not running."""
        process, self._process = self._process, None
        if process is None:
            return None
        processes.end(process, signal.SIGTERM, seconds=STOP_SECONDS)
        return process.returncode

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        process, self._process = self._running, None
        process.kill()
        process.wait()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("The app does not run.")
        return self._process

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

"""Servers of others in the tests: each in a process of its own, with packages that only it sees."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local import processes
from local.environment import without
from local.os_user import OsUser

# The first start after an installation compiles a thousand files, maybe on a busy machine.
START_SECONDS = 240.0
STOP_SECONDS = 5.0
FOREIGN = ("MLFLOW_", "_MLFLOW_", "DATABASE_", "DATABRICKS_", "LAKEBASE_", "OPENAI_", "OTEL_", "FLASK_", "PYTHON")


def packages(name: str) -> Path:
    """Where `make` puts the packages of requirements/<name>.txt: out of the tests' own sight."""
    return Path(sys.prefix) / name


@contextmanager
def server_process(
    *module: str,
    folder: Path,
    sees: Sequence[Path],
    environment: Mapping[str, str],
    ends_by: signal.Signals = signal.SIGTERM,
) -> Iterator[str]:
    """Run the module, which chooses its port and logs it; returns its URL. Everything it writes is in `folder`."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = processes.spawn(
            [sys.executable, "-m", *module],
            death_signal=signal.SIGKILL,
            environment=without(os.environ, *FOREIGN) | _environment(folder, sees) | dict(environment),
            directory=folder,
            os_user=OsUser("ours"),
            output=output,
        )
    try:
        yield _url(log, process)
    finally:
        processes.end(process, ends_by, seconds=STOP_SECONDS)


def _environment(folder: Path, sees: Sequence[Path]) -> dict[str, str]:
    missing = [path for path in sees if not path.exists()]
    assert not missing, f"run `make setup`: {missing} is not installed"
    return {"PYTHONPATH": os.pathsep.join(map(str, sees)), "HOME": str(folder), "DO_NOT_TRACK": "true"}


def _url(log: Path, process: subprocess.Popen[bytes]) -> str:
    def found() -> re.Match[str] | None:
        return re.search(r"[Rr]unning on (http://127\.0\.0\.1:\d+)", log.read_text())

    def is_over() -> bool:
        return bool(found()) or process.poll() is not None

    processes.wait_until(is_over, seconds=START_SECONDS, every_seconds=0.05)
    if (address := found()) is None:
        raise RuntimeError(f"{process.args!r} did not start: {log.read_text()}")
    return address[1]

"""Start, stop and recognise our own child processes."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from local.os_user import OsUser

MAX_LOG_BYTES = 10 * 1024 * 1024


def spawn(
    command: list[str],
    *,
    death_signal: signal.Signals,
    environment: Mapping[str, str],
    directory: Path,
    os_user: OsUser,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, where Ctrl-C does not reach it.

    On Linux it gets `death_signal` when the calling *thread* ends: call from one that lives on. Elsewhere
    it outlives a killed parent.
    """
    return subprocess.Popen(
        **os_user.arguments(command, death_signal),
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes], *signals: signal.Signals, seconds: float) -> None:
    """Send each signal in turn, then SIGKILL, until the process is gone; waits up to `seconds` after each."""
    for each in signals:
        process.send_signal(each)
        try:
            process.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def wait_until(condition: Callable[[], bool], *, seconds: float, every_seconds: float = 0.01) -> bool:
    """Poll the condition; returns whether it became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_seconds)
    return True


def hold(path: Path) -> IO[str] | None:
    """Lock the file until it is closed or this process ends, also by `kill -9`; None when another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    file = os.fdopen(descriptor, "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; one larger than MAX_LOG_BYTES is emptied first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    log = os.fdopen(descriptor, "r+b")
    if log.seek(0, os.SEEK_END) > MAX_LOG_BYTES:
        log.truncate(0)
    return log


def free_port() -> int:
    """A port of the loopback address that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def runs_in(pid: int, directory: Path) -> bool:
    """Whether the process is alive, no zombie, and works in the directory, as Postgres does in its data directory."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == directory.resolve()
        except OSError:
            return False
    listing = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return str(directory) in listing.stdout

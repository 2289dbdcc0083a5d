"""A Postgres for tests: fast, not durable, and removed afterwards."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from local import processes
from local.postgres.cluster import Cluster

TEMPORARY = "lakechat-temporary-"
ABANDONED_SECONDS = 3600.0


def fastest_directory() -> Path:
    """For data that is thrown away: memory where there is a /dev/shm."""
    shared_memory = Path("/dev/shm")  # noqa: S108
    return shared_memory if os.access(shared_memory, os.W_OK) else Path(tempfile.gettempdir())


@contextlib.contextmanager
def temporary_cluster(major: int | None = None) -> Iterator[Cluster]:
    """A running server, removed afterwards; `major` as for Cluster."""
    _sweep(fastest_directory())
    data = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=fastest_directory()))
    try:
        with Cluster(data, durable=False, major=major) as cluster:
            yield cluster
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove what killed test runs left: in /dev/shm it would stay until the machine restarts."""
    for lock_file in parent.glob(f"{TEMPORARY}*/lock"):
        with contextlib.suppress(OSError):
            is_old = time.time() - lock_file.stat().st_mtime > ABANDONED_SECONDS
            if is_old and (lock := processes.hold(lock_file)):
                with lock:
                    shutil.rmtree(lock_file.parent)

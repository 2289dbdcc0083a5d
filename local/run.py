"""`make run`: start the app, with a Postgres and a local workspace where the user brings none."""

import argparse
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from local import environment, lakebase, processes
from local.environment import Principal
from local.os_user import OsUser
from local.postgres import Cluster, PostgresError
from local.signals import Signals
from local.workspace import Workspace

PROJECT = Path(__file__).resolve().parent.parent
ADDRESS = "127.0.0.1"
START_SECONDS = 120.0
DRAIN_SECONDS = 15.0  # the time that Databricks Apps gives an app after SIGTERM


class Refusal(Exception):
    """Lakechat cannot start, or ended by itself; the message is one sentence for the user."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.run", description="Run Lakechat on this machine.")
    parser.add_argument("--ephemeral", action="store_true", help="without a database: no history is kept")
    sys.exit(run(PROJECT, os.environ, ephemeral=parser.parse_args().ephemeral))


def run(project: Path, mine: Mapping[str, str], *, ephemeral: bool = False) -> int:
    """Run the `app.py` of the project until a signal asks to stop; the exit code."""
    try:
        with Signals() as signals:
            _run(project, mine, signals, ephemeral=ephemeral)
    except (Refusal, PostgresError) as refusal:
        with contextlib.suppress(OSError):  # the terminal may be closed
            print(refusal, file=sys.stderr, flush=True)
        return 1
    return 0


def _run(project: Path, mine: Mapping[str, str], signals: Signals, *, ephemeral: bool) -> None:
    port = _port(mine)
    url = f"http://localhost:{port}"
    planned = environment.plan(mine, ephemeral=ephemeral)
    environ = environment.of_app(mine, port=port, ephemeral=ephemeral)
    principal = Principal()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_only_run(project / ".local", url))
        _refuse_busy(port)
        _forget_libpq_settings()
        cluster = stack.enter_context(Cluster(project / ".local" / "postgres")) if planned.postgres else None
        if planned.workspace:
            environ |= _workspace(stack, mine, cluster, principal)
        elif cluster:
            environ["DATABASE_URL"] = lakebase.database_url(
                cluster, role=principal.client_id, database=environment.DATABASE
            )
        if signals.received:
            return
        app = stack.enter_context(_app(project, environ))
        if _wait_until_healthy(app, port, signals):
            print(f"Lakechat is running at {url} (Ctrl-C stops it)", flush=True)
            _watch(app, cluster, signals)


def _workspace(
    stack: contextlib.ExitStack, mine: Mapping[str, str], cluster: Cluster | None, principal: Principal
) -> dict[str, str]:
    """Start the local workspace and bind the database to the app; returns the app's variables for both."""
    workspace = Workspace(
        cluster.admin_dsn() if cluster else None,
        role=principal.client_id,
        client_id=principal.client_id,
        client_secret=principal.client_secret,
    )
    stack.enter_context(workspace)
    given = environment.of_workspace(mine, url=workspace.url, principal=principal)
    if cluster:
        lakebase.bind(cluster, role=principal.client_id, database=environment.DATABASE)
        given |= environment.of_lakebase(cluster, principal)
    return given


def _forget_libpq_settings() -> None:
    """Keep the user's PGSERVICE or PGOPTIONS out of our own connections."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


def _port(mine: Mapping[str, str]) -> int:
    wanted = mine.get("PORT") or "8501"
    if not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 65536):
        raise Refusal(f"PORT is {wanted!r}: it has to be a number from 1 to 65535.")
    return int(wanted)


@contextlib.contextmanager
def _only_run(directory: Path, url: str) -> Iterator[None]:
    """Hold the checkout's lock, whose file holds the app's address; the kernel releases it if we are killed."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "run.lock"
    lock = processes.hold(path)
    if lock is None:
        raise Refusal(f"Lakechat runs from this directory already, at {path.read_text().strip()}: open it there.")
    with lock:
        lock.truncate()
        lock.write(url)
        lock.flush()
        yield


def _refuse_busy(port: int) -> None:
    busy = Refusal(f"Port {port} is in use: choose another one, PORT={port % 65535 + 1} make run, say.")
    for host in (ADDRESS, "::1"):  # a browser may take localhost for either
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            raise busy
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except PermissionError as error:
            raise Refusal(f"Port {port} is for the administrator only: choose one from 1024, PORT=8501.") from error
        except OSError as error:
            raise busy from error


@contextlib.contextmanager
def _app(project: Path, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The app as a child that writes to our terminal; on exit it may drain, then it is killed."""
    app = processes.spawn(
        [sys.executable, "-m", "streamlit", "run", "app.py"],
        death_signal=signal.SIGKILL,
        environment=environ,
        directory=project,
        os_user=OsUser("ours"),
    )
    try:
        yield app
    finally:
        processes.end(app, signal.SIGTERM, seconds=DRAIN_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(app.pid, signal.SIGKILL)  # ends its children too


def _wait_until_healthy(app: subprocess.Popen[bytes], port: int, signals: Signals) -> bool:
    """Whether the app answers; False when a signal came first."""
    deadline = time.monotonic() + START_SECONDS
    while not signals.received:
        _refuse_ended(app)
        if _is_healthy(port):
            return True
        if time.monotonic() > deadline:
            raise Refusal(f"The app did not answer within {START_SECONDS:g} s: it is stopped again.")
        signals.wait(0.05)
    return False


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=1)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == http.client.OK
    return False


def _watch(app: subprocess.Popen[bytes], cluster: Cluster | None, signals: Signals) -> None:
    """Return when a signal asks to stop; a Postgres that crashes is started again, an app is not."""
    while not signals.received:
        _refuse_ended(app)
        if cluster and not cluster.running:
            print("Postgres ended by itself: it is started again.", file=sys.stderr, flush=True)
            cluster.start()
        signals.wait()


def _refuse_ended(app: subprocess.Popen[bytes]) -> None:
    if app.poll() is not None:
        raise Refusal(f"The app ended by itself with exit code {app.returncode}: what it said stands above.")


if __name__ == "__main__":
    main()

"""`make run` with real processes, none of which may be left running."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from local import environment
from local.postgres.temporary import fastest_directory
from local.processes import free_port, runs_in, wait_until

CHECKOUT = Path(__file__).resolve().parents[2]
LAUNCH = """
import os, signal, sys
from pathlib import Path
from local.run import run
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests under nohup
sys.exit(run(Path(sys.argv[1]), os.environ, ephemeral="--ephemeral" in sys.argv))
"""
APP = """
import os
import streamlit as st
from starlette.responses import JSONResponse
from starlette.routing import Route

def environment(request):
    return JSONResponse({**os.environ, "pid": os.getpid()})

def end(request):
    os._exit(7)

app = st.App("page.py", routes=[Route("/environment", environment), Route("/end", end)])
"""
OURS = ("PG", "LAKEBASE_", "DATABASE_URL", "DATABRICKS_", "SERVING_", "AGENT_", "STREAMLIT_")
GIVEN = {
    "PG": ["HOST", "PORT", "DATABASE", "USER", "SSLMODE", "APPNAME"],
    "LAKEBASE_": ["ENDPOINT"],
    "DATABRICKS_": ["HOST", "CLIENT_ID", "CLIENT_SECRET"],
    "SERVING_": ["ENDPOINT"],
    "STREAMLIT_SERVER_": ["PORT", "ADDRESS", "HEADLESS", "ENABLE_XSRF_PROTECTION", "ENABLE_CORS"],
    "STREAMLIT_": ["BROWSER_GATHER_USAGE_STATS", "LOGGER_HIDE_WELCOME_MESSAGE"],
}


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """A checkout with an app that reports its environment; its Postgres is created once."""
    with tempfile.TemporaryDirectory(dir=fastest_directory(), prefix="lakechat-run-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # for the account that runs Postgres when we are root
        (directory / "app.py").write_text(APP)
        (directory / "page.py").write_text("import streamlit as st\nst.write('here')\n")
        yield directory


@pytest.fixture
def port() -> Iterator[int]:
    """A port of the test's own. It stays bound, so that nobody else is given it before the app listens there."""
    with socket.socket() as held:
        # The app sets this, too, and may then bind a port at which nobody listens.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def get(port: int, path: str) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()


def told(port: int) -> dict[str, str]:
    answer: dict[str, str] = json.loads(get(port, "/environment"))
    return answer


@contextmanager
def launch(
    project: Path, port: int | str, *options: str, terminal: int | None = None, **mine: str
) -> Iterator[subprocess.Popen[str]]:
    environ = environment.without(os.environ, *OURS) | mine | {"PORT": str(port)}
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", LAUNCH, str(project), *options],
        cwd=CHECKOUT,
        env=environ,
        stdin=subprocess.DEVNULL if terminal is None else terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as launcher:
        try:
            yield launcher
        finally:
            launcher.kill()


def line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()


def running(launcher: subprocess.Popen[str], port: int) -> None:
    announced = line(launcher.stdout)
    assert announced == f"Lakechat is running at http://localhost:{port} (Ctrl-C stops it)", launcher.communicate()


def postmaster_runs(project: Path) -> bool:
    pid_files = list(project.glob(".local/postgres/pg*/data/postmaster.pid"))
    return any(runs_in(int(file.read_text().split("\n")[0]), file.parent) for file in pid_files)


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_that_was_started(project: Path, port: int, asked: signal.Signals) -> None:
    with launch(project, port) as launcher:
        running(launcher, port)
        app = int(told(port)["pid"])
        assert runs_in(app, project) and postmaster_runs(project)
        launcher.send_signal(asked)
        output, errors = launcher.communicate(timeout=120)
        assert (launcher.returncode, errors) == (0, "")
        assert not runs_in(app, project) and not postmaster_runs(project)
    assert output.strip() in ("", "Stopping...")


def test_a_closed_terminal_stops_everything_although_make_forwards_no_signal(project: Path, port: int) -> None:
    ours, launchers = os.openpty()
    with launch(project, port, terminal=launchers) as launcher:
        os.close(launchers)
        running(launcher, port)
        os.close(ours)
        launcher.communicate(timeout=120)
    assert launcher.returncode == 0
    assert not postmaster_runs(project)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_killed_launcher_leaves_no_process_and_the_next_one_starts(project: Path, port: int) -> None:
    with launch(project, port) as launcher:
        running(launcher, port)
        app = int(told(port)["pid"])
        launcher.kill()
    with launch(project, port) as launcher:
        running(launcher, port)
        assert not runs_in(app, project)
        launcher.send_signal(signal.SIGTERM)
        launcher.communicate(timeout=120)
    assert not postmaster_runs(project)


def test_the_app_gets_the_platforms_variables_and_a_second_run_is_told_its_address(project: Path, port: int) -> None:
    stray = {"DATABRICKS_TOKEN": "stray", "DATABRICKS_APP_NAME": "stray", "PGHOST": "stray", "PGSERVICE": "stray"}
    with launch(project, port, **stray) as launcher:
        running(launcher, port)
        environ = told(port)
        with launch(project, free_port()) as second:
            _, refusal = second.communicate(timeout=120)
        assert second.returncode == 1
        assert refusal == f"Lakechat runs from this directory already, at http://localhost:{port}: open it there.\n"
        launcher.send_signal(signal.SIGTERM)
        launcher.communicate(timeout=120)
    given = {name for name in environ if name.startswith(OURS)}
    assert given == {f"{prefix}{name}" for prefix, names in GIVEN.items() for name in names}
    assert environ["PGUSER"] == environ["DATABRICKS_CLIENT_ID"]
    assert (environ["PGHOST"], environ["PGSSLMODE"]) == ("127.0.0.1", "require")


def test_a_crashed_postgres_is_restarted_and_an_app_that_ends_is_reported(project: Path, port: int) -> None:
    with launch(project, port) as launcher:
        running(launcher, port)
        pid_file = next(project.glob(".local/postgres/pg*/data")) / "postmaster.pid"
        os.kill(int(pid_file.read_text().split("\n")[0]), signal.SIGKILL)
        assert line(launcher.stderr) == "Postgres ended by itself: it is started again."
        assert wait_until(lambda: postmaster_runs(project), seconds=60)
        with pytest.raises(http.client.RemoteDisconnected):
            get(port, "/end")
        _, errors = launcher.communicate(timeout=120)
    assert launcher.returncode == 1
    assert errors.strip() == "The app ended by itself with exit code 7: what it said stands above."
    assert not postmaster_runs(project)


def test_ephemeral_starts_no_database_and_hides_the_users(project: Path, port: int) -> None:
    with launch(project, port, "--ephemeral", DATABASE_URL="postgresql://elsewhere/db") as launcher:
        running(launcher, port)
        environ = told(port)
        assert not postmaster_runs(project)
        launcher.send_signal(signal.SIGTERM)
        launcher.communicate(timeout=120)
    assert not any(name.startswith(("PG", "LAKEBASE_", "DATABASE_URL")) for name in environ)
    assert environ["SERVING_ENDPOINT"] == "demo-agent"


def test_a_port_in_use_is_reported_in_one_sentence_and_nothing_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with launch(tmp_path, port) as launcher:
            _, errors = launcher.communicate(timeout=120)
    assert launcher.returncode == 1
    assert errors == f"Port {port} is in use: choose another one, PORT={port + 1} make run, say.\n"
    assert not (tmp_path / ".local" / "postgres").exists()


def test_an_invalid_port_is_reported_in_one_sentence(tmp_path: Path) -> None:
    with launch(tmp_path, "eighty") as launcher:
        _, errors = launcher.communicate(timeout=120)
    assert (launcher.returncode, errors) == (1, "PORT is 'eighty': it has to be a number from 1 to 65535.\n")


HOST = {"DATABRICKS_HOST": "https://w"}
LAKEBASE = {"PGHOST": "h", "LAKEBASE_ENDPOINT": "projects/p"}


@pytest.mark.parametrize(
    ("mine", "postgres", "workspace"),
    [
        ({}, True, True),
        ({"DATABASE_URL": "postgresql://h/d"}, False, True),
        ({"AGENT_URL": "http://a"}, True, True),
        (HOST, True, True),
        (HOST | {"SERVING_ENDPOINT": "mine"}, True, False),
        (HOST | {"AGENT_URL": "https://a"}, True, False),
        (HOST | LAKEBASE, False, False),
        (LAKEBASE, True, True),
    ],
)
def test_only_services_that_the_user_has_not_configured_are_emulated(
    mine: dict[str, str], postgres: bool, workspace: bool
) -> None:
    assert environment.plan(mine, ephemeral=False) == environment.Plan(postgres, workspace)


def test_an_agent_of_the_users_own_wins_over_the_demo_agent() -> None:
    principal = environment.Principal()
    given = environment.of_workspace({"AGENT_URL": "http://a"}, url="http://w", principal=principal)
    assert "SERVING_ENDPOINT" not in given
    given = environment.of_workspace({"SERVING_ENDPOINT": "mine"}, url="http://w", principal=principal)
    assert given["SERVING_ENDPOINT"] == "mine"


def test_with_a_real_workspace_the_embedded_postgres_is_passed_as_database_url(project: Path, port: int) -> None:
    with launch(project, port, **HOST, SERVING_ENDPOINT="mine") as launcher:
        running(launcher, port)
        environ = told(port)
        launcher.send_signal(signal.SIGTERM)
        launcher.communicate(timeout=120)
    assert (environ["DATABRICKS_HOST"], environ["SERVING_ENDPOINT"]) == ("https://w", "mine")
    assert environ["DATABASE_URL"].startswith(f"postgresql://{environment.Principal().client_id}:")
    assert "PGHOST" not in environ

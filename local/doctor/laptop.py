"""This machine: what running and testing the app on it needs."""

import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from lib.checks.finding import Finding
from local.browser import HEADLESS_SHELL, VARIABLE, WHOLE_BROWSERS
from local.os_user import os_user_for
from local.postgres.binaries import PostgresError, find_binaries

OLDEST_PYTHON = (3, 11)
DEFAULT_PORT = "8501"
DATA = Path(".local") / "postgres"


def laptop(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    yield python(sys.version_info[:3])
    yield make()
    yield port(environ.get("PORT") or DEFAULT_PORT)
    yield postgres(environ)
    yield browser(environ)


def python(version: tuple[int, ...]) -> Finding:
    named = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        return Finding(
            "Python", "bad", f"It is {named}, and the app needs 3.11 or newer.", "make PYTHON=python3.12 setup"
        )
    return Finding("Python", "good", f"Version {named}.")


def make() -> Finding:
    if shutil.which("make"):
        return Finding("make", "good", "It is there.")
    return Finding("make", "warning", "It is not there, and the commands of this project need it.")


def port(wanted: str) -> Finding:
    """Whether `make run` can listen there."""
    if not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 65536):
        return Finding("Port", "bad", f"PORT is {wanted!r}: it has to be a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(wanted)))
        except OSError:
            says = f"{wanted} is in use or not permitted, so `make run` needs another one."
            return Finding("Port", "warning", says, f"make run PORT={int(wanted) % 65535 + 1}")
    return Finding("Port", "good", f"{wanted} is free for `make run`.")


def postgres(environ: Mapping[str, str] = os.environ) -> Finding:
    if environ.get("DATABASE_URL"):
        return Finding("Postgres", "good", "`make run` uses the one that DATABASE_URL names.")
    try:
        found = find_binaries(os_user_for(DATA))
    except (PostgresError, OSError) as error:
        return Finding("Postgres", "warning", str(error), "make setup")
    return Finding("Postgres", "good", f"Version {found.major} is there for `make run` and the tests.")


def browser(environ: Mapping[str, str] = os.environ) -> Finding:
    """Only the tests need one. It is not started here."""
    names = [environ[VARIABLE]] if environ.get(VARIABLE) else [HEADLESS_SHELL, *WHOLE_BROWSERS]
    if found := next(filter(None, map(shutil.which, names)), None):
        return Finding("Browser", "good", f"The tests can use {Path(found).name}.")
    says = "There is no Chromium on PATH. `make test` installs one where it can."
    return Finding("Browser", "warning", says, "python -m local.browser")

"""Runs the Databricks CLI and passes on what it says while it works."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.bundle.program import Program
from local.deploy.problem import redacted

KEPT_LINES = 60


@dataclass(frozen=True)
class CommandFailed(Exception):
    """`said` are the last lines of the program."""

    said: str


def run(program: Program, arguments: list[str], root: Path, tell: Callable[[str], None]) -> None:
    """Call `tell` with each line. Raises CommandFailed. Ctrl-C reaches the program too, which then ends by itself."""
    lines: list[str] = []
    with subprocess.Popen(  # noqa: S603
        [program.path, *arguments],
        cwd=root,
        env=dict(program.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if lines[-1]:
                tell(redacted(lines[-1]))
    if process.returncode != 0:
        raise CommandFailed("\n".join(lines[-KEPT_LINES:]))

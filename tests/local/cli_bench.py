"""A folder with a bundle, and somebody who calls the stand-in for the Databricks CLI there, or deploys."""

import io
import os
import shutil
import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from local.databricks_cli import executable
from local.databricks_cli.__main__ import main
from local.databricks_cli.version import USUAL
from local.deploy.__main__ import main as run_deployment
from local.workspace import Workspace

PROJECT = Path(__file__).parents[2]
ANN = "ann@example.com"
AGENT = "serving_endpoint=demo-agent"
DEMO = "demo@example.com"
"""Who made the demo's endpoints, and so may bind them to an app."""


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


@dataclass
class Bench:
    """`project` has this project's bundle and a small app. `environ` finds the program and whoever is signed in."""

    workspace: Workspace
    project: Path
    home: Path
    environ: dict[str, str]
    version: str = USUAL

    def run(self, *arguments: str, **variables: str) -> Ended:
        """In this process, which takes a tenth of the time of one of its own."""
        out, error = io.StringIO(), io.StringIO()
        environ = patch.dict(os.environ, self.environ | variables, clear=True)
        with environ, chdir(self.project), redirect_stdout(out), redirect_stderr(error):
            code = main(arguments, self.version)
        return Ended(code, out.getvalue(), error.getvalue())

    def run_program(self, *arguments: str) -> Ended:
        """In a process of its own."""
        ended = subprocess.run(  # noqa: S603
            ["databricks", *arguments],  # noqa: S607
            cwd=self.project,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def sign_in(self, user_name: str = ANN, profile: str = "DEFAULT") -> None:
        executable.sign_in(self.home, self.workspace, user_name, profile)


def bench(workspace: Workspace, folder: Path, version: str = USUAL) -> Bench:
    """Nobody is signed in yet."""
    project, home = folder / "project", folder / "home"
    shutil.copytree(PROJECT / "targets", project / "targets")
    for name in ("databricks.yml", "app.yaml", "requirements.txt"):
        shutil.copy(PROJECT / name, project / name)
    (project / "app.py").write_text("print('Hello')\n")
    (project / "docs").mkdir()
    (project / "docs" / "long.md").write_text("Not uploaded.\n")
    home.mkdir()
    return Bench(workspace, project, home, executable.environment(folder / "bin", home, version), version)


def deploy(person: Bench, *words: str) -> Ended:
    """`make deploy` with these words, in this process."""
    out, error = io.StringIO(), io.StringIO()
    with patch.dict(os.environ, person.environ, clear=True), redirect_stdout(out), redirect_stderr(error):
        code = run_deployment([*words], person.project)
    return Ended(code, out.getvalue(), error.getvalue())


def refused(person: Bench, *words: str) -> str:
    """What is printed below the steps of a deployment that must fail."""
    done = deploy(person, *words)
    assert done.returncode == 1, done.stdout
    steps, _, problem = done.stdout.partition("\n\n")
    assert steps.startswith("[1/")
    return problem

"""What is to be deployed: asked for on the command line, and read from the bundle."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.bundle.program import VALIDATE_SECONDS, Program
from local.deploy.known_problems import Place, recognised
from local.deploy.problem import Problem


@dataclass(frozen=True)
class Wanted:
    """`options` is None to keep those of the last time. An empty `ask` asks nothing."""

    target: str
    options: Sequence[str] | None
    variables: Mapping[str, str]
    profile: str = ""
    ask: str = ""
    force: bool = False
    wait_seconds: float = 600.0

    @property
    def cli_options(self) -> list[str]:
        return ["-t", self.target, *(["-p", self.profile] if self.profile else [])]

    def place(self, app_name: str = "") -> Place:
        where = (
            f"--profile {self.profile}"
            if self.profile
            else f"--host {os.environ.get('DATABRICKS_HOST') or 'https://…'}"
        )
        login = f"databricks auth login {where}"
        return Place(self.target, app_name or "<app>", " ".join(self.cli_options), login)


@dataclass(frozen=True)
class Described:
    """The app as the CLI reads the bundle. `host` and `profile` are empty where the bundle names none."""

    app_name: str
    keeps_chats: bool
    host: str
    profile: str


def described(program: Program, wanted: Wanted, root: Path) -> Described:
    """Raises Problem."""
    try:
        done = program.run(root, "bundle", "validate", "-o", "json", *wanted.cli_options)
    except subprocess.TimeoutExpired as error:
        says = f"The Databricks CLI did not read the bundle within {VALIDATE_SECONDS} s."
        raise Problem(says, "Check your network (VPN, proxy), then run this command again.") from error
    if done.returncode != 0:
        raise recognised(done.stderr, wanted.place(), "The Databricks CLI cannot read the bundle.")
    try:
        config: dict[str, Any] = json.loads(done.stdout)
        app = config["resources"]["apps"]["lakechat"]
    except (ValueError, KeyError, TypeError) as error:
        raise Problem("The Databricks CLI describes no app named lakechat.", original=done.stdout[:500]) from error
    kinds = {kind for resource in app.get("resources") or () for kind in resource}
    workspace = config.get("workspace") or {}
    keeps_chats = bool(kinds & {"postgres", "database"})
    return Described(app["name"], keeps_chats, workspace.get("host") or "", workspace.get("profile") or "")

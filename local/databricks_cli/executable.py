"""Makes the program `databricks` that tests put on PATH, and signs somebody in."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.databricks_cli.version import USUAL
from local.workspace import Workspace

PROJECT = Path(__file__).parents[2]
PADDING = "#" * 2**20
"""The SDK takes a smaller program for the CLI of old, which was a script."""


def install(folder: Path, version: str = USUAL) -> Path:
    """Write the program, which says it has that version, into the folder; returns it."""
    program = folder / "databricks"
    folder.mkdir(parents=True, exist_ok=True)
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        f"sys.path.insert(0, {str(PROJECT)!r})\n"
        "from local.databricks_cli.__main__ import main\n"
        f"sys.exit(main(sys.argv[1:], {version!r}))\n{PADDING}\n"
    )
    program.chmod(0o755)
    return program


def environment(folder: Path, home: Path, version: str = USUAL) -> dict[str, str]:
    """The variables with which a process finds this program, and no other sign-in than those below `home`."""
    install(folder, version)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "BUNDLE_"))}
    return kept | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(home)}


def sign_in(home: Path, workspace: Workspace, user_name: str, profile: str = "DEFAULT") -> None:
    """What `databricks auth login` leaves below the home folder."""
    profiles: Mapping[str, str] = {"host": workspace.url, "auth_type": "databricks-cli"}
    add_profile(home, profile, profiles)
    cache = home / ".databricks" / "token-cache.json"
    cache.parent.mkdir(parents=True, exist_ok=True)
    tokens = json.loads(cache.read_text())["tokens"] if cache.exists() else {}
    ends_at = datetime.now(UTC) + timedelta(hours=1)
    tokens[profile] = {
        "access_token": workspace.tokens.issue(user_name, 3600, frozenset({"all-apis"})),
        "token_type": "Bearer",
        "refresh_token": workspace.tokens.sign_in(user_name),
        "expiry": ends_at.isoformat().replace("+00:00", "Z"),
    }
    cache.write_text(json.dumps({"version": 1, "tokens": tokens}))


def use_personal_access_token(home: Path, workspace: Workspace, user_name: str, profile: str = "DEFAULT") -> None:
    """What `databricks configure --token` leaves."""
    add_profile(home, profile, {"host": workspace.url, "token": workspace.tokens.issue_pat(user_name)})


def add_profile(home: Path, profile: str, settings: Mapping[str, str]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".databrickscfg").open("a") as file:
        file.write("\n".join([f"[{profile}]", *(f"{name} = {value}" for name, value in settings.items()), "", ""]))

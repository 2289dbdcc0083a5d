"""The Databricks CLI: whether it is there and new enough, and what it knows of the bundle's deployment."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.checks.finding import Finding
from local.bundle.program import Program
from local.bundle.reading import ROOT, BadYaml, minimum_cli_version

NAME = "Databricks CLI"
INSTALL = "curl -fsSL https://raw.githubusercontent.com/databricks/setup-cli/main/install.sh | sh"


@dataclass(frozen=True)
class Managed:
    """The ids of what this bundle has made, by kind and key; `known` is False if the CLI could not tell.

    `left` are those that it does not declare any more.
    """

    known: bool
    ids: Mapping[tuple[str, str], str]
    left: Mapping[tuple[str, str], str]

    def has(self, kind: str, key: str, id: str) -> bool | None:
        return self.ids.get((kind, key)) == id if self.known else None

    def key_of(self, kind: str, id: str) -> str | None:
        """Under which it was made, declared or not; None also if that is not known."""
        made = [*self.ids.items(), *self.left.items()]
        return next((key for (of, key), each in made if (of, each) == (kind, id)), None)


NOTHING_KNOWN = Managed(False, {}, {})


def command_line(program: Program | None, root: Path = ROOT) -> Finding:
    """Whether the program is on PATH, and not older than what databricks.yml asks for."""
    if program is None:
        return Finding(NAME, "bad", "It is not installed. Deploying needs it.", INSTALL)
    try:
        wanted = minimum_cli_version(root)
    except BadYaml as error:
        return Finding(NAME, "bad", str(error))
    if not program.is_at_least(wanted):
        says = f"It is version {program.version}, and the bundle needs {wanted} or newer."
        return Finding(NAME, "bad", says, INSTALL)
    return Finding(NAME, "good", f"Version {program.version}. The bundle needs {wanted} or newer.")


def managed(program: Program | None, target: str, options: Sequence[str], root: Path = ROOT) -> Managed:
    """What `bundle summary` tells. `options` are further words of the command, such as those for the profile."""
    if program is None:
        return NOTHING_KNOWN
    try:
        done = program.run(root, "bundle", "summary", "-t", target, "-o", "json", *options)
        resources = json.loads(done.stdout).get("resources") or {}
        found = [((kind, key), each) for kind, group in resources.items() for key, each in group.items()]
        ids = {name: str(each["id"]) for name, each in found if each.get("id")}
        left = {name: ids.pop(name) for name, each in found if each.get("modified_status") == "deleted"}
        return Managed(done.returncode == 0, ids, left)
    except (OSError, subprocess.SubprocessError, ValueError, AttributeError, KeyError):
        return NOTHING_KNOWN

"""The `databricks` program, where there is one that is new enough."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

VALIDATE_SECONDS = 120
_FINDING = re.compile(r"^(?:Error|Warning): .*(?:\n(?!Error: |Warning: |\n).*)*", re.MULTILINE)


_NOT_SIGNED_IN = re.compile(
    "cannot configure default credentials|refresh token is invalid|OAuth is not configured|no cached credentials"
)


class NotSignedIn(Exception):
    """The program can say nothing of the bundle, because the sign-in is missing or has ended."""


@dataclass(frozen=True)
class Program:
    path: str
    version: str
    environ: Mapping[str, str]

    def run(self, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Raises subprocess.TimeoutExpired after VALIDATE_SECONDS, OSError if the program cannot be started."""
        return subprocess.run(  # noqa: S603
            [self.path, *arguments],
            cwd=root,
            env=dict(self.environ),
            capture_output=True,
            text=True,
            timeout=VALIDATE_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def is_at_least(self, version: str) -> bool:
        return _numbers(self.version) >= _numbers(version)

    def schema(self, root: Path) -> str | None:
        """The JSON schema that it prints, or None."""
        try:
            printed = self.run(root, "bundle", "schema")
        except (OSError, subprocess.TimeoutExpired):
            return None
        return printed.stdout if printed.returncode == 0 and printed.stdout.lstrip().startswith("{") else None

    def problems(self, root: Path, target: str, variables: Mapping[str, str]) -> Iterator[str]:
        """What `bundle validate --strict` says of a target, a sentence for each error and warning.

        Raises NotSignedIn.
        """
        try:
            done = self.run(root, "bundle", "validate", "--strict", "-t", target, *given_variables(variables))
        except (OSError, subprocess.TimeoutExpired) as error:
            kind = type(error).__name__
            yield f"The Databricks CLI did not finish ({kind}); `make validate OFFLINE=1` does without it."
            return
        if done.returncode == 0:
            return
        said = done.stderr + "\n" + done.stdout
        if _NOT_SIGNED_IN.search(said):
            raise NotSignedIn
        found = [" ".join(each.split()).rstrip(".") for each in _FINDING.findall(said)]
        last = " ".join(said.split())[-300:]
        yield from (f"{each}." for each in found or [f"The Databricks CLI failed: {last or 'it said nothing'}"])


def find(root: Path, environ: Mapping[str, str] = os.environ) -> Program | None:
    """The program on PATH, or None if there is none or it does not say a version."""
    path = shutil.which("databricks", path=environ.get("PATH"))
    if path is None:
        return None
    try:
        said = Program(path, "", environ).run(root, "--version")
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r"v?(\d+\.\d+\.\d+)", said.stdout + said.stderr)
    return Program(path, version[1], environ) if version else None


def given_variables(variables: Mapping[str, str]) -> list[str]:
    """The words of the command line for them. The program reads each value as a line of CSV."""
    return [word for name, value in variables.items() for word in ("--var", _csv(f"{name}={value}"))]


def _csv(word: str) -> str:
    escaped = word.replace('"', '""')
    return f'"{escaped}"' if set(word) & set('",\r\n') else word


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))

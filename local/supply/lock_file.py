"""Reads the lock files: requirements files in which each package has one exact version and the hashes of its files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DEPLOYED = ROOT / "requirements.txt"
FOLDER = ROOT / "requirements"
_OPTION = re.compile(r"(?<=\s)--hash=(\S+)")


@dataclass(frozen=True)
class Locked:
    """One line of a lock file. A package may have several, for different versions of Python."""

    requirement: Requirement
    hashes: frozenset[str]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """Raises ValueError when the line allows anything but one exact version."""
        specifiers = list(self.requirement.specifier)
        if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
            raise ValueError(f"{self.requirement} is not pinned to one version")
        return specifiers[0].version

    @property
    def is_for_this_python(self) -> bool:
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def all_locks() -> list[Path]:
    return [DEPLOYED, *sorted(FOLDER.glob("*.txt"))]


def read(path: Path) -> list[Locked]:
    """What `path` itself lists, in its order, without the files that it includes. Raises ValueError for a bad line."""
    return [_locked(line) for line in _lines(path.read_text())]


def blocks(text: str) -> list[str]:
    """The lines of each package with its hashes and the comment below them, in their order."""
    return re.findall(r"^[A-Za-z0-9].*\n(?:[ \t].*\n)*", text, re.MULTILINE)


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        bare = re.sub(r"(^|\s)#.*", "", line).strip()
        if bare and not bare.startswith("-"):
            yield bare


def _locked(line: str) -> Locked:
    return Locked(Requirement(_OPTION.sub("", line).strip()), frozenset(_OPTION.findall(line)))

"""Reads requirements/audit.toml: which known vulnerabilities are accepted, why, and until when."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from local.supply.lock_file import FOLDER
from local.supply.osv import Vulnerability

FILE = FOLDER / "audit.toml"
_TYPES = {"id": str, "package": str, "reason": str, "until": date}


class BadFile(Exception):
    """What is wrong with the file, for a person."""


@dataclass(frozen=True)
class Accepted:
    id: str
    package: str
    reason: str
    until: date

    def covers(self, found: Vulnerability) -> bool:
        return self.id in found.ids and canonicalize_name(self.package) == found.package.name


def read(path: Path = FILE) -> list[Accepted]:
    """Raises BadFile when an entry is not complete: one without a reason or an end would accept too much."""
    try:
        content = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{path.name}: {error}") from error
    if unknown := content.keys() - {"accepted"}:
        raise BadFile(f"{path.name} has {', '.join(sorted(unknown))}; it may have only [[accepted]]")
    entries = content.get("accepted", [])
    if not isinstance(entries, list):
        raise BadFile(f"{path.name}: write [[accepted]], with two brackets")
    return [_accepted(path, number, entry) for number, entry in enumerate(entries, 1)]


def _accepted(path: Path, number: int, entry: dict[str, Any]) -> Accepted:
    if entry.keys() != _TYPES.keys():
        raise BadFile(f"{path.name}, entry {number}: it needs {', '.join(_TYPES)}, and nothing else")
    for key, kind in _TYPES.items():
        value = entry[key]
        if not isinstance(value, kind) or isinstance(value, datetime) or value == "":
            raise BadFile(f"{path.name}, entry {number}: {key} must be {'a date' if kind is date else 'a text'}")
    return Accepted(**entry)

"""One target as all rules see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.bundle.merging import merged
from local.bundle.references import resolved, values


@dataclass(frozen=True)
class Situation:
    """`config` is the target as the CLI joins it, `resolved` the same with its variables' values."""

    root: Path
    target: str
    config: Mapping[str, Any]
    known: Mapping[str, Any]
    """What each reference stands for, such as var.app_name."""

    @cached_property
    def resolved(self) -> dict[str, Any]:
        return dict(resolved(self.config, self.known))

    @property
    def mode(self) -> str:
        return str((self.config.get("bundle") or {}).get("mode", ""))

    def resources(self, kind: str) -> dict[str, Any]:
        """The declared resources of a kind by their keys, resolved; what is no mapping is another rule's concern."""
        found = (self.resolved.get("resources") or {}).get(kind) or {}
        return {key: each for key, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}

    def apps(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each app with its path."""
        for key, app in self.resources("apps").items():
            yield f"resources.apps.{key}", app


def situation(root: Path, bundle: Mapping[str, Any], target: str, given: Mapping[str, str]) -> Situation:
    config = merged(bundle, target)
    return Situation(root, target, config, values(config, target, given))


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings in a list, or none if it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def environment(app: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of an app's `config.env`."""
    config = app.get("config")
    return mappings(config.get("env")) if isinstance(config, dict) else []

"""The keys of the bundle's files outside the resources: none that is unknown, none that is missing."""

from collections.abc import Iterator
from typing import Any

from local.bundle.shapes import Keys, anything, each, flag, like, listed, one_of, text

KINDS = ("apps", "postgres_projects", "postgres_roles", "postgres_databases")
_VARIABLE = Keys(optional={"description": text, "default": anything, "type": text, "lookup": anything})
_SYNC = Keys(optional={"include": listed(text), "exclude": listed(text), "paths": listed(text)})
_WORKSPACE = Keys(optional=dict.fromkeys(("root_path", "host", "profile"), text))
_TARGET = Keys(
    optional={
        "default": flag,
        "mode": one_of("development", "production"),
        "variables": anything,
        "workspace": _WORKSPACE,
        "sync": _SYNC,
        "resources": anything,
    }
)
_FILE = Keys(
    optional={
        "bundle": Keys(
            {"name": text},
            {
                "databricks_cli_version": like(r">= \d+\.\d+\.\d+", "a least version such as >= 1.4.0"),
                "engine": one_of("direct", "terraform"),
            },
        ),
        "include": listed(text),
        "sync": _SYNC,
        "variables": each(_VARIABLE),
        "workspace": _WORKSPACE,
        "resources": anything,
        "targets": each(_TARGET),
    }
)


def file_problems(name: str, content: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one file as it stands, before anything is joined."""
    for sentence in _FILE(content, ""):
        yield f"{name}: {sentence}"
    for target, own in (content.get("targets") or {}).items():
        for key, app in (_part(own, "resources", "apps") or {}).items():
            if isinstance(app, dict) and "name" not in app:
                yield f"{name}: targets.{target}.resources.apps.{key} lacks name; add name: ${{var.app_name}}."
    for kind in content.get("resources") or {}:
        yield from _unknown_kind(kind, f"{name}: resources")
    for target, own in (content.get("targets") or {}).items():
        for kind in _part(own, "resources") or {}:
            yield from _unknown_kind(kind, f"{name}: targets.{target}.resources")


def _part(value: Any, *keys: str) -> dict[str, Any] | None:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else None


def _unknown_kind(kind: object, path: str) -> Iterator[str]:
    if kind not in KINDS:
        yield (
            f"{path}.{kind} is a kind that cannot be checked here (known are {', '.join(KINDS)}); "
            "correct it, or check it with the Databricks CLI."
        )

"""What the program warns of in a bundle: fields that it does not know, and would leave out."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from databricks.bundles import apps

from local.databricks_cli.bundle import Bundle


def warnings(bundle: Bundle) -> list[str]:
    return [warning for key, app in bundle.apps.items() for warning in _of_app(f"resources.apps.{key}", app)]


def _of_app(at: str, app: dict[str, Any]) -> Iterator[str]:
    yield from _unknown(at, app, _fields(apps.App))
    for number, variable in enumerate((app.get("config") or {}).get("env") or []):
        yield from _unknown(f"{at}.config.env[{number}]", variable, _fields(apps.AppEnvVar))
    for number, resource in enumerate(app.get("resources") or []):
        yield from _unknown(f"{at}.resources[{number}]", resource, _fields(apps.AppResource))


def _unknown(at: str, found: dict[str, Any], known: set[str]) -> Iterator[str]:
    for name in found:
        if name not in known:
            yield f"unknown field: {name}\n  at {at}"


def _fields(kind: Any) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}

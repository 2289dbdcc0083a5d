"""The app: valid by the official models, named as the platform wants it, and with what it binds."""

import re
from collections.abc import Iterator
from typing import Any

from databricks.bundles.apps import App

from local.bundle.shapes import one_of
from local.bundle.situation import Situation, mappings

MAX_NAME_CHARS = 30
"""As the Databricks CLI has it for the name with its mark of the target, such as lakechat-dev."""
_NAME = re.compile(rf"[a-z0-9](?:[a-z0-9-]{{0,{MAX_NAME_CHARS - 2}}}[a-z0-9])?")
_COMMAND = ["streamlit", "run", "app.py"]
_SIZE = one_of("MEDIUM", "LARGE")


def problems(seen: Situation) -> Iterator[str]:
    if not seen.resources("apps"):
        yield "resources.apps declares no app; add lakechat."
    for path, app in seen.apps():
        yield from _by_the_official_models(app, path)
        yield from _name(app, path)
        yield from _source(seen, app, path)
        yield from _SIZE(app.get("compute_size", "MEDIUM"), f"{path}.compute_size")
        yield from _resources(app, path)
        yield from _command(app, path)


def _by_the_official_models(app: dict[str, Any], path: str) -> Iterator[str]:
    try:
        App.from_dict(app)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        yield f"{path} is not an app as Databricks defines it: {str(error).rstrip('.')}."


def _name(app: dict[str, Any], path: str) -> Iterator[str]:
    name = app.get("name")
    if name is None:
        yield f"{path} lacks name; add name: ${{var.app_name}}."
    elif not isinstance(name, str) or not _NAME.fullmatch(name):
        yield f"{path}.name must be 1 to {MAX_NAME_CHARS} characters of a-z, 0-9 and -, not {name!r}."


def _source(seen: Situation, app: dict[str, Any], path: str) -> Iterator[str]:
    source = app.get("source_code_path")
    if not isinstance(source, str) or not source:
        yield f"{path} lacks source_code_path; add source_code_path: ./"
    elif not (seen.root / source / "app.py").is_file():
        yield f"{path}.source_code_path is {source!r}, where there is no app.py; name the folder that has it."


def _resources(app: dict[str, Any], path: str) -> Iterator[str]:
    for number, resource in enumerate(mappings(app.get("resources"))):
        place = f"{path}.resources[{number}]"
        bound = [key for key in resource if key not in ("name", "description")]
        if len(bound) != 1:
            yield f"{place} must bind exactly one thing, not {', '.join(bound) or 'nothing'}."
        for key in bound:
            yield from _binding(key, resource[key], f"{place}.{key}")


def _binding(key: str, binding: Any, place: str) -> Iterator[str]:
    if not isinstance(binding, dict):
        yield f"{place} must be a mapping of keys to values."
        return
    if "permission" not in binding:
        yield f"{place} lacks permission; without it the app is allowed nothing."
    number = binding.get("experiment_id")
    if key == "experiment" and not isinstance(number, str):
        yield f"{place}.experiment_id must be a text; put {number!r} in quotes."
    if key == "postgres":
        for part in ("branch", "database"):
            if not binding.get(part):
                yield f"{place} lacks {part}; the app could not find its database."


def _command(app: dict[str, Any], path: str) -> Iterator[str]:
    config = app.get("config")
    command = config.get("command", _COMMAND) if isinstance(config, dict) else _COMMAND
    if command != _COMMAND:
        yield f"{path}.config.command must be {_COMMAND}: anything else ignores the platform's presets for Streamlit."

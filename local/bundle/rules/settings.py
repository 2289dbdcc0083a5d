"""What the app is told: settings that exist, each once, with a value, from resources that are bound."""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from lib.settings.groups import VARIABLES
from local.bundle.situation import Situation, environment, mappings

_LAKEBASE = ("LAKEBASE_ENDPOINT", "LAKEBASE_INSTANCE_NAME")


def problems(seen: Situation) -> Iterator[str]:
    for path, app in seen.apps():
        bound = [resource.get("name") for resource in mappings(app.get("resources"))]
        for entry in environment(app):
            yield from entry_problems(entry, f"{path}.config.env", "value_from", bound)
        yield from repeated(environment(app), f"{path}.config.env")
        yield from _lakebase(app, path)


def entry_problems(entry: dict[str, Any], path: str, binding: str, bound: list[Any]) -> Iterator[str]:
    """What is wrong with one setting. `binding` is how this file spells where a value comes from."""
    name = entry.get("name")
    if name not in VARIABLES:
        close = get_close_matches(str(name), VARIABLES, 1)
        hint = f"did you mean {close[0]}?" if close else "docs/configuration.md lists them."
        yield f"{path} sets {name}, which is no setting of the app; {hint}"
    for key in entry.keys() - {"name", "value", binding}:
        yield f"{path} has the key {key!r} for {name}; this file spells it {binding}."
    sources = [key for key in ("value", binding) if key in entry]
    if len(sources) != 1:
        yield f"{path} must give {name} either value or {binding}."
    if "value" in entry and not (isinstance(entry["value"], str) and entry["value"].strip()):
        yield f"{path} gives {name} the value {entry['value']!r}; it must be a text that is not empty."
    source = entry.get(binding)
    if source is not None and source not in bound:
        yield (
            f"{path} takes {name} from {source!r}, but no resource has that name; "
            f"bind it, or name one of {', '.join(map(str, bound))}."
        )


def repeated(entries: list[dict[str, Any]], path: str) -> Iterator[str]:
    counted = Counter(entry.get("name") for entry in entries)
    for name, times in counted.items():
        if times > 1:
            yield f"{path} sets {name} {times} times; keep one."


def _lakebase(app: dict[str, Any], path: str) -> Iterator[str]:
    """A bound database without the setting that passwords are minted for, or the other way round."""
    kinds = [key for resource in mappings(app.get("resources")) for key in resource]
    has_database = bool({"postgres", "database"} & set(kinds))
    told = [entry.get("name") for entry in environment(app) if entry.get("name") in _LAKEBASE]
    if has_database and not told:
        yield f"{path} binds a database but sets no LAKEBASE_ENDPOINT; add it with value_from: postgres."

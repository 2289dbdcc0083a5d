"""The bundle's variables: described, with a value where one is used, and every reference leads somewhere."""

from collections.abc import Iterator

from local.bundle.references import unresolved, used_variables
from local.bundle.situation import Situation


def problems(seen: Situation) -> Iterator[str]:
    declared = seen.config.get("variables") or {}
    for name, variable in declared.items():
        if not (isinstance(variable, dict) and str(variable.get("description", "")).strip()):
            yield f"variables.{name} has no description; say what it is for."
    parts = {key: seen.config.get(key) for key in ("bundle", "workspace", "resources", "sync")}
    for name in sorted(used_variables(parts) & declared.keys()):
        if str(seen.known[f"var.{name}"]).strip() == "":
            yield f"The variable {name} is used but empty; give it a value, for example with --var {name}=…"
    yield from unresolved(parts, seen.known)

"""Resolves `${…}` in a bundle's configuration."""

import re
from typing import Any

from local.databricks_cli.failure import Failure

REFERENCE = re.compile(r"\$\{([a-zA-Z][\w.-]*)\}")
DEEPEST = 20


def resolved(config: dict[str, Any], later: str = "") -> dict[str, Any]:
    """A copy without references, except those whose path begins with `later`. Raises Failure for one to nothing."""
    value = _resolve(config, config, later, 0)
    return value if isinstance(value, dict) else {}


def resolved_part(part: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """The part, with what its references name in the configuration. Raises Failure."""
    value = _resolve(part, config, "", 0)
    return value if isinstance(value, dict) else {}


def reference(config: dict[str, Any], path: str) -> Any:
    """What stands at the path; `var.x` is the value of a variable. Raises Failure."""
    found: Any = config
    steps = path.split(".")
    if steps[0] == "var":
        steps = ["variables", *steps[1:2], "value", *steps[2:]]
    for step in steps:
        if not isinstance(found, dict) or step not in found:
            raise Failure(f"reference does not exist: ${{{path}}}")
        found = found[step]
    return found


def _resolve(value: Any, config: dict[str, Any], later: str, depth: int) -> Any:
    if isinstance(value, dict):
        return {key: _resolve(item, config, later, depth) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve(item, config, later, depth) for item in value]
    return _resolve_text(value, config, later, depth) if isinstance(value, str) else value


def _resolve_text(text: str, config: dict[str, Any], later: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise Failure("cycle detected in field resolution")

    def value_of(path: str) -> Any:
        if later and path.startswith(f"{later}."):
            return f"${{{path}}}"
        return _resolve(reference(config, path), config, later, depth + 1)

    if whole := REFERENCE.fullmatch(text):
        return value_of(whole[1])
    return REFERENCE.sub(lambda found: str(value_of(found[1])), text)

"""Puts values in the place of `${var…}` and the like, and finds the references that lead nowhere."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_RESOURCE = re.compile(r"resources\.(\w+)\.(\w+)\.(id|name)")
UNKNOWN = "unknown"
"""What stands for a value that only the workspace knows, or that is given with the deployment."""
_WORKSPACE = {
    "workspace.current_user.userName": UNKNOWN,
    "workspace.current_user.short_name": UNKNOWN,
    "workspace.host": UNKNOWN,
}


def variables_in(environ: Mapping[str, str]) -> dict[str, str]:
    """The values that the environment gives, in the CLI's own way."""
    mark = "BUNDLE_VAR_"
    return {name.removeprefix(mark): value for name, value in environ.items() if name.startswith(mark)}


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text in a configuration with its path, such as resources.apps.lakechat.config.env[0].value."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from texts(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from texts(each, f"{path}[{number}]")
    elif isinstance(value, str):
        yield path, value


def used_variables(config: Any) -> set[str]:
    return {
        found.removeprefix("var.")
        for _, text in texts(config)
        for found in _REFERENCE.findall(text)
        if found.startswith("var.")
    }


def values(config: Mapping[str, Any], target: str, given: Mapping[str, str]) -> dict[str, Any]:
    """What each reference stands for: variables as given, else by their default."""
    variables = config.get("variables") or {}
    own: dict[str, Any] = {f"var.{name}": given.get(name, each.get("default")) for name, each in variables.items()}
    own = {name: UNKNOWN if value is None else value for name, value in own.items()}
    return {**_WORKSPACE, "bundle.name": (config.get("bundle") or {}).get("name"), "bundle.target": target, **own}


def resolved(value: Any, known: Mapping[str, Any]) -> Any:
    """`value` with each known reference replaced; a text that is nothing but one reference takes over its type."""
    if isinstance(value, Mapping):
        return {key: resolved(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [resolved(each, known) for each in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole and whole[1] in known:
        return known[whole[1]]
    return _REFERENCE.sub(lambda match: str(known.get(match[1], match[0])), value)


def unresolved(config: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each reference in `config` that is neither known nor a resource of it."""
    resources = config.get("resources") or {}
    for path, text in texts(config):
        for reference in _REFERENCE.findall(text):
            match = _RESOURCE.fullmatch(reference)
            if reference not in known and not (match and match[2] in (resources.get(match[1]) or {})):
                yield f"{path} refers to ${{{reference}}}, which nothing declares; declare it or correct the name."

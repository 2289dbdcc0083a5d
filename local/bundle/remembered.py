"""What was chosen for a target before, read from its own file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.bundle.catalogue import OPTIONS
from local.bundle.choice import BadChoice, choose
from local.bundle.reading import BadYaml, parsed
from local.bundle.render import NO_ENDPOINT, render

_COMMAND = re.compile(r'^# Written by: make options TARGET=\S+ OPTIONS="([^"]*)"$', re.MULTILINE)


@dataclass(frozen=True)
class Remembered:
    file: Path
    text: str
    """Empty if there is no such file."""
    options: tuple[str, ...]
    variables: Mapping[str, str]
    """What somebody gave, not what an option sets by itself. `serving_endpoint` names all endpoints that are bound."""
    by_hand: bool
    """Whether the file is not what `make options` would write for them."""


def remembered(root: Path, target: str) -> Remembered:
    """A file that is missing stands for no options. Raises BadChoice for one that is not valid YAML."""
    file = root / "targets" / f"{target}.yml"
    if not file.exists():
        return Remembered(file, "", (), {}, by_hand=False)
    text = file.read_text(encoding="utf-8")
    command = _COMMAND.search(text)
    options = tuple(command[1].split()) if command else ()
    try:
        variables = _variables(parsed(text, f"targets/{file.name}"), target, options)
    except BadYaml as error:
        raise BadChoice(str(error)) from error
    return Remembered(file, text, options, variables, by_hand=not _would_write(text, target, options, variables))


def _would_write(text: str, target: str, options: tuple[str, ...], variables: Mapping[str, str]) -> bool:
    try:
        return render(choose(target, options, variables)) == text
    except BadChoice:
        return False


def _variables(content: Mapping[str, Any], target: str, options: tuple[str, ...]) -> dict[str, str]:
    own = (content.get("targets") or {}).get(target) or {}
    variables = {name: str(value) for name, value in (own.get("variables") or {}).items()}
    for option in options:
        for name, usual in (OPTIONS[option].sets if option in OPTIONS else {}).items():
            if variables.get(name) == usual:
                del variables[name]
    if variables.get("serving_endpoint") == NO_ENDPOINT:
        del variables["serving_endpoint"]
    app = ((own.get("resources") or {}).get("apps") or {}).get("lakechat") or {}
    entries = (app.get("config") or {}).get("env") or []
    listed = [entry.get("value") for entry in entries if entry.get("name") == "SERVING_ENDPOINT"]
    if listed and listed[0]:
        first = variables.get("serving_endpoint", "${var.serving_endpoint}")
        variables["serving_endpoint"] = str(listed[0]).replace("${var.serving_endpoint}", first)
    return variables

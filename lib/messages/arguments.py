"""Separates code from the other arguments of a tool call."""

import json
import re
from typing import Any

_CODE_ARGUMENTS = frozenset(["code", "query", "script", "sql", "statement"])
_SQL = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*"
    r"(?:alter|analyze|call|create|delete|describe|drop|explain|grant|insert|merge|optimize|select|show|update|use|with)\b",
    re.IGNORECASE | re.DOTALL,
)


def arguments_of(arguments: str) -> tuple[list[tuple[str | None, str]], str]:
    """The arguments that are code, each with its language, and all others as one text."""
    try:
        data: Any = json.loads(arguments)
    except (ValueError, RecursionError):
        return [], arguments
    if not isinstance(data, dict):
        return [], arguments
    codes = {name: value for name, value in data.items() if _is_code(name) and isinstance(value, str) and value.strip()}
    others = {name: value for name, value in data.items() if name not in codes}
    rest = json.dumps(others, ensure_ascii=False, indent=2) if others else ""
    return [(language_of(name, code), code) for name, code in codes.items()], rest


def _is_code(name: str) -> bool:
    return not _CODE_ARGUMENTS.isdisjoint(re.split(r"[^a-z]+|(?<=[a-z])(?=[A-Z])", name.lower()))


def language_of(name: str, code: str) -> str | None:
    """The language by the argument's name, else by the beginning of the code. A `query` may also be plain words."""
    if "python" in name.lower():
        return "python"
    if "sql" in name.lower() or _SQL.match(code):
        return "sql"
    return "python" if name.lower() in ("code", "script") else None

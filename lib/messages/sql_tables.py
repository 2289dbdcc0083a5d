"""Finds which tables an SQL query reads, well enough to name them to a person."""

import re

# What holds no names of tables: comments, texts, and functions whose arguments have a FROM of their own.
_IGNORED = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\b(?:extract|overlay|substring|trim)\s*\([^()]*\)|\bdistinct\s+from\b",
    re.IGNORECASE | re.DOTALL,
)
_PART = r"(?:`[^`]+`|\"[^\"]+\"|\[[^\]]+\]|\w++)"
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*+"
_READ = re.compile(rf"\b(?:from|join)\s+(?!select\b|lateral\b)({_NAME})(?!\s*\()", re.IGNORECASE)
_SELECT = re.compile(r"\bselect\b", re.IGNORECASE)
_CHANGE = re.compile(r"\b(?:alter|create|delete|drop|insert|merge|truncate|update)\b", re.IGNORECASE)
_TEMPORARY = re.compile(rf"(?:\bwith\s+(?:recursive\s+)?|,\s*)({_PART})\s*(?:\([^()]*\)\s*)?as\s*\(", re.IGNORECASE)


def tables_read_by(sql: str) -> list[str]:
    """The names without catalog and schema, each once, in their order. Empty for what changes data or is no SQL."""
    words = _IGNORED.sub(" ", sql)
    if not _SELECT.search(words) or _CHANGE.search(words):
        return []
    temporary = {_last_part(name).lower() for name in _TEMPORARY.findall(words)}
    names = dict.fromkeys(_last_part(name) for name in _READ.findall(words))
    return [name for name in names if name.lower() not in temporary]


def _last_part(name: str) -> str:
    parts: list[str] = re.findall(_PART, name)
    return parts[-1][1:-1] if parts[-1][0] in '`"[' else parts[-1]

"""Reads the named queries from `sql/*.sql`. Each is a line `-- name: x`, a comment and one statement.

SQL that several statements of a file share is a `-- fragment: y`; they include it with `{y}`.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

FOLDER = Path(__file__).parents[2] / "sql"
_HEADING = re.compile(r"^-- (name|fragment): (\w+)$", re.MULTILINE)
_FRAGMENT = re.compile(r"\{(\w+)\}")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


@cache
def queries(folder: Path = FOLDER) -> dict[str, TextClause]:
    """All queries by name. Raises ValueError if two have the same name, KeyError if a fragment is not in the file."""
    by_name: dict[str, TextClause] = {}
    for file in sorted(folder.glob("*.sql")):
        for name, statement in _statements(file.read_text(encoding="utf-8")):
            if name in by_name:
                raise ValueError(f"Two queries are called {name}.")
            by_name[name] = text(statement)
    return by_name


def _statements(script: str) -> Iterator[tuple[str, str]]:
    """Name and SQL of each statement. Comments are removed because text() would read a colon in them as a parameter."""
    _, *split = _HEADING.split(script)
    bodies = [_COMMENT.sub("", body).strip().rstrip(";") for body in split[2::3]]
    sections = list(zip(split[::3], split[1::3], bodies, strict=True))
    fragments = {name: body for kind, name, body in sections if kind == "fragment"}
    for kind, name, body in sections:
        if kind == "name":
            yield name, _FRAGMENT.sub(lambda match: fragments[match[1]], body)

"""Named queries from `sql/*.sql`. Each is `-- name: x`, a comment and one statement.

What several statements share is a `-- fragment: y` of the same file, which stands in them as `{y}`.
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
def queries() -> dict[str, TextClause]:
    """All queries by name. Raises ValueError if two share a name, KeyError for a fragment that its file lacks."""
    found: dict[str, TextClause] = {}
    for file in sorted(FOLDER.glob("*.sql")):
        for name, statement in _statements(file.read_text(encoding="utf-8")):
            if name in found:
                raise ValueError(f"Two queries are called {name}.")
            found[name] = text(statement)
    return found


def _statements(script: str) -> Iterator[tuple[str, str]]:
    """With their names, without comments: text() would take a colon in one for a parameter."""
    _, *split = _HEADING.split(script)
    bodies = [_COMMENT.sub("", body).strip().rstrip(";") for body in split[2::3]]
    sections = list(zip(split[::3], split[1::3], bodies, strict=True))
    fragments = {name: body for kind, name, body in sections if kind == "fragment"}
    for kind, name, body in sections:
        if kind == "name":
            yield name, _FRAGMENT.sub(lambda place: fragments[place[1]], body)

"""Named queries from `sql/*.sql`. Each is `-- name: x`, a comment and one statement."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

FOLDER = Path(__file__).parents[2] / "sql"
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


@cache
def queries() -> dict[str, TextClause]:
    """All queries by name. Raises ValueError when two share a name."""
    found: dict[str, TextClause] = {}
    for file in sorted(FOLDER.glob("*.sql")):
        _, *named = _NAME.split(file.read_text(encoding="utf-8"))
        for name, body in zip(named[::2], named[1::2], strict=True):
            if name in found:
                raise ValueError(f"Two queries are called {name}.")
            # Without the comments: text() would take a colon in one for a parameter.
            found[name] = text(_COMMENT.sub("", body).strip().rstrip(";"))
    return found

"""Builds the SQL for a named query: it sets the user for row-level security, then runs the query, in one round trip.

Two queries are prepared on each connection, because planning them takes longer than running them.
"""

from functools import cache

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.dialects import postgresql

from lib.db.queries import queries

# Row-level security reads these settings (sql/migrations/0004_walls.sql). Without a user it shows no rows.
SET_USER_CONTEXT = (
    "SELECT set_config('chat.user_id', :user_id, true), set_config('chat.scope', :scope, true), "
    "set_config('chat.search', :search, true)"
)
NOBODY = {"user_id": "", "scope": "own", "search": ""}
# Never prepare a search: Postgres would reuse a plan that suits other words.
PREPARED = frozenset({"start_turn", "finish_turn"})
_NUMBERED = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


def statement(connection: Connection, query: str) -> TextClause:
    """The statement to execute on this connection. Preparing costs one more round trip, once per connection."""
    if query not in PREPARED:
        return with_user_context(query)
    prepare, execute = _prepared(query)
    prepared: set[str] = connection.info.setdefault("prepared", set())
    if query not in prepared:
        connection.exec_driver_sql(prepare, execution_options={"no_parameters": True})
        prepared.add(query)
    return execute


@cache
def with_user_context(query: str) -> TextClause:
    """The statement that sets the user, then the query, as one text: one round trip, one transaction."""
    return _with_context(queries()[query].text)


@cache
def _prepared(query: str) -> tuple[str, TextClause]:
    compiled = queries()[query].compile(dialect=_NUMBERED)
    names = ", ".join(f":{name}" for name in compiled.positiontup or ())
    return f"PREPARE {query} AS {compiled}", _with_context(f"EXECUTE {query} ({names})")


def _with_context(statement: str) -> TextClause:
    return text(f"{SET_USER_CONTEXT};\n{statement}")

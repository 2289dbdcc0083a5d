"""Search in Postgres: titles first, then messages.

A word that is everywhere is found among the newest messages. A rare word has so few places in the index that all of
them can be read. An unfinished word stands for all words that begin with it, and may have very many places. Where the
finished words beside it are much rarer, only those are looked up, and what they find is checked for the rest.
"""

from collections.abc import Callable
from typing import Any

from lib.store.models import SearchHit
from lib.store.snippets import parted, snippet
from lib.store.validation import valid_query

NEWEST_MESSAGES = 2_000
"""Reading them takes 4 ms. A word that is not 20 times in them is in one message of a hundred at most."""
TIMES_RARER = 10
"""Reading a message costs about as much as this many places in the index of words."""

Rows = Callable[..., list[Any]]
"""Runs a named query for the user, with binds by name."""


def search(rows: Rows, query: str, limit: int) -> list[SearchHit]:
    """Raises BadInput for a query that is too long."""
    if not (query := valid_query(query)):
        return []
    hits = rows("search_titles", search=query, scope="titles", limit=limit)
    if len(hits) < limit:
        hits += _search_messages(rows, query, limit - len(hits))
    return [SearchHit(row["chat_id"], row["message_id"], row["title"], snippet(row["text"], query)) for row in hits]


def _search_messages(rows: Rows, query: str, limit: int) -> list[Any]:
    newest = rows("search_newest_messages", words=query, depth=NEWEST_MESSAGES, limit=limit)
    if len(newest) == limit:
        return newest
    return rows("search_all_messages", search=_rarer(rows, query), words=query, limit=limit)


def _rarer(rows: Rows, query: str) -> str:
    """What of the query to look up in the index."""
    finished, last = parted(query)
    if not finished:
        return query
    (counted,) = rows("count_newest_messages", finished=finished, unfinished=last, depth=NEWEST_MESSAGES)
    return finished if counted["finished"] * TIMES_RARER < counted["unfinished"] else query

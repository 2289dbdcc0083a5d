"""Search in Postgres: titles first, then messages.

Which way is fast depends on how common the words are. A common word is soon found by reading the newest messages, so
they are read first. If they have too few hits the words are rare, and the index of words has few entries for them. Only
an unfinished last word can have very many entries, as it stands for all words that begin with it. If the finished words
are much rarer, only they are looked up in the index, and the messages that they give are checked for the last word.
"""

from collections.abc import Callable
from typing import Any

from lib.store.search_hit import SearchHit
from lib.store.snippets import parted, snippet
from lib.store.validation import valid_query

NEWEST_MESSAGES = 2_000
"""Reading so many takes 4 ms. A word with fewer than 20 hits among them is in less than one message of a hundred."""
TIMES_RARER = 10
"""Reading a message costs about as much as reading this many entries of the index of words."""

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
    """The part of the query to look up in the index."""
    finished, last = parted(query)
    if not finished:
        return query
    (counted,) = rows("count_newest_messages", finished=finished, unfinished=last, depth=NEWEST_MESSAGES)
    return finished if counted["finished"] * TIMES_RARER < counted["unfinished"] else query

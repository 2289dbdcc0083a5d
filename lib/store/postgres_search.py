"""Search in Postgres: titles first, then messages.

Which way is fast depends on how common the words are. A common word is soon found by reading the newest messages, so
they are read first. If they have too few hits the words are rare, and the index of words has few entries for them. Only
an unfinished last word can have very many entries, as it stands for all words that begin with it. If the finished words
are much rarer, only they are looked up in the index, and the messages that they give are checked for the last word.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

from lib.store.search_cursor import SearchCursor, Stage
from lib.store.search_hit import FoundChat, FoundChats, HitPage, SearchHit
from lib.store.snippets import parted, snippet
from lib.store.validation import valid_query

NEWEST_MESSAGES = 2_000
"""Reading so many takes 4 ms. A word with fewer than 20 hits among them is in less than one message of a hundred."""
TIMES_RARER = 10
"""Reading a message costs about as much as reading this many entries of the index of words."""
NEWEST = {"messages": "search_newest_messages", "chats": "search_newest_chats"}
ALL = {"messages": "search_all_messages", "chats": "search_all_chats"}
HITS_A_CHAT = 3
MESSAGES_A_CHAT = 2_000
"""How far back a chat is looked through for its hits."""

Rows = Callable[..., list[Any]]
"""Runs a named query for the user, with binds by name."""


class PostgresSearch:
    """One search of one user. Raises BadInput for a query that is too long."""

    def __init__(self, rows: Rows, query: str, language: str) -> None:
        self._rows = rows
        self._query = valid_query(query)
        self._language = language

    def hits(self, limit: int, after: SearchCursor | None) -> HitPage:
        rows, cursor = self._page("messages", limit, after)
        return HitPage([self._hit(row) for row in rows], cursor)

    def chats(self, limit: int, after: SearchCursor | None) -> FoundChats:
        rows, cursor = self._page("chats", limit, after)
        hits = self._hits_of([row["chat_id"] for row in rows])
        return FoundChats([self._chat(row, hits[row["chat_id"]]) for row in rows], cursor)

    def _page(self, kind: str, limit: int, after: SearchCursor | None) -> tuple[list[Any], SearchCursor | None]:
        """One more than asked for tells whether there is more."""
        found: list[tuple[Stage, Any]] = []
        for stage in Stage if self._query else ():
            if len(found) <= limit and (after is None or after.stage <= stage):
                place = after if after and after.stage == stage else None
                rows = self._stage(stage, kind, limit + 1 - len(found), place)
                found += [(stage, row) for row in rows]
        cursor = _cursor(*found[limit - 1]) if len(found) > limit else None
        return [row for _, row in found[:limit]], cursor

    def _stage(self, stage: Stage, kind: str, limit: int, after: SearchCursor | None) -> list[Any]:
        if stage == Stage.MESSAGES:
            return self._messages(kind, limit, after.place if after else None)
        place = {"after_at": after.updated_at, "after_id": after.id} if after else {"after_at": None, "after_id": None}
        binds = {"search": self._query, "limit": limit, **place}
        if stage == Stage.TITLES:
            return self._rows("search_titles", scope="titles", **binds)
        return self._rows(
            "search_similar_titles", scope="similar", words=self._query, each_once=kind == "chats", **binds
        )

    def _messages(self, kind: str, limit: int, before: int | None) -> list[Any]:
        binds = {"words": self._query, "limit": limit, "before": before}
        # Whether a chat stood on an earlier page is told by its newest match, which only all messages tell.
        if kind == "messages" or before is None:
            newest = self._rows(NEWEST[kind], depth=NEWEST_MESSAGES, **binds)
            if len(newest) == limit:
                return newest
        return self._rows(ALL[kind], search=self._rarer(), **binds)

    def _rarer(self) -> str:
        """What of the query to look up in the index."""
        finished, last = parted(self._query)
        if not finished:
            return self._query
        (counted,) = self._rows("count_newest_messages", finished=finished, unfinished=last, depth=NEWEST_MESSAGES)
        return finished if counted["finished"] * TIMES_RARER < counted["unfinished"] else self._query

    def _hits_of(self, chat_ids: list[UUID]) -> dict[UUID, list[Any]]:
        hits: dict[UUID, list[Any]] = defaultdict(list)
        if chat_ids:
            binds = {"words": self._query, "depth": MESSAGES_A_CHAT, "limit": HITS_A_CHAT}
            for row in self._rows("hits_in_chats", chat_ids=",".join(map(str, chat_ids)), **binds):
                hits[row["chat_id"]].append(row)
        return hits

    def _chat(self, row: Any, hits: list[Any]) -> FoundChat:
        title = snippet(row["title"], self._query, self._language)
        count = hits[0]["hit_count"] if hits else 0
        shown = [self._hit(hit) for hit in hits]
        return FoundChat(row["chat_id"], title, row["agent"], row["updated_at"], row["is_archived"], shown, count)

    def _hit(self, row: Any) -> SearchHit:
        shown = snippet(row["text"], self._query, self._language)
        return SearchHit(row["chat_id"], row["message_id"], row["title"], shown, row["created_at"], row["agent"])


def _cursor(stage: Stage, row: Any) -> SearchCursor:
    if stage == Stage.MESSAGES:
        return SearchCursor.after_message(row["seq"])
    return SearchCursor.after_title(stage, row["updated_at"], row["chat_id"])

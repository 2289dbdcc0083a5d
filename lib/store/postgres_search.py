"""Search in Postgres: titles first, then messages, then titles with a typo."""

from collections import defaultdict
from functools import cached_property
from typing import Any
from uuid import UUID

from lib.store.message_search import MessageSearch, Rows, Words, words_of
from lib.store.search_cursor import SearchCursor, Stage
from lib.store.search_hit import FoundChat, FoundChats, HitPage, SearchHit
from lib.store.snippets import snippet
from lib.store.validation import valid_query

HITS_A_CHAT = 3
MESSAGES_A_CHAT = 2_000
"""How far back a chat is looked through for its hits."""


class PostgresSearch:
    """One search of one user. Raises BadInput for a query that is too long."""

    def __init__(self, rows: Rows, query: str, language: str) -> None:
        self._rows = rows
        self._query = valid_query(query)
        self._language = language

    @cached_property
    def _words(self) -> Words | None:
        return words_of(self._rows, self._query) if self._query else None

    def hits(self, limit: int, after: SearchCursor | None) -> HitPage:
        rows, cursor = self._page("messages", limit, after)
        return HitPage([self._hit(row) for row in rows], cursor)

    def chats(self, limit: int, after: SearchCursor | None) -> FoundChats:
        rows, cursor = self._page("chats", limit, after)
        hits = self._hits_of([row["chat_id"] for row in rows])
        return FoundChats([self._chat(row, hits[row["chat_id"]]) for row in rows], cursor)

    def _page(self, kind: str, limit: int, after: SearchCursor | None) -> tuple[list[Any], SearchCursor | None]:
        """One more than asked for tells whether there is more."""
        words, found = self._words, list[tuple[Stage, Any]]()
        if words is None:
            return [], None
        for stage in Stage:
            if len(found) <= limit and (after is None or after.stage <= stage):
                place = after if after and after.stage == stage else None
                rows = self._stage(words, stage, kind, limit + 1 - len(found), place)
                found += [(stage, row) for row in rows]
        cursor = _cursor(*found[limit - 1]) if len(found) > limit else None
        return [row for _, row in found[:limit]], cursor

    def _stage(self, words: Words, stage: Stage, kind: str, limit: int, after: SearchCursor | None) -> list[Any]:
        if stage == Stage.MESSAGES:
            return MessageSearch(self._rows, words).newest(kind, limit, after.place if after else None)
        place = {"after_at": after.updated_at, "after_id": after.id} if after else {"after_at": None, "after_id": None}
        binds = {"scope": "title words", "limit": limit, **place}
        if stage == Stage.TITLES:
            return self._rows("search_titles", search=words.all, **binds)
        like = words_of(self._rows, self._query, lenient=True)
        search = (like or words).all
        return self._rows("search_similar_titles", search=search, words=words.all, each_once=kind == "chats", **binds)

    def _hits_of(self, chat_ids: list[UUID]) -> dict[UUID, list[Any]]:
        hits: dict[UUID, list[Any]] = defaultdict(list)
        if chat_ids and self._words:
            binds = {"words": self._words.all, "depth": MESSAGES_A_CHAT, "limit": HITS_A_CHAT}
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
        return SearchHit(
            row["chat_id"], row["message_id"], row["title"], shown, row["created_at"], row["agent"], row["role"]
        )


def _cursor(stage: Stage, row: Any) -> SearchCursor:
    if stage == Stage.MESSAGES:
        return SearchCursor.after_message(row["seq"])
    return SearchCursor.after_title(stage, row["updated_at"], row["chat_id"])

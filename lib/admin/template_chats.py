"""Reads the chats of Databricks' chat template one by one, in bounded memory however many there are.

Chats come in pages in the order of their ids, and so do messages, without what they say. The two are read side by side;
what a chat's messages say is read only when somebody needs it, by their primary key.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from lib.db.retry import with_cold_start_retry
from lib.db.template_schema import TemplateSchema
from lib.importer.databricks_template import Content, TemplateChat, TemplateMessage
from lib.importer.limits import MAX_CHAT_CHARS
from lib.importer.refused import NotTakenChat

CHATS_A_PAGE = 1_000
MESSAGES_A_PAGE = 20_000
"""A page takes 10 MB of memory here, and one scan of the template's table there."""
TOO_LARGE = f"The chat has more than {MAX_CHAT_CHARS // 1_000_000} MB, which is too much."


class TemplateChats:
    def __init__(
        self, schema: TemplateSchema, chats_a_page: int = CHATS_A_PAGE, messages_a_page: int = MESSAGES_A_PAGE
    ) -> None:
        self._read = schema.rows
        self._chats_a_page = chats_a_page
        self._messages_a_page = messages_a_page

    def __iter__(self) -> Iterator[tuple[TemplateChat, list[TemplateMessage]]]:
        """Chats without messages come too. What is said while this runs may be missing; the next time it is there."""
        groups = groupby(self._messages(), key=lambda row: row["chat_id"])
        found, rows = next(groups, (None, iter(())))
        for chat in self._chats():
            while found is not None and found < chat.id:  # a chat that began after the page of chats was read
                found, rows = next(groups, (None, iter(())))
            yield chat, list(map(_message, rows)) if found == chat.id else []

    def contents(self, messages: Sequence[UUID]) -> dict[UUID, Content]:
        """Of messages of one chat. Raises NotTakenChat if that is too much."""
        ids = ",".join(map(str, messages))
        rows = self._read("template_contents", message_ids=ids, max_bytes=MAX_CHAT_CHARS)
        if rows and rows[0]["bytes"] > MAX_CHAT_CHARS:
            raise NotTakenChat(TOO_LARGE)
        names = ("parts", "attachments", "trace_id", "is_upvoted")
        return {row["id"]: Content(**{name: row[name] for name in names}) for row in rows}

    def _chats(self) -> Iterator[TemplateChat]:
        after: UUID | None = None
        while rows := self._page("template_chats", after_id=after, limit=self._chats_a_page):
            yield from (TemplateChat(**row) for row in rows)
            after = rows[-1]["id"]

    def _messages(self) -> Iterator[Any]:
        after: dict[str, Any] = dict.fromkeys(("after_chat", "after_time", "after_answer", "after_id"))
        while rows := self._page("template_messages", limit=self._messages_a_page, **after):
            yield from rows
            last = rows[-1]
            after = {"after_chat": last["chat_id"], "after_time": last["said_at"]}
            after |= {"after_answer": last["role"] != "user", "after_id": last["id"]}

    def _page(self, query: str, **binds: Any) -> Sequence[Any]:
        """Waits for a database that is starting."""
        return with_cold_start_retry(lambda: self._read(query, **binds))


def _message(row: Any) -> TemplateMessage:
    return TemplateMessage(row["id"], row["role"], row["created_at"])

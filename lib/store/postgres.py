"""One user's chats in Postgres: each operation is one named statement that carries the owner."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

from lib.db.database import Database
from lib.db.failures import StatementFailed
from lib.db.storable import storable
from lib.errors import BadInput, ChatBusy, Gone, LakechatError, MovedOn, NotFound
from lib.identity import User
from lib.messages.parts import ContextMessage, Text
from lib.messages.serialise import parts_from_json, parts_to_json
from lib.store.answer_ids import tell_apart
from lib.store.cursor import Cursor
from lib.store.models import (
    Chat,
    Ending,
    FoundTurn,
    LogReading,
    Message,
    NewTurn,
    Page,
    RunningTurn,
    SearchHit,
    SharedChat,
    Started,
    Vote,
)
from lib.store.snippets import parted, snippet
from lib.store.store import MESSAGES_LIMIT, PAGE_LIMIT, PINNED_LIMIT
from lib.store.user_ids import UserIds
from lib.store.validation import valid_comment, valid_query, valid_title, valid_visibility

ROW_LEVEL_SECURITY = "42501"
"""As the database gives it: where a grant is missing it raises NotReady instead."""
REFUSALS: dict[str | None, type[LakechatError]] = {
    "one_running_turn_a_chat": ChatBusy,
    "chat_ends_there": MovedOn,
    "chat_is_not_deleted": Gone,
    "chat_is_ones_own": NotFound,
}
"""By the constraint that was broken, in a table or in a function of the schema."""
NEWEST_MESSAGES = 2_000
"""Read one by one in 4 ms; what is not 20 times in them is in one of a hundred messages at most."""
TIMES_RARER = 10
"""To read a message costs about as much as so many places in the index of words."""


class PostgresStore:
    """See `lib.store.store.Store`."""

    def __init__(self, database: Database, user: User, user_ids: UserIds | None = None) -> None:
        self._database = database
        self._user = user
        self._user_ids = user_ids

    def list_chats(
        self,
        limit: int = PAGE_LIMIT,
        *,
        older_than: UUID | Cursor | None = None,
        newer_than: UUID | Cursor | None = None,
        archived: bool = False,
    ) -> Page:
        # One more than asked for tells whether there is more.
        rows = self._page(older_than, newer_than, limit=limit + 1, archived=archived)
        places = [Cursor(row.pop("as_of"), row.pop("place"), row["id"]) for row in rows]
        chats, has_more = [Chat(**row) for row in rows[:limit]], len(rows) > limit
        return Page(chats[::-1] if newer_than else chats, has_more, places[limit - 1] if has_more else None)

    def _page(self, older_than: UUID | Cursor | None, newer_than: UUID | Cursor | None, **binds: Any) -> list[Any]:
        """The nearest first."""
        match older_than or newer_than:
            case Cursor() as cursor:
                if cursor.is_too_old:
                    raise BadInput("The cursor is too old. Begin with the first page again.")
                query = "list_chats_newer_as_of" if newer_than else "list_chats_as_of"
                place = {"as_of": cursor.as_of, "place": cursor.place, "after_id": cursor.id}
                rows = self._rows(query, **place, **binds)
            case chat_id:
                query = "list_chats_newer" if newer_than else "list_chats"
                rows = self._rows(query, cursor=chat_id, **binds)
                if chat_id and not rows and self.get_chat(chat_id) is None:
                    raise BadInput("The cursor is not one of your chats.")
        return [dict(row) for row in rows]

    def get_chat(self, chat_id: UUID) -> Chat | None:
        rows = self._rows("get_chat", chat_id=chat_id)
        return Chat(**rows[0]) if rows else None

    def list_pinned(self, limit: int = PINNED_LIMIT) -> list[Chat]:
        return [Chat(**row) for row in self._rows("list_pinned", limit=limit)]

    def find_chat(self, chat_id: UUID) -> SharedChat | None:
        rows = self._shared("find_chat", chat_id=chat_id)
        return SharedChat(**rows[0]) if rows else None

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        rows = self._shared("list_messages", chat_id=chat_id, limit=limit, before_id=before)
        return list(map(_message, rows))

    def search(self, query: str, limit: int = PAGE_LIMIT) -> list[SearchHit]:
        if not (query := valid_query(query)):
            return []
        found = self._rows("search_titles", search=query, scope="titles", limit=limit)
        if len(found) < limit:
            found += self._search_messages(query, limit - len(found))
        return [
            SearchHit(row["chat_id"], row["message_id"], row["title"], snippet(row["said"], query)) for row in found
        ]

    def _search_messages(self, query: str, limit: int) -> list[Any]:
        """What is common is found among the newest messages; what is not has so few places that all can be read."""
        newest = self._rows("search_newest", words=query, depth=NEWEST_MESSAGES, limit=limit)
        if len(newest) == limit:
            return newest
        return self._rows("search_all", search=self._rarer(query), words=query, limit=limit)

    def _rarer(self, query: str) -> str:
        """What to look up of it: for an unfinished word all places of all words that begin so have to be read."""
        finished, last = parted(query)
        if not finished:
            return query
        (counted,) = self._rows("count_newest", finished=finished, unfinished=last, depth=NEWEST_MESSAGES)
        return finished if counted["finished"] * TIMES_RARER < counted["unfinished"] else query

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[ContextMessage]:
        rows = self._rows("list_context", chat_id=chat_id, question_id=question_id, max_chars=max_chars)
        return [ContextMessage(row["role"], parts_from_json(row["parts"])) for row in rows]

    def start_turn(self, turn: NewTurn) -> Started:
        tell_apart(turn)
        binds = asdict(turn)
        question = binds.pop("question")
        person = {"email": self._user.email, "name": self._user.name}
        with _refusals():
            rows = self._rows("start_turn", content=question, parts=parts_to_json([Text(question)]), **binds, **person)
        if not rows:
            raise NotFound
        found = rows[0]
        return Started(agent=found["agent"], is_new=found["is_new"], is_new_chat=found["is_new_chat"])

    def finish_turn(self, ending: Ending) -> None:
        binds = {**vars(ending), "parts": parts_to_json(ending.parts)}
        del binds["chat_id"], binds["question_id"]
        self._rows("finish_turn", **binds)

    def get_message(self, message_id: UUID) -> Message | None:
        rows = self._shared("get_message", message_id=message_id)
        return _message(rows[0]) if rows else None

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        rows = self._shared("read_log", turn_id=turn_id, after=after)
        if not rows:
            return None
        said = [chunk for row in rows if row["chunks"] is not None for chunk in row["chunks"].split("\n")]
        return LogReading(rows[0]["status"], said)

    def request_stop(self, chat_id: UUID) -> bool:
        return bool(self._rows("request_stop", chat_id=chat_id))

    def mark_read(self, chat_id: UUID) -> None:
        self._rows("mark_read", chat_id=chat_id)

    def running_turn(self, chat_id: UUID) -> RunningTurn | None:
        rows = self._shared("running_turn", chat_id=chat_id)
        return RunningTurn(**rows[0]) if rows else None

    def find_turn(self, turn_id: UUID) -> FoundTurn | None:
        rows = self._shared("find_turn", turn_id=turn_id)
        return FoundTurn(**rows[0]) if rows else None

    def delete_chat(self, chat_id: UUID) -> bool:
        return bool(self._rows("delete_chat", chat_id=chat_id))

    def was_deleted(self, chat_id: UUID) -> bool:
        return bool(self._rows("was_deleted", chat_id=chat_id))

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        return bool(self._rows("set_generated_title", chat_id=chat_id, title=title))

    def rename_chat(self, chat_id: UUID, title: str) -> bool:
        return self._change("rename_chat", chat_id, title=valid_title(title))

    def pin_chat(self, chat_id: UUID, pinned: bool) -> bool:
        return self._change("pin_chat", chat_id, pinned=pinned)

    def archive_chat(self, chat_id: UUID, archived: bool) -> bool:
        return self._change("archive_chat", chat_id, archived=archived)

    def set_visibility(self, chat_id: UUID, visibility: str) -> bool:
        return self._change("set_visibility", chat_id, visibility=valid_visibility(visibility))

    def copy_chat(self, chat_id: UUID, new_chat_id: UUID) -> bool:
        person = {"email": self._user.email, "name": self._user.name}
        with _refusals():
            return bool(self._shared("copy_chat", chat_id=chat_id, new_chat_id=new_chat_id, **person))

    def vote(self, message_id: UUID, is_upvoted: bool | None, comment: str | None = None) -> bool:
        comment = valid_comment(comment)
        if is_upvoted is None:
            return bool(self._shared("take_vote_back", message_id=message_id))
        return bool(self._shared("vote", message_id=message_id, is_upvoted=is_upvoted, comment=comment))

    def votes(self, chat_id: UUID) -> dict[UUID, Vote]:
        rows = self._shared("list_votes", chat_id=chat_id)
        return {row["message_id"]: Vote(row["is_upvoted"], row["comment"]) for row in rows}

    def _change(self, query: str, chat_id: UUID, **binds: Any) -> bool:
        """Whether there was such a chat. Raises Gone."""
        if self._rows(query, chat_id=chat_id, **binds):
            return True
        if self.was_deleted(chat_id):
            raise Gone
        return False

    def _shared(self, query: str, **binds: Any) -> list[Any]:
        """As `_rows`, where public chats of others may be read."""
        return self._rows(query, scope="shared", **binds)

    @property
    def _user_id(self) -> str:
        """Asked for each time: while the database was away it could not be known."""
        return self._user_ids.id_of(self._user) if self._user_ids else self._user.id

    def _rows(self, query: str, **binds: Any) -> list[Any]:
        bound = {name: _bound(value) for name, value in binds.items()}
        try:
            return list(self._database.rows(query, user_id=self._user_id, **bound))
        except StatementFailed as error:
            if error.sqlstate == ROW_LEVEL_SECURITY:
                raise NotFound from error
            raise


@contextmanager
def _refusals() -> Iterator[None]:
    """What the database refuses for a reason of ours, as an error of ours."""
    try:
        yield
    except StatementFailed as error:
        if refusal := REFUSALS.get(error.constraint):
            raise refusal from error
        raise


def _message(row: Any) -> Message:
    return Message(**{**row, "parts": parts_from_json(row["parts"])})


def _bound(value: Any) -> Any:
    """Fit for a statement: lists and dicts as JSON."""
    value = storable(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value

"""A chat that comes from a file or another database, and under which ids it is stored.

A chat of our own keeps its ids where they are free. Elsewhere, and for a chat of another app, the ids are derived from
the user and the chat's own id, so that the same chat is known again the next time. One id is not enough, because the id
of a deleted chat is never used again: whoever deletes an imported chat may import it once more.

The id of an answer that is being written may be known to others (`lib.store.answer_ids`), and a file could give it to a
message, so that the answer could not be stored. So whatever has an id of that kind gets a turn, whose id the database
refuses if there is such a turn already; and where it can have none, the ids of the file are not used.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID, uuid5

from lib.messages.genie_id import GenieId
from lib.messages.serialise import parts_from_json, parts_to_json
from lib.storable import storable
from lib.store.answer_ids import as_answer_id, is_answer_id
from lib.store.files import joined, kept_ids
from lib.store.models import Chat, Message
from lib.store.record_models import MessageRecord
from lib.tables.chart_json import chart_from_json, chart_to_json

MAX_TIMES = 8
"""How often a chat can be deleted for good and imported again."""


@dataclass(frozen=True)
class ImportedChat:
    """`messages` in the order in which they came: a parent stands before its children."""

    chat: Chat
    messages: Sequence[MessageRecord]
    leaf_id: UUID | None
    keeps_ids: bool
    """It was a chat of this app."""
    keeps_visibility: bool = False
    """Else it is private, whatever `chat` says."""


@dataclass(frozen=True)
class ImportOutcome:
    """`lacking`: how many messages of the file the chat does not have that was there already."""

    kind: Literal["imported", "unchanged", "in_trash", "no_room", "no_id"]
    lacking: int = 0


IMPORTED = ImportOutcome("imported")
Attempt = Callable[[ImportedChat], ImportOutcome | None]


def first_possible(chat: ImportedChat, ids: Sequence[UUID], attempt: Attempt) -> ImportOutcome:
    """Try one id after the other. An attempt gives None for an id that is used for something else.

    Whose it is, and whether it was deleted, makes no difference, so nobody learns it.
    """
    outcomes = (attempt(with_id(chat, id)) for id in ids)
    return next((outcome for outcome in outcomes if outcome), ImportOutcome("no_id"))


def possible_ids(chat: ImportedChat, user_id: str) -> list[UUID]:
    has_own = chat.keeps_ids and not any(is_answer_id(each.message.id) and not has_turn(each) for each in chat.messages)
    own = [chat.chat.id] if has_own else []
    return [*own, *(uuid5(chat.chat.id, f"{time} {user_id}") for time in range(MAX_TIMES))]


def has_turn(record: MessageRecord) -> bool:
    message = record.message
    is_answer = message.role == "assistant" and message.parent_id is not None
    return is_answer and (is_answer_id(message.id) or message.first_event_ms is not None)


def with_id(chat: ImportedChat, chat_id: UUID) -> ImportedChat:
    """With another id, all messages have others too: the same ones whenever that id is given."""
    if chat.chat.id == chat_id:
        return chat
    ids = {each.message.id: _derived(each.message, chat_id) for each in chat.messages}
    messages = [replace(each, message=_moved(each, chat_id, ids)) for each in chat.messages]
    leaf_id = ids.get(chat.leaf_id) if chat.leaf_id else None
    return replace(chat, chat=replace(chat.chat, id=chat_id), messages=messages, leaf_id=leaf_id)


def _derived(message: Message, chat_id: UUID) -> UUID:
    id = uuid5(chat_id, str(message.id))
    return as_answer_id(id) if message.role == "assistant" and message.parent_id else id


def _moved(record: MessageRecord, chat_id: UUID, ids: dict[UUID, UUID]) -> Message:
    message = record.message
    parent_id = ids[message.parent_id] if message.parent_id else None
    return replace(message, id=ids[message.id], chat_id=chat_id, parent_id=parent_id)


def as_stored(chat: ImportedChat) -> ImportedChat:
    """Without what Postgres would refuse."""
    about = chat.chat
    fields: dict[str, Any] = {"title": storable(about.title), "agent": storable(about.agent)}
    fields["visibility"] = about.visibility if chat.keeps_visibility else "private"
    return replace(chat, chat=replace(about, **fields), messages=list(map(_stored, chat.messages)))


def _stored(record: MessageRecord) -> MessageRecord:
    message = record.message
    parts = parts_from_json(storable(parts_to_json(message.parts)))
    chart = chart_from_json(storable(chart_to_json(message.chart)))
    names = ("content", "attachments", "agent", "trace_id", "usage", "model", "failure")
    cleaned = {name: storable(getattr(message, name)) for name in names}
    # It may be of another person's conversation, which the next question would go on with.
    cleaned["trace_id"] = None if GenieId.read(message.trace_id) else cleaned["trace_id"]
    return replace(record, message=replace(message, parts=parts, chart=chart, **cleaned))


def binds_of(chat: ImportedChat) -> dict[str, Any]:
    """For the query import_chat. Times and ids as text: `messages` is one JSON value."""
    about = chat.chat
    names = ("title", "title_source", "visibility", "agent", "pinned_at", "archived_at", "created_at", "updated_at")
    return {
        "chat_id": about.id,
        **{name: getattr(about, name) for name in (*names, "uses_instructions")},
        "leaf_id": chat.leaf_id,
        "file_ids": joined(file_ids(chat)),
        "messages": rows_of(chat),
    }


def rows_of(chat: ImportedChat) -> str:
    """The messages as JSON, for the bind :messages."""
    return json.dumps(list(map(_row, chat.messages)), ensure_ascii=False, allow_nan=False)


def file_ids(chat: ImportedChat) -> list[UUID]:
    """Of the files that go with the chat. They were stored before."""
    return [file_id for each in chat.messages for file_id in kept_ids(each.message.attachments)]


def _row(record: MessageRecord) -> dict[str, Any]:
    message, vote = record.message, record.vote
    names = ("role", "status", "content", "attachments", "agent", "asked_as", "trace_id", "usage", "model")
    of_turn = ("first_event_ms", "duration_ms", "failure")
    return {
        "id": str(message.id),
        "parent_id": str(message.parent_id) if message.parent_id else None,
        **{name: getattr(message, name) for name in (*names, *of_turn)},
        "parts": parts_to_json(message.parts),
        "has_turn": has_turn(record),
        "created_at": message.created_at.isoformat(),
        "is_upvoted": vote.is_upvoted if vote else None,
        "comment": vote.comment if vote else None,
        "tags": list(vote.tags) if vote else [],
        "chart": chart_to_json(message.chart),
    }

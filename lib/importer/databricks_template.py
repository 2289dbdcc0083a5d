"""A chat of Databricks' chat template, from the rows of its schema `ai_chatbot`.

Its messages are one line without branches: each follows the one before. They keep their ids, one message here for one
there, so that what has been added there since can be told from what is here already.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from lib.importer.ai_sdk_content import attachments_of, parts_of
from lib.importer.fields import title_of
from lib.importer.refused import NotTakenChat
from lib.messages.parts import Error, Text, content_of
from lib.storable import storable
from lib.store.imports import ImportedChat
from lib.store.models import Chat, Message, Visibility, Vote
from lib.store.record_models import MessageRecord

BROKEN = "Message {} cannot be read: its JSON is nested too deeply, or has a number that is too long."
CHANGING = "Message {} was deleted while the chat was read. Run the import again."


@dataclass(frozen=True)
class TemplateChat:
    id: UUID
    user_id: str
    title: str
    visibility: str
    created_at: datetime


@dataclass(frozen=True)
class TemplateMessage:
    """Without what it says."""

    id: UUID
    role: str
    created_at: datetime


@dataclass(frozen=True)
class Content:
    """What a message says; `parts` and `attachments` are JSON. A vote there has no user: it is the chat owner's."""

    parts: str
    attachments: str
    trace_id: str | None
    is_upvoted: bool | None


def outline(chat: TemplateChat, messages: Sequence[TemplateMessage], *, keeps_public: bool) -> ImportedChat:
    """The chat with its messages in order, which say nothing yet."""
    parents = [None, *(message.id for message in messages)]
    records = [
        MessageRecord(_message(chat.id, parent, message)) for parent, message in zip(parents, messages, strict=False)
    ]
    updated_at = max((message.created_at for message in messages), default=chat.created_at)
    visibility: Visibility = "public" if keeps_public and chat.visibility == "public" else "private"
    about = Chat(
        id=chat.id,
        title=title_of(chat.title),
        title_source="user",
        visibility=visibility,
        agent=None,
        pinned_at=None,
        archived_at=None,
        created_at=min(chat.created_at, updated_at),
        updated_at=updated_at,
        running=False,
    )
    return ImportedChat(about, records, parents[-1], keeps_ids=True, keeps_visibility=True)


def with_contents(chat: ImportedChat, contents: Mapping[UUID, Content]) -> ImportedChat:
    """Raises NotTakenChat."""
    for record in chat.messages:
        if record.message.id not in contents:
            raise NotTakenChat(CHANGING.format(record.message.id))
    return replace(chat, messages=[_filled(record, contents[record.message.id]) for record in chat.messages])


def _message(chat_id: UUID, parent_id: UUID | None, message: TemplateMessage) -> Message:
    return Message(
        id=message.id,
        chat_id=chat_id,
        parent_id=parent_id,
        role="user" if message.role == "user" else "assistant",
        status="complete",
        parts=[],
        content="",
        created_at=message.created_at,
    )


def _filled(record: MessageRecord, content: Content) -> MessageRecord:
    message = record.message
    said, attached = _parsed(message.id, content.parts), _parsed(message.id, content.attachments)
    parts = parts_of(message.role, said)
    failed = any(isinstance(part, Error) for part in parts) and not any(isinstance(part, Text) for part in parts)
    filled = replace(
        message,
        status="failed" if failed else "complete",
        parts=parts,
        content=content_of(parts),
        attachments=attachments_of(attached, said) if message.role == "user" else [],
        trace_id=content.trace_id,
    )
    is_voted = message.role == "assistant" and content.is_upvoted is not None
    return replace(record, message=filled, vote=Vote(bool(content.is_upvoted)) if is_voted else None)


def _parsed(message_id: UUID, text: str) -> Any:
    """Postgres checks JSON only for its form: it may still be nested without end, or hold endless numbers."""
    try:
        return storable(json.loads(text))
    except (ValueError, RecursionError):
        raise NotTakenChat(BROKEN.format(message_id)) from None

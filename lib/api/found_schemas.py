"""The JSON of what a search finds, chat by chat."""

from datetime import datetime
from uuid import UUID

from lib.api.schema_base import Schema
from lib.store.search_hit import Speaker


class PieceSchema(Schema):
    """A piece of a text; `found` where it is what was searched for."""

    text: str
    found: bool


class MessageFoundSchema(Schema):
    message_id: UUID
    role: Speaker
    snippet: list[PieceSchema]
    created_at: datetime


class ChatFoundSchema(Schema):
    """`hits` are the newest messages with the words, `hitCount` how many there are among the chat's last messages."""

    id: UUID
    title: list[PieceSchema]
    agent: str | None
    updated_at: datetime
    archived: bool
    hits: list[MessageFoundSchema]
    hit_count: int


class ChatsFoundSchema(Schema):
    data: list[ChatFoundSchema]
    has_more: bool

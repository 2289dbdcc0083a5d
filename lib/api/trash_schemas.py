"""The JSON of requests and responses about the trash, and about deleting everything."""

from datetime import datetime
from typing import Literal

from lib.api.schema_base import Schema
from lib.api.schemas import ChatSchema
from lib.api.serialise import chat_schema
from lib.store.models import Chat


class TrashedSchema(ChatSchema):
    """`deletedAt` is when the chat was moved to the trash."""

    deleted_at: datetime


class TrashSchema(Schema):
    """`nextCursor` is null when there is no more."""

    data: list[TrashedSchema]
    has_more: bool
    next_cursor: str | None


class ConfirmDeleteSchema(Schema):
    confirm: Literal["delete all my chats"]


class DeletedSchema(Schema):
    """How many chats were deleted."""

    deleted: int


class ConfirmEraseSchema(Schema):
    confirm: Literal["erase me"]


class ErasedSchema(Schema):
    """How much was erased. `votes` are those on answers of others."""

    chats: int
    messages: int
    votes: int


def trashed_schema(chat: Chat) -> TrashedSchema:
    return TrashedSchema(**chat_schema(chat).model_dump(), deleted_at=chat.deleted_at or chat.updated_at)

"""The JSON of what concerns branches: another answer, the branch that is open, a new chat from a message."""

from uuid import UUID

from pydantic import Field

from lib.api.schema_base import Schema
from lib.api.schemas import DoneSchema


class RegenerateSchema(Schema):
    """`messageId` is an answer, or its question. `id` is made by the caller; the same again is not answered twice."""

    message_id: UUID
    id: UUID | None = None
    agent: str | None = Field(default=None, max_length=200, description="For this answer alone; else the chat's")
    time_zone: str | None = Field(default=None, max_length=100, description="Yours, as an IANA name, for `SEND_DATE`")


class ForkSchema(Schema):
    """`messageId` is the last message of the new chat; `id` is that of the new chat, made by the caller."""

    message_id: UUID
    id: UUID


class BranchSchema(Schema):
    """`messageId` is any message on the branch."""

    message_id: UUID


class CopySchema(Schema):
    """`id` is that of the copy, made by the caller."""

    id: UUID


class CopiedSchema(DoneSchema):
    id: UUID

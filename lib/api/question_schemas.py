"""The JSON of `POST /api/chat`."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictInt, Tag, model_validator

from lib.api.schema_base import Schema
from lib.attachments.limits import MAX_FILES
from lib.chat.attachments import MAX_NAME_CHARS, MAX_SIZE_BYTES, MAX_TYPE_CHARS, MAX_URL_CHARS


class TextPartSchema(Schema):
    type: Literal["text", "input_text"]
    text: str


class FilePartSchema(BaseModel):
    """A file within the question, as a data URL, in the form of any of the usual clients."""

    model_config = ConfigDict(extra="allow")

    type: Literal["input_image", "image_url", "input_file", "file"]


class AskedAttachmentSchema(Schema):
    """A file that is kept here, by its `id`, whose other facts are then known; or one that is elsewhere."""

    id: UUID | None = None
    name: str | None = Field(default=None, min_length=1, max_length=MAX_NAME_CHARS)
    content_type: str | None = Field(default=None, min_length=1, max_length=MAX_TYPE_CHARS)
    size: StrictInt | None = Field(default=None, ge=0, le=MAX_SIZE_BYTES)
    url: str | None = Field(default=None, max_length=MAX_URL_CHARS, description="https:// or http://")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.id is None and (self.name is None or self.content_type is None):
            raise ValueError("an attachment has an id, or a name and a content type")
        return self


# With discriminators, an error is about the form that was sent, not about both.
Content = Annotated[
    Annotated[str, Tag("text")]
    | Annotated[list[Annotated[TextPartSchema | FilePartSchema, Field(discriminator="type")]], Tag("parts")],
    Discriminator(lambda content: "parts" if isinstance(content, list) else "text"),
]


class AskedMessage(Schema):
    """`id` is made by the caller; the same message again is not asked twice.

    Only the last one's `parentId` and attachments count.
    """

    id: UUID | None = None
    role: Literal["system", "user", "assistant"]
    content: Content
    parent_id: UUID | None = Field(
        default=None,
        description="The answer that the question follows; null: it begins the chat anew; left out: it follows the "
        "end of the open branch",
    )
    attachments: list[AskedAttachmentSchema] = Field(default=[], max_length=MAX_FILES)


class AskSchema(Schema):
    """The last message is the question. Earlier ones count only where nothing is stored (Ephemeral)."""

    id: UUID | None = Field(default=None, description="The chat; a new one is made for an id that is not in use.")
    messages: list[AskedMessage] = Field(min_length=1, max_length=10_000)
    agent: str | None = Field(default=None, max_length=200)
    time_zone: str | None = Field(default=None, max_length=100, description="Yours, as an IANA name, for `SEND_DATE`")

"""The JSON of `POST /api/chat`."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Discriminator, Field, Tag

from lib.api.schemas import AttachmentSchema, Schema
from lib.attachments.limits import MAX_FILES


class TextPartSchema(Schema):
    type: Literal["text", "input_text"]
    text: str


# With a discriminator, an error is about the form that was sent, not about both.
Content = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[TextPartSchema], Tag("texts")],
    Discriminator(lambda content: "texts" if isinstance(content, list) else "text"),
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
    attachments: list[AttachmentSchema] = Field(default=[], max_length=MAX_FILES)


class AskSchema(Schema):
    """The last message is the question. Earlier ones count only where nothing is stored (Ephemeral)."""

    id: UUID | None = Field(default=None, description="The chat; a new one is made for an id that is not in use.")
    messages: list[AskedMessage] = Field(min_length=1, max_length=10_000)
    agent: str | None = Field(default=None, max_length=200)

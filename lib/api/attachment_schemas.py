"""The JSON of files that belong to questions, as they are shown."""

from uuid import UUID

from pydantic import ConfigDict, Field, StrictInt

from lib.api.schema_base import Schema
from lib.chat.attachments import MAX_NAME_CHARS, MAX_SIZE_BYTES, MAX_TYPE_CHARS, MAX_URL_CHARS


class KeptFileSchema(Schema):
    """A file that is kept here. `size` in bytes."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    name: str
    content_type: str
    size: int


class AttachmentSchema(Schema):
    """What is known of a file that belongs to a question. The file itself is not sent. `size` in bytes."""

    id: UUID | None = Field(default=None, description="Of a file that is kept here; null for one that is elsewhere")
    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS)
    content_type: str = Field(min_length=1, max_length=MAX_TYPE_CHARS)
    size: StrictInt | None = Field(default=None, ge=0, le=MAX_SIZE_BYTES)
    url: str | None = Field(
        default=None, max_length=MAX_URL_CHARS, description="Where the file is: on the web, or under /api/attachments"
    )

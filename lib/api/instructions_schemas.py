"""The JSON of standing instructions."""

from pydantic import Field

from lib.api.schema_base import Schema
from lib.store.validation import MAX_INSTRUCTIONS_CHARS


class InstructionsSchema(Schema):
    instructions: str = Field(max_length=MAX_INSTRUCTIONS_CHARS)

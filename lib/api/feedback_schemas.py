"""The JSON of votes on answers, and of questions to start with."""

from uuid import UUID

from pydantic import Field, StrictBool

from lib.api.schema_base import Schema
from lib.settings.feedback import MAX_TAGS
from lib.store.models import Delivery
from lib.store.validation import MAX_COMMENT_CHARS


class FeedbackSchema(Schema):
    """`isUpvoted` null removes the vote."""

    message_id: UUID
    is_upvoted: StrictBool | None
    comment: str | None = Field(default=None, max_length=MAX_COMMENT_CHARS)
    tags: list[str] | None = Field(default=None, max_length=MAX_TAGS)


class VoteSchema(Schema):
    """`delivery` tells where the vote is on its way to MLflow or Genie; null if it is only kept here."""

    message_id: UUID
    is_upvoted: bool
    comment: str | None
    tags: list[str]
    delivery: Delivery | None


class FeedbacksSchema(Schema):
    data: list[VoteSchema]


class StarterSchema(Schema):
    question: str
    is_liked: bool


class StartersSchema(Schema):
    data: list[StarterSchema]

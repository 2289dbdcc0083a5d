"""The JSON of sharing a chat."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, StrictBool, model_validator

from lib.api.schema_base import Schema
from lib.api.schemas import DoneSchema, SharingSchema
from lib.errors import BadInput
from lib.store.models import Visibility
from lib.store.sharing import valid_until


def _to_come(until: datetime | None) -> datetime | None:
    try:
        return valid_until(until)
    except BadInput as error:
        raise ValueError(str(error)) from None


class VisibilitySchema(Schema):
    visibility: Visibility
    snapshot: StrictBool = Field(default=False, description="Readers see the chat as it is now.")
    expires_at: Annotated[AwareDatetime | None, AfterValidator(_to_come)] = Field(
        default=None, description="When sharing ends by itself; null: it does not."
    )

    @model_validator(mode="after")
    def _limits_what_is_public(self) -> Self:
        if self.visibility == "private" and (self.snapshot or self.expires_at):
            raise ValueError("A private chat is not shared, so it has neither a snapshot nor an end of sharing.")
        return self


class VisibilityDoneSchema(DoneSchema):
    """What is in force now."""

    visibility: Visibility
    sharing: SharingSchema | None

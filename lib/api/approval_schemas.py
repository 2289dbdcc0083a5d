"""The JSON of what concerns the user's approval of calls."""

from pydantic import Field, StrictBool

from lib.api.schema_base import Schema
from lib.chat.deciding import MAX_REASON_CHARS
from lib.store.allowed_tools import MAX_NAME_CHARS

MAX_CALL_ID_CHARS = 1_000


class ApprovalSchema(Schema):
    """`callId` is that of a call for which the answer waits. `always`, if approved: allow the tool in this chat."""

    call_id: str = Field(min_length=1, max_length=MAX_CALL_ID_CHARS)
    approve: StrictBool
    reason: str | None = Field(default=None, description=f"Told to the agent; at most {MAX_REASON_CHARS:,} characters")
    always: StrictBool = Field(default=False, description="Approve this tool by itself from now on, in this chat only")


class AwaitedCallSchema(Schema):
    """A call that the agent wants to make. `server` is where the tool is, if the agent says so."""

    call_id: str
    name: str
    arguments: str
    server: str | None = None


class AllowedToolSchema(Schema):
    """Allowed to this agent."""

    name: str
    server: str | None = None
    agent: str | None = None


class AllowedToolsSchema(Schema):
    data: list[AllowedToolSchema]


class AllowToolSchema(Schema):
    """`allowed` false: ask again from now on. Without `agent`, the chat's own."""

    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS)
    server: str | None = Field(default=None, max_length=MAX_NAME_CHARS)
    agent: str | None = Field(default=None, max_length=MAX_NAME_CHARS)
    allowed: StrictBool

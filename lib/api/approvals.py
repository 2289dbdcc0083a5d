"""Routes for what an agent asks before it acts: answer it, and see what is always allowed in a chat."""

from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse

from lib.api.approval_schemas import (
    AllowedToolSchema,
    AllowedToolsSchema,
    AllowToolSchema,
    ApprovalSchema,
)
from lib.api.chat import followed
from lib.api.dependencies import Chats, CurrentAsker, Process, must_own
from lib.api.openapi import EVENTS, new_router
from lib.chat.deciding import decide, decision
from lib.chat.standing_approvals import NO_ROOM
from lib.errors import BadInput
from lib.store.allowed_tools import AllowedTool
from lib.store.store import Store

router = new_router("approvals")


@router.post("/chat/{chat_id}/approvals", response_class=StreamingResponse, responses=EVENTS)
def answer_request(
    chat_id: UUID, body: ApprovalSchema, asker: CurrentAsker, chats: Chats, process: Process
) -> Response:
    """Approve or deny a call that the agent wants to make, and follow the answer as it goes on.

    The events begin with the decision; their numbers go on from those before. While other calls are not decided, there
    are no more. `not_waiting`: it was decided already, or the answer has ended.
    """
    must_own(chats, chat_id)
    made = decision(body.call_id, body.approve, body.reason)
    turn = decide(process.turns, chats, asker, chat_id, [made], is_always=body.always)
    return followed(turn, chats, process, after=turn.decided_at)


@router.get("/chat/{chat_id}/allowed-tools")
def allowed_tools(chat_id: UUID, chats: Chats) -> AllowedToolsSchema:
    """The tools that you have always allowed in a chat of yours, in the order in which you did."""
    must_own(chats, chat_id)
    return _allowed(chats, chat_id)


@router.patch("/chat/{chat_id}/allowed-tools")
def allow_tool(chat_id: UUID, body: AllowToolSchema, chats: Chats) -> AllowedToolsSchema:
    """Always allow a tool in a chat of yours, or be asked again. Returns the tools that are allowed then."""
    must_own(chats, chat_id)
    chat = chats.get_chat(chat_id)
    agent = body.agent or (chat.agent if chat else None)
    if not chats.allow_tool(chat_id, AllowedTool(body.name, body.server, agent), body.allowed):
        raise BadInput(NO_ROOM)
    return _allowed(chats, chat_id)


def _allowed(chats: Store, chat_id: UUID) -> AllowedToolsSchema:
    tools = chats.list_allowed_tools(chat_id)
    return AllowedToolsSchema(
        data=[AllowedToolSchema(name=tool.name, server=tool.server, agent=tool.agent) for tool in tools]
    )

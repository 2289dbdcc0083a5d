"""Approves calls of tools that the owner of a chat has always allowed in it."""

import asyncio
from uuid import UUID

from lib.agent.events import Decision
from lib.agent.formats.shared.decisions import decision_chunk
from lib.chat.turn import Turn
from lib.errors import AgentFailed, BadInput, DatabaseUnavailable, NotWaiting
from lib.identity import Asker
from lib.messages.approvals import calls_to_decide
from lib.messages.parts import Approval
from lib.store.allowed_tools import MAX_ALLOWED_TOOLS, AllowedTool
from lib.store.store import Store

MOST_ROUNDS = 50
"""How many calls of one answer are approved without its user. An agent that always asks again would never end."""
TOO_MANY_ROUNDS = (
    f"The agent asked {MOST_ROUNDS} times in one answer for tools that are always allowed in this chat, and was ended."
)
NO_ROOM = f"{MAX_ALLOWED_TOOLS} tools are always allowed in this chat already. Remove one of them first."


async def approve_allowed(turn: Turn, store: Store, asker: Asker) -> bool:
    """Approve what is always allowed. Whether the agent can go on by that: it had asked, and nothing is left to decide.

    If the database cannot tell what is allowed, the user is asked. So they are if the question was asked with their
    rights, and their token is gone with the process that asked it. Raises AgentFailed after MOST_ROUNDS.
    """
    lacks_rights = turn.asked_as == "user" and asker.access_token is None
    if lacks_rights or not turn.answer.waits_for:
        return False
    if sum(isinstance(part, Approval) and part.is_standing is True for part in turn.answer.parts) >= MOST_ROUNDS:
        raise AgentFailed(TOO_MANY_ROUNDS, failure="agent_failed")
    try:
        allowed = await asyncio.to_thread(store.list_allowed_tools, turn.chat_id)
    except DatabaseUnavailable:
        return False
    for call, approval in calls_to_decide(turn.answer.parts):
        if AllowedTool(call.name, approval.server) in allowed:
            turn.take(decision_chunk(Decision(call.id, is_approved=True, is_standing=True)))
    return not turn.answer.waits_for


def allow_always(store: Store, chat_id: UUID, turn: Turn | None, call_id: str) -> None:
    """Allow from now on in this chat what the agent asks for. Raises NotWaiting if it does not, and BadInput."""
    waiting = calls_to_decide(turn.answer.parts) if turn else []
    asked = next((pair for pair in waiting if pair[0].id == call_id), None)
    if asked is None:
        raise NotWaiting
    call, approval = asked
    if not store.allow_tool(chat_id, AllowedTool(call.name, approval.server), True):
        raise BadInput(NO_ROOM)

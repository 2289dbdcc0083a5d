"""Approves calls of tools that the owner of a chat has always allowed in it."""

import asyncio
from collections.abc import Sequence
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
        if AllowedTool(call.name, approval.server, turn.agent) in allowed:
            turn.take(decision_chunk(Decision(call.id, is_approved=True, is_standing=True)))
    return not turn.answer.waits_for


def tools_of(turn: Turn | None, decisions: Sequence[Decision]) -> list[AllowedTool]:
    """The tools of the calls that are approved. Raises NotWaiting if the agent does not ask for one of them."""
    waiting = {call.id: (call, approval) for call, approval in calls_to_decide(turn.answer.parts)} if turn else {}
    approved = [made.call_id for made in decisions if made.is_approved]
    if turn is None or not waiting.keys() >= set(approved):
        raise NotWaiting
    calls = [waiting[call_id] for call_id in approved]
    return [AllowedTool(call.name, approval.server, turn.agent) for call, approval in calls]


def allow_always(store: Store, chat_id: UUID, tools: Sequence[AllowedTool]) -> list[AllowedTool]:
    """Allow them from now on in this chat. Returns those that were not allowed before. Raises BadInput."""
    allowed = store.list_allowed_tools(chat_id) if tools else []
    new = [tool for tool in dict.fromkeys(tools) if tool not in allowed]
    if len(allowed) + len(new) > MAX_ALLOWED_TOOLS:
        raise BadInput(NO_ROOM)
    for tool in new:
        store.allow_tool(chat_id, tool, True)
    return new

"""Takes the decisions of a user about what the agent wants to do."""

import time
from collections.abc import Sequence
from uuid import UUID

from lib.agent.events import Decision
from lib.chat.standing_approvals import allow_always, tools_of
from lib.chat.turn import Turn
from lib.chat.turn_manager import TurnManager
from lib.errors import AgentFailed, BadInput, LakechatError, NotWaiting
from lib.identity import Asker
from lib.store.store import Store
from lib.store.validation import cleaned

PARKING_SECONDS = 2.0
PAUSE_SECONDS = 0.05
MAX_REASON_CHARS = 1_000
SIGN_IN_MISSING = "This was asked with your rights, and your sign-in is missing now. Reload the page, then decide."


def decision(call_id: str, is_approved: bool, reason: str | None) -> Decision:
    """A reason of which nothing can be seen is none. Raises BadInput if it is too long."""
    reason = cleaned(reason or "").strip()
    if len(reason) > MAX_REASON_CHARS:
        raise BadInput(f"A reason has at most {MAX_REASON_CHARS:,} characters.")
    return Decision(call_id, is_approved, reason or None)


def decide(
    turns: TurnManager,
    store: Store,
    asker: Asker,
    chat_id: UUID,
    decisions: Sequence[Decision],
    *,
    is_always: bool = False,
) -> Turn:
    """Make them all, or none. The turn goes on once nothing is left to decide.

    `is_always`: the tools that are approved are allowed in this chat from now on. Raises what `TurnManager.decide`
    does, BadInput if no more tools can be allowed, and AgentFailed where the question was asked with the user's rights
    and they are not signed in now. The caller must have checked whose chat it is.
    """
    turn = turns.attach(store, chat_id, is_owner=True)
    if turn and turn.asked_as == "user" and turns.asks_as(asker) != "user":
        raise AgentFailed(SIGN_IN_MISSING, failure="sign_in_expired")
    tools = tools_of(turn, decisions) if is_always else []
    # Before the decision, which lets the turn go on: it then approves other calls of these tools, too.
    newly_allowed = allow_always(store, chat_id, tools)
    try:
        return _decided(turns, store, asker, chat_id, decisions)
    except LakechatError:
        for tool in newly_allowed:
            store.allow_tool(chat_id, tool, False)
        raise


def _decided(turns: TurnManager, store: Store, asker: Asker, chat_id: UUID, decisions: Sequence[Decision]) -> Turn:
    deadline = time.monotonic() + PARKING_SECONDS
    while True:
        try:
            return turns.decide(store, asker, chat_id, *decisions)
        except NotWaiting:
            # After a decision on another of its calls, a moment passes until the turn waits again.
            if time.monotonic() > deadline or not _is_about_to_wait(turns, store, chat_id, decisions):
                raise
        time.sleep(PAUSE_SECONDS)


def _is_about_to_wait(turns: TurnManager, store: Store, chat_id: UUID, decisions: Sequence[Decision]) -> bool:
    turn = turns.attach(store, chat_id, is_owner=True) if turns.runs_here(chat_id) else None
    waits_for = {approval.call_id for approval in turn.answer.waits_for} if turn else set()
    return all(made.call_id in waits_for for made in decisions)

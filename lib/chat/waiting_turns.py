"""Turns that wait for their user, in the database alone: to be shown, stopped, or continued with a decision."""

from collections.abc import Sequence
from uuid import UUID

from lib.agent.events import Decision
from lib.agent.formats.shared.decisions import decision_chunk
from lib.chat import telemetry
from lib.chat.recovery import ending_of
from lib.chat.turn import Turn
from lib.errors import NotWaiting
from lib.store.models import RunningTurn
from lib.store.store import Store


def shown_turn(store: Store, chat_id: UUID, running: RunningTurn) -> Turn:
    """As it waits. Nothing will come until its user decides."""
    turn = _logged_turn(store, chat_id, running)
    turn.wait()
    return turn


def stop(store: Store, chat_id: UUID, owner: str) -> bool:
    """End the turn that waits in a chat, with what has come of it. False if none does."""
    running = store.claim_waiting_turn(chat_id, owner)
    if running is None:
        return False
    answer = _logged_turn(store, chat_id, running).answer
    store.finish_turn(ending_of(running, chat_id, answer, "stopped"))
    telemetry.counted_end(running.agent, "stopped")
    return True


def claimed_turn(store: Store, chat_id: UUID, owner: str, user_id: str) -> Turn:
    """The turn that waits in a chat, which must go on in this process. Raises NotWaiting if none does.

    It is asked on with the standing instructions that its user has by now.
    """
    chat = store.get_chat(chat_id)
    instructions = store.read_instructions() if chat and chat.uses_instructions else ""
    # Not before: one that is claimed and does not go on, since something else failed, waits again after a while only.
    running = store.claim_waiting_turn(chat_id, owner) if chat else None
    if running is None:
        raise NotWaiting
    turn = _logged_turn(store, chat_id, running)
    turn.user_id, turn.instructions = user_id, instructions
    return turn


def decided(turn: Turn, decisions: Sequence[Decision]) -> bool:
    """Take the decisions into the turn. False, and none is taken, if one is not asked for, or was made already."""
    asked = [approval.call_id for approval in turn.answer.waits_for]
    call_ids = {decision.call_id for decision in decisions}
    if len(call_ids) != len(decisions) or not call_ids.issubset(asked):
        return False
    turn.decided_at = len(turn.chunks)
    for decision in decisions:
        turn.take(decision_chunk(decision))
    return True


def _logged_turn(store: Store, chat_id: UUID, running: RunningTurn) -> Turn:
    reading = store.read_log(running.id, after=0)
    return Turn.logged_as(running, chat_id, reading.chunks if reading else ())

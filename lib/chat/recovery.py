"""Ends the turns of processes that died: each becomes an interrupted answer with everything that was logged of it.

If the agent goes on in the background the turn is not ended, but goes on in the process that claims it.

A turn is dead when its owner has not beaten for SILENT_SECONDS. Claiming is one statement in the database: it gives
the dead turns to one process, whoever asks first, and counts as a beat, so two processes never recover the same turn.
If the claimant fails or dies before the answer is stored, the turn is dead again SILENT_SECONDS later and is claimed
again.

A process never recovers a turn that it runs itself. The database may take one for dead after an outage or a long
pause; claiming it back counts as the beat that was missed.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from lib.chat import telemetry
from lib.chat.answer import Answer
from lib.chat.replay import answer_from_log
from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.store.models import Ending, RunningTurn, Status
from lib.store.store import Store
from lib.store.turn_models import ClaimedTurn, ParkedTurn
from lib.store.turn_registry import TurnRegistry

log = logging.getLogger("lakechat.turns")

SILENT_SECONDS = 30
"""A process without a beat for so long is dead, and any other may end its turns."""
CHECK_SECONDS = 5
GoOn = Callable[[ClaimedTurn, Store, Sequence[str]], bool]


class Recovery:
    """Callable from any thread; it waits for the database."""

    def __init__(
        self,
        turn_registry: TurnRegistry,
        owner: str,
        store_of: Callable[[User], Store],
        is_live: Callable[[UUID], bool],
    ) -> None:
        """`is_live` tells whether a turn runs here: then it lives, whatever the database says."""
        self._turn_registry = turn_registry
        self._owner = owner
        self._store_of = store_of
        self._is_live = is_live
        self._checked_at = -math.inf
        self.when_recovered: Callable[[], None] = lambda: None
        self.go_on: GoOn = lambda claimed, store, log: False
        """Takes up a dead turn whose agent goes on, and tells whether it did."""
        self.is_closed = False
        """The process ends, and claims nothing more."""

    def check(self) -> bool:
        """Check, but not more often than every CHECK_SECONDS. Whether any turn was dead and has been ended.

        To be called by whoever sees a turn that runs elsewhere.
        """
        return time.monotonic() - self._checked_at > CHECK_SECONDS and self.check_now()

    def check_now(self) -> bool:
        if self.is_closed:
            return False
        self._checked_at = time.monotonic()
        try:
            claimed = self._turn_registry.claim_dead_turns(self._owner, SILENT_SECONDS)
            dead = [turn for turn in claimed if not self._is_live(turn.id)]
            for turn in dead:
                self._recover(turn)
                self.when_recovered()
        except DatabaseUnavailable:
            self._checked_at = -math.inf
            return False
        return bool(dead)

    def _recover(self, claimed: ClaimedTurn) -> None:
        try:
            recover(claimed, self._store_of, self._owner, self.go_on)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # the other dead turns are waiting, and at start the whole app is
            log.error("Turn %s could not be recovered: %s", claimed.id, type(error).__name__)
        else:
            log.warning("Turn %s was left by a process that ended; what had come is kept.", claimed.id)


def recover(claimed: ClaimedTurn, store_of: Callable[[User], Store], owner: str, go_on: GoOn) -> None:
    """Store the answer of a dead turn as interrupted, or let the turn wait for its user, or go on. Raises
    DatabaseUnavailable; then it will be claimed again.

    The process may have died just before it let the turn wait. The user, who is asked once more then, cannot have
    decided: a decision is in the log before the agent hears of it.
    """
    store = store_of(User(claimed.user_id, None, None, authenticated=False))
    reading = store.read_log(claimed.id, after=0)
    log = reading.chunks if reading else []
    answer = answer_from_log(log)
    if answer.waits_for:
        is_left = store.park_turn(ParkedTurn(claimed.id, claimed.chat_id, owner, log))
    else:
        is_left = go_on(claimed, store, log)
    if not is_left:
        store.finish_turn(ending_of(claimed, claimed.chat_id, answer, "interrupted", claimed.silent_since))
        telemetry.counted_end(claimed.agent, "interrupted")


def ending_of(
    turn: RunningTurn, chat_id: UUID, answer: Answer, status: Status, ended_at: datetime | None = None
) -> Ending:
    """How a turn ends that this process has not run. The time to its first word is in its log."""
    return Ending(
        turn_id=turn.id,
        chat_id=chat_id,
        question_id=turn.question_id,
        status=status,
        parts=answer.parts,
        content=answer.content,
        trace_id=answer.trace_id,
        usage=answer.usage,
        model=answer.model,
        failure="interrupted" if status == "interrupted" else None,
        first_event_ms=None,
        ended_at=ended_at,
        asked_as=turn.asked_as,
    )

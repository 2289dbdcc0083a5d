"""Ends the turns of processes that died: each becomes an interrupted answer with everything that was logged of it.

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
from collections.abc import Callable, Iterable
from uuid import UUID

from lib.agent.events import Event
from lib.agent.formats.decoder import Decoder
from lib.chat.answer import Answer
from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.store.models import Ending
from lib.store.store import Store
from lib.store.turn_models import ClaimedTurn
from lib.store.turn_registry import TurnRegistry

log = logging.getLogger("lakechat.turns")

SILENT_SECONDS = 30
"""A process without a beat for so long is dead, and any other may end its turns."""
CHECK_SECONDS = 5


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

    def check(self) -> bool:
        """Check, but not more often than every CHECK_SECONDS. Whether any turn was dead and has been ended.

        To be called by whoever sees a turn that runs elsewhere.
        """
        return time.monotonic() - self._checked_at > CHECK_SECONDS and self.check_now()

    def check_now(self) -> bool:
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
            recover(claimed, self._store_of)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # the other dead turns are waiting, and at start the whole app is
            log.error("Turn %s could not be recovered: %s", claimed.id, type(error).__name__)
        else:
            log.warning("Turn %s was left by a process that died; what had come is kept.", claimed.id)


def recover(claimed: ClaimedTurn, store_of: Callable[[User], Store]) -> None:
    """Store the answer of a dead turn. Raises DatabaseUnavailable; then it will be claimed again."""
    store = store_of(User(claimed.user_id, None, None, authenticated=False))
    reading = store.read_log(claimed.id, after=0)
    answer = answer_from_log(reading.chunks if reading else ())
    store.finish_turn(
        Ending(
            turn_id=claimed.id,
            chat_id=claimed.chat_id,
            question_id=claimed.question_id,
            status="interrupted",
            parts=answer.parts,
            content=answer.content,
            trace_id=answer.trace_id,
            usage=answer.usage,
            model=answer.model,
            failure="interrupted",
            first_event_ms=None,
            ended_at=claimed.silent_since,
            asked_as=claimed.asked_as,
        )
    )


def answer_from_log(chunks: Iterable[str]) -> Answer:
    """The answer that results from the logged messages."""
    decoder, answer = Decoder(), Answer()
    events: list[Event] = [event for raw in chunks for event in decoder.feed(raw).events]
    for event in (*events, *decoder.end()):
        answer.take(event)
    return answer

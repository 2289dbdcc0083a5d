"""The turns of processes that died: each becomes an interrupted answer with all that was written down of it."""

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
from lib.store.models import ClaimedTurn, Ending
from lib.store.store import Store
from lib.store.turn_registry import TurnRegistry

log = logging.getLogger("lakechat.turns")

SILENT_SECONDS = 30
"""A process that has not beaten for so long is dead, and its turns are anybody's to end."""
CHECK_SECONDS = 5


class Recovery:
    """Ends what dead processes left. May be called from any thread; asks the database, and waits for it."""

    def __init__(
        self,
        turn_registry: TurnRegistry,
        owner: str,
        store_of: Callable[[User], Store],
        is_live: Callable[[UUID], bool],
    ) -> None:
        """`is_live` tells the turns that run here: they live, whatever the database thinks of them."""
        self._turn_registry = turn_registry
        self._owner = owner
        self._store_of = store_of
        self._is_live = is_live
        self._checked_at = -math.inf
        self.when_recovered: Callable[[], None] = lambda: None

    def check(self) -> bool:
        """Once in a while only: to be called by whoever sees a turn run. Whether any was dead, and is ended now."""
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
        except Exception as error:  # the others are waiting, and perhaps the whole app to start
            log.error("Turn %s could not be recovered: %s", claimed.id, type(error).__name__)
        else:
            log.warning("Turn %s was left by a process that died; what had come is kept.", claimed.id)


def recover(claimed: ClaimedTurn, store_of: Callable[[User], Store]) -> None:
    """Raises DatabaseUnavailable; then the turn is dead again in a while, and somebody else's to recover."""
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
            first_event_ms=None,
            ended_at=claimed.silent_since,
            asked_as=claimed.asked_as,
        )
    )


def answer_from_log(chunks: Iterable[str]) -> Answer:
    """The answer that the logged messages make."""
    decoder, answer = Decoder(), Answer()
    events: list[Event] = [event for raw in chunks for event in decoder.feed(raw).events]
    for event in (*events, *decoder.end()):
        answer.take(event)
    return answer

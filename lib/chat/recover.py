"""The turns of processes that died: each becomes an interrupted answer with all that was written down of it."""

from collections.abc import Callable, Iterable

from lib.agent.decoder import Decoder
from lib.agent.events import Event
from lib.chat.answer import Answer
from lib.identity import User
from lib.store.models import ClaimedTurn, Ending
from lib.store.store import Store


def recover(claimed: ClaimedTurn, store_of: Callable[[User], Store]) -> None:
    """Raises DatabaseUnavailable; then the turn is dead again in a while, and somebody else's to recover."""
    store = store_of(User(claimed.user_id, None, None, authenticated=False))
    reading = store.read_log(claimed.id, after=0)
    answer = read_again(reading.chunks if reading else ())
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
        )
    )


def read_again(chunks: Iterable[str]) -> Answer:
    """The answer that the logged messages make."""
    decoder, answer = Decoder(), Answer()
    events: list[Event] = [event for raw in chunks for event in decoder.feed(raw).events]
    for event in (*events, *decoder.end()):
        answer.take(event)
    return answer

"""The stream of `/api/chat`: the agent's chunks as they came, each with the turn's id and its number in it."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Header

from lib.agent.events import DONE
from lib.api.event_stream import KEEP_ALIVE, Check, batches
from lib.api.serialise import awaited_calls
from lib.chat.turn import Turn
from lib.messages.parts import Error

LastEventId = Annotated[str, Header(pattern=r"^([0-9a-f-]{36}:)?[0-9]{1,9}$")]
"""As it was given to a reader; or a number alone, which is one of the turn that runs."""


def resume_number(turn: Turn, last_event_id: str) -> int | None:
    """The number after which to go on; None when the reader was following another turn."""
    of_turn, _, number = last_event_id.rpartition(":")
    return int(number) if of_turn in ("", str(turn.id)) else None


async def events(
    turn: Turn, after: int, closing: Check, saved: Check, allowed: Check | None = None
) -> AsyncIterator[bytes]:
    """All after number `after`. `saved` is asked at the end."""
    async for batch in batches(turn, after, closing, allowed):
        if batch is None:
            for ending in _ending(turn, saved()):
                yield ending
        else:
            yield b"".join(_event(turn, number, chunk.raw) for number, chunk in batch) or KEEP_ALIVE


def _ending(turn: Turn, saved: bool) -> list[bytes]:
    last = len(turn.chunks)
    awaited = [call.model_dump(by_alias=True) for call in awaited_calls(turn)]
    meta = {
        "type": "meta",
        "chatId": str(turn.chat_id),
        "assistantMessageId": str(turn.id),
        "traceId": turn.answer.trace_id,
        "askedAs": turn.asked_as,
        "status": turn.status,
        "saved": saved,
        **({"waitingFor": awaited} if awaited else {}),
    }
    errors = [part.text for part in turn.answer.parts if isinstance(part, Error)]
    said: list[dict[str, Any]] = [{"type": "error", "error": sentence} for sentence in errors]
    lines = [json.dumps(data, ensure_ascii=False) for data in (*said, meta)]
    # An answer that waits goes on after its last message, so whoever comes back then must not have seen a later number.
    step = 0 if turn.is_waiting else 1
    return [_event(turn, last + step * number, line) for number, line in enumerate([*lines, DONE], start=1)]


def _event(turn: Turn, number: int, data: str) -> bytes:
    """`data` is one line: an agent's message as the decoder gives it, or our own JSON."""
    return f"id: {turn.id}:{number}\ndata: {data}\n\n".encode()

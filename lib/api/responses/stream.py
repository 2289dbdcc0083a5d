"""A turn as the event stream of the Responses API.

While the turn runs, the events are made of what the agent says. At its end the parts of the answer count: they also
hold what was in no message of the agent, such as text that was held back, and lack what was cut off. The output that
they make continues what was sent, because both number their events alike (see `lib.api.responses.output`), so the rest
is sent then. A reader that comes after the end gets all of it from the parts.
"""

import json
from collections.abc import AsyncIterator, Iterator

from lib.api.event_stream import KEEP_ALIVE, Check, batches
from lib.api.responses.items import Json
from lib.api.responses.output import CREATED, IN_PROGRESS, Output
from lib.api.responses.reading import output_of, read_events
from lib.api.responses.response import Origin, created_response, current_response
from lib.chat.turn import Turn
from lib.errors import ShuttingDown

NOTHING_SEEN, GOES_ON = -1, -2
_LAST_EVENT = {"completed": "response.completed", "failed": "response.failed"}
"""By status. Clients know no other end than these and `response.incomplete`."""


async def response_events(
    turn: Turn, origin: Origin, after: int, closing: Check, allowed: Check | None = None
) -> AsyncIterator[bytes]:
    """All after sequence number `after`. After GOES_ON it is what follows the user's decision.

    The first event then has the items that were there before.
    """
    known: list[Json] = []
    if goes_on := after == GOES_ON:
        before = _output_until(turn, turn.decided_at)
        known, after = [item.json() for item in before.items], before.number + 1
    for number, kind in ((CREATED, "created"), (IN_PROGRESS, "in_progress")):
        if goes_on or number > after:
            yield _event(number, {"type": f"response.{kind}", "response": created_response(turn, origin, known)})
    sent = Output(turn.id)
    async for batch in batches(turn, 0, closing, allowed):
        if batch is None:
            for ending in _ending(turn, origin, sent, after):
                yield ending
            return
        for _, chunk in batch:
            read_events(sent, chunk.events)
        said = b"".join(_new(sent, after))
        if said or not batch:
            yield said or KEEP_ALIVE
    if closing():
        error = {"type": "error", "code": ShuttingDown.code, "message": ShuttingDown.sentence, "param": None}
        # It is no part of the answer, which goes on after the same number.
        yield _event(max(after, sent.number), error)


def _output_until(turn: Turn, number: int) -> Output:
    output = Output(turn.id)
    for _, chunk in turn.chunks.after(0, number):
        read_events(output, chunk.events)
    output.end()
    return output


def _ending(turn: Turn, origin: Origin, sent: Output, after: int) -> Iterator[bytes]:
    whole = output_of(turn.id, turn.answer.parts)
    whole.end()
    if whole.continues(sent):
        yield from _new(whole, max(after, sent.number))
    else:
        # What was sent cannot be taken back: the last event has the answer as it is.
        sent.end()
        yield from _new(sent, after)
        whole = sent
    number = whole.number + 1
    if after != number:
        response = current_response(turn, origin)
        kind = _LAST_EVENT.get(response["status"], "response.incomplete")
        # A reader who was sent more than was kept in the end may come back with a number beyond the last.
        yield _event(max(number, after + 1), {"type": kind, "response": response})


def _new(output: Output, after: int) -> Iterator[bytes]:
    for event in output.take_new():
        if rest := event.after(after):
            yield _event(rest.number, rest.data)


def _event(number: int, data: Json) -> bytes:
    said = json.dumps({**data, "sequence_number": number}, ensure_ascii=False)
    return f"event: {data['type']}\ndata: {said}\n\n".encode()

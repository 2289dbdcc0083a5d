"""A turn as server-sent events, for readers that come late to a long one."""

import asyncio
import re
from uuid import uuid4

from lib.agent.events import Chunk
from lib.api.chat_stream import events
from lib.api.event_stream import MAX_BATCH
from lib.chat.background import SLICE_BYTES, Throttle
from lib.chat.turn import Turn


def long_turn(chunks: int) -> Turn:
    """A turn that has ended."""
    turn = Turn(uuid4(), uuid4(), uuid4(), agent=None)
    for number in range(1, chunks + 1):
        turn.take(Chunk(f'{{"n": {number}}}', ()))
        turn.take(Chunk("", ()))  # no message, so it has no number
    turn.chunks.close()
    return turn


async def bodies_of(turn: Turn, after: int) -> list[bytes]:
    return [body async for body in events(turn, after, lambda: False, lambda: True)]


def test_a_late_reader_gets_every_event_once_and_in_order() -> None:
    turn, after = long_turn(3 * MAX_BATCH + 7), 5
    said = b"".join(asyncio.run(bodies_of(turn, after))).decode()
    told = re.findall(rf'^id: {turn.id}:(\d+)\ndata: {{"n": (\d+)}}\n\n', said, re.MULTILINE)
    expected = [str(number) for number in range(after + 1, 3 * MAX_BATCH + 8)]
    assert told == [(number, number) for number in expected]
    assert said.endswith("data: [DONE]\n\n")


def test_a_reader_of_many_events_lets_other_tasks_run() -> None:
    async def told() -> list[str]:
        order: list[str] = []

        async def other() -> None:
            for _ in range(3):
                order.append("other")
                await asyncio.sleep(0)

        others = asyncio.create_task(other())
        async for body in events(long_turn(4 * MAX_BATCH), 0, lambda: False, lambda: True):
            assert body
            order.append("told")
        await others
        return order

    order = asyncio.run(told())
    assert order.index("other") < order.index("told", order.index("told") + 1)
    assert order[:6].count("other") == 3


def test_a_reader_yields_to_others_only_after_a_slice_of_bytes() -> None:
    async def waits(*reads: int) -> bool:
        asyncio.get_running_loop().call_soon(happened.append, True)
        share = Throttle()
        for count in reads:
            await share.read(count)
        return bool(happened)

    happened: list[bool] = []
    assert not asyncio.run(waits(SLICE_BYTES - 1))
    happened.clear()
    assert asyncio.run(waits(SLICE_BYTES - 1, 1))

"""The event loop behind the answers ends, whatever runs on it."""

import asyncio
from threading import Event

import pytest

from lib.chat import background
from lib.chat.background import Background


def test_a_task_that_loses_its_cancellation_does_not_keep_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "CANCEL_AGAIN_SECONDS", 0.05)
    loop, runs, closed = Background(), Event(), Event()

    async def lose_a_cancellation() -> None:
        runs.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    async def close() -> None:
        closed.set()

    lost = loop.spawn(lose_a_cancellation())
    assert runs.wait(10)
    loop.stop(close())
    assert closed.is_set() and lost.cancelled()


def test_a_call_that_comes_too_late_starts_nothing() -> None:
    loop, called = Background(), []

    async def call_late() -> None:
        loop.call(lambda: called.append("late"))
        await asyncio.sleep(0)

    loop.call(lambda: called.append("in time"))
    loop.stop(call_late())
    assert called == ["in time"]

"""An event loop in a thread of its own, for work that must outlive whoever asked for it."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")
BLOCKING_THREADS = 16
BLOCKING_CALL_SECONDS = 3
CANCEL_AGAIN_SECONDS = 5
SLICE_BYTES = 16_000
SLICE_PAUSE_SECONDS = 0.001


class Throttle:
    """Pauses a task after every SLICE_BYTES that it reads, so that a flood from one agent does not starve the others.

    The pause is a real one, however short: `sleep(0)` would keep the interpreter lock from all other threads.
    """

    def __init__(self) -> None:
        self._read_bytes = 0

    async def read(self, count: int) -> None:
        """Count bytes that were read, and pause if they are enough."""
        self._read_bytes += count
        if self._read_bytes >= SLICE_BYTES:
            self._read_bytes = 0
            await asyncio.sleep(SLICE_PAUSE_SECONDS)


class Background:
    """Starts at once. Calls made with `asyncio.to_thread` on it share BLOCKING_THREADS threads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._is_ended = False
        self._blocking = ThreadPoolExecutor(BLOCKING_THREADS, "background")
        self._loop.set_default_executor(self._blocking)
        self._thread = Thread(target=self._loop.run_forever, name="background", daemon=True)
        self._thread.start()

    def spawn(self, work: Coroutine[Any, Any, Result]) -> "Future[Result]":
        """Run a coroutine on the loop. Callable from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, callback: Callable[[], object]) -> None:
        """Call a function on the loop soon. Callable from any thread."""
        self._loop.call_soon_threadsafe(self._call, callback)

    def _call(self, callback: Callable[[], object]) -> None:
        if not self._is_ended:
            callback()

    def stop(self, last: Coroutine[Any, Any, object]) -> None:
        """Cancel all tasks, await `last`, and end the loop. Later calls do nothing."""
        if not self._thread.is_alive():
            last.close()
            return
        self.spawn(self._end(last)).result()
        # A call that still blocks holds a database connection, and the engine is disposed of next.
        waiting = Thread(target=self._blocking.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        waiting.start()
        waiting.join(BLOCKING_CALL_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self, last: Coroutine[Any, Any, object]) -> None:
        # In Python 3.11 asyncio.wait_for() loses a cancellation that comes just when what it waits for is there.
        # Whatever goes on is cancelled again.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=CANCEL_AGAIN_SECONDS)
        # From here on nobody would run or cancel a task that a late call starts.
        self._is_ended = True
        await last
        await self._loop.shutdown_asyncgens()

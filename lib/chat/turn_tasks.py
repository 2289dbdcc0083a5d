"""The tasks of the turns that run here, one each."""

import asyncio
from uuid import UUID

from lib.chat.background import Background
from lib.chat.heartbeat import Heartbeat
from lib.chat.runner import Runner
from lib.chat.turn import Turn
from lib.identity import Asker
from lib.store.store import Store


class TurnTasks:
    """`begin`, `cancel` and `interrupt` may be called from any thread; all else happens on the loop's.

    There is a moment when a turn is live but has no task yet: a stop in that moment sets `stop_requested`, and the loop
    cancels the task right after it has made it.
    """

    def __init__(self, background: Background, runner: Runner, heartbeat: Heartbeat, live: dict[UUID, Turn]) -> None:
        """`live` are the turns that run here, by their chats; a turn that has ended is removed from them."""
        self._background = background
        self._runner = runner
        self._heartbeat = heartbeat
        self._live = live
        self._tasks: dict[int, asyncio.Task[None]] = {}
        """By the identity of the turn: one that waited for its user may begin again before its last task has ended."""

    def begin(self, turn: Turn, store: Store, asker: Asker) -> None:
        self._background.call(lambda: self._begin(turn, store, asker))

    def cancel(self, turn: Turn) -> None:
        """Somebody asked to stop it."""
        self._background.call(lambda: self._cancel(turn))

    def interrupt(self, turn: Turn) -> None:
        """The process ends."""
        self._background.call(lambda: self._interrupt(turn))

    def _begin(self, turn: Turn, store: Store, asker: Asker) -> None:
        self._tasks[id(turn)] = asyncio.create_task(self._run(turn, store, asker), name=f"turn {turn.id}")
        self._heartbeat.wake()
        if turn.stop_requested:
            self._interrupt(turn)

    def _cancel(self, turn: Turn) -> None:
        turn.stop_requested = True
        self._interrupt(turn)

    def _interrupt(self, turn: Turn) -> None:
        # A task that is cancelled before its first step never runs at all, and would never end its turn.
        asyncio.get_running_loop().call_soon(self._cancel_task, turn)

    def _cancel_task(self, turn: Turn) -> None:
        task = self._tasks.get(id(turn))
        if task and turn.status == "running":
            task.cancel()

    async def _run(self, turn: Turn, store: Store, asker: Asker) -> None:
        try:
            await self._runner.run(turn, store, asker)
        finally:
            # Once the answer is stored the chat is free, so the next turn may have taken its place already.
            if self._live.get(turn.chat_id) is turn:
                del self._live[turn.chat_id]
            del self._tasks[id(turn)]
            self._heartbeat.ended()
            turn.span.end()  # if it has not ended in a regular way
            turn.chunks.close()

"""The turns that this process runs: they belong to no tab, script run or request, and each ends in a message."""

import asyncio
import logging
import time
import traceback
from contextlib import suppress
from threading import Lock
from uuid import UUID, uuid4

from lib.agent.agents import Agents, answer
from lib.agent.ask import Ask
from lib.agent.transport import Transport
from lib.chat.background import Background
from lib.chat.conversation import CHARS_A_TOKEN, question_text, title_of, told
from lib.chat.titles import Titles
from lib.chat.turn import Question, Turn
from lib.errors import AgentFailed, DatabaseUnavailable, LakechatError, ShuttingDown
from lib.identity import User
from lib.store.models import NewTurn, Status
from lib.store.store import Caretaker, Store

log = logging.getLogger("lakechat.turns")

HEARTBEAT_SECONDS = 5
SILENT_SECONDS = 30
"""A process that has not beaten for so long is dead, and its turns are anybody's to end."""
SAVE_AGAIN_SECONDS = (1.0, 2.0, 5.0, 10.0)
NO_ANSWER = "The agent ended without an answer. Try again."
UNFORESEEN = "Something went wrong in the app while the answer was being written. Try again."


class Turns:
    """Its methods may be called from any thread; the turns themselves run on one event loop."""

    def __init__(self, agents: Agents, caretaker: Caretaker, titles: Titles, history_tokens: int) -> None:
        self.owner = str(uuid4())
        self._agents = agents
        self._caretaker = caretaker
        self._titles = titles
        self._history_chars = history_tokens * CHARS_A_TOKEN
        self._live: dict[UUID, Turn] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._lock = Lock()
        self._draining = False
        self._beating = False
        self._background = Background()
        self._transport = Transport()

    @property
    def running(self) -> int:
        """How many turns run here now."""
        return len(self._live)

    def ask(self, store: Store, user: User, question: Question) -> Turn | None:
        """Keep the question and start its answer; None when these ids were used before and nothing runs here.

        Raises BadInput, NotFound, ChatBusy, ShuttingDown or DatabaseUnavailable; then nothing was kept.
        """
        if self._draining:
            raise ShuttingDown
        text = question_text(question.text)
        new = NewTurn(
            turn_id=question.turn_id,
            chat_id=question.chat_id,
            question_id=question.question_id,
            question=text,
            title=title_of(text),
            agent=question.agent,
            owner=self.owner,
        )
        started = store.start_turn(new)
        if not started.is_new:
            return self.find(question.chat_id)
        turn = Turn(new.turn_id, new.chat_id, new.question_id, started.agent, question.earlier)
        self._live[turn.chat_id] = turn
        self._background.call(lambda: self._begin(turn, store, user))
        if started.is_new_chat:
            self._background.spawn(self._titles.give(store, turn.chat_id, text, self._transport))
        return turn

    def find(self, chat_id: UUID) -> Turn | None:
        """The turn that runs here in a chat. The caller has seen to it that the chat is the user's."""
        return self._live.get(chat_id)

    def stop(self, chat_id: UUID) -> bool:
        """End the running turn, keeping what came. Whether there was one. The same care as for `find`."""
        turn = self.find(chat_id)
        if turn is None:
            return False
        turn.stop_requested = True
        self._background.call(lambda: self._cancel(turn))
        return True

    def end_dead(self) -> None:
        """End the turns that a dead process left."""
        with suppress(DatabaseUnavailable):
            for turn_id in self._caretaker.end_dead_turns(SILENT_SECONDS):
                log.warning("Turn %s was left by a process that died.", turn_id)

    def drain(self, patience_seconds: float) -> None:
        """Take no more questions, let running turns end for so long, then keep what came of them."""
        self._draining = True
        deadline = time.monotonic() + patience_seconds
        while self._live and time.monotonic() < deadline:
            time.sleep(0.02)
        for turn in list(self._live.values()):
            self._background.call(lambda turn=turn: self._cancel(turn))  # type: ignore[misc]
        deadline = time.monotonic() + 3
        while self._live and time.monotonic() < deadline:
            time.sleep(0.02)
        self._background.stop()

    def _begin(self, turn: Turn, store: Store, user: User) -> None:
        self._tasks[turn.id] = asyncio.create_task(self._run(turn, store, user), name=f"turn {turn.id}")
        if not self._beating:
            self._beating = True
            self._beat = asyncio.create_task(self._keep_beating())

    def _cancel(self, turn: Turn) -> None:
        task = self._tasks.get(turn.id)
        if task and turn.status == "running":
            task.cancel()

    async def _run(self, turn: Turn, store: Store, user: User) -> None:
        try:
            turn.status = await self._answered(turn, store, user)
        finally:
            await self._save(turn, store)
            self._live.pop(turn.chat_id, None)
            self._tasks.pop(turn.id, None)
            turn.log.close()
            log.info("Turn %s ended: %s, first event after %s ms.", turn.id, turn.status, turn.first_event_ms)

    async def _answered(self, turn: Turn, store: Store, user: User) -> Status:
        """Write the answer; how it ended."""
        try:
            await self._listen(turn, store, user)
        except asyncio.CancelledError:
            return "stopped" if turn.stop_requested else "interrupted"
        except LakechatError as error:
            turn.answer.fail(str(error))
            return "failed"
        except Exception as error:
            # The message of an unforeseen error may quote what was said; where it happened does not.
            log.error("Turn %s failed: %s\n%s", turn.id, type(error).__name__, _places(error))
            turn.answer.fail(UNFORESEEN)
            return "failed"
        return "complete"

    async def _listen(self, turn: Turn, store: Store, user: User) -> None:
        context = await asyncio.to_thread(store.list_context, turn.chat_id, turn.question_id, self._history_chars)
        conversation = [*turn.earlier, *told(context[-1:])] if turn.earlier else told(context)
        ask = Ask(turn.chat_id, user, conversation)
        async for chunk in answer(self._agents.get(turn.agent), ask, self._transport):
            turn.take(chunk)
        if not turn.answer.content and not turn.answer.parts:
            raise AgentFailed(NO_ANSWER)

    async def _save(self, turn: Turn, store: Store) -> None:
        """Store the answer, trying again for as long as the database is away."""
        for attempt in range(1_000_000):
            try:
                await asyncio.to_thread(store.finish_turn, turn.ending())
                return
            except DatabaseUnavailable:
                await asyncio.sleep(SAVE_AGAIN_SECONDS[min(attempt, len(SAVE_AGAIN_SECONDS) - 1)])
            except Exception as error:
                log.error("Turn %s could not be stored: %s\n%s", turn.id, type(error).__name__, _places(error))
                return

    async def _keep_beating(self) -> None:
        """Only while turns run: an idle app must let the database sleep."""
        while self._live:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with suppress(DatabaseUnavailable):
                await asyncio.to_thread(self._caretaker.beat, self.owner)
        self._beating = False


def _places(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__))

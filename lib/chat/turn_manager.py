"""The turns of this process: they belong to no tab, script run or request, and each ends in a message."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from threading import Lock
from uuid import UUID, uuid4

from lib.agent.endpoints.agents import Agents
from lib.agent.http.transport import Transport
from lib.chat.attachments import validated_attachments
from lib.chat.background import Background
from lib.chat.conversation import question_text, title_of
from lib.chat.heartbeat import Heartbeat
from lib.chat.recovery import Recovery
from lib.chat.remote_turns import RemoteTurns
from lib.chat.runner import Runner
from lib.chat.titles import TitleGenerator
from lib.chat.turn import Question, Turn
from lib.errors import BadInput, ChatBusy, ShuttingDown, TooMany
from lib.identity import Asker, User
from lib.store.models import Chat, NewTurn, Started
from lib.store.store import Store
from lib.store.turn_registry import TurnRegistry

log = logging.getLogger("lakechat.turns")

CANCEL_SECONDS = 4
START_LOCKS = 64


class TurnManager:
    """Its methods may be called from any thread; the turns themselves run on one event loop."""

    def __init__(
        self,
        agents: Agents,
        turn_registry: TurnRegistry,
        titles: TitleGenerator,
        transport: Transport,
        store_of: Callable[[User], Store],
        history_tokens: int,
        answers_a_user: int,
        answer_bytes: int,
    ) -> None:
        self.owner = str(uuid4())
        self._agents = agents
        self._answers_a_user = answers_a_user
        self._live: dict[UUID, Turn] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        # The same question sent twice at once waits for itself; others seldom meet on a lock.
        self._start_locks = tuple(Lock() for _ in range(START_LOCKS))
        self._draining = False
        self._background = Background()
        self.recovery = Recovery(turn_registry, self.owner, store_of, self._is_live)
        self.recovery.when_recovered = self.clean_up
        self._remote = RemoteTurns(self._background, self.recovery)
        self._heartbeat = Heartbeat(turn_registry, self.owner, self._live, self._cancel, self.recovery.check)
        self._transport = transport
        self._runner = Runner(agents, self._transport, titles, self._heartbeat, history_tokens, answer_bytes)

    @property
    def running(self) -> int:
        """How many turns run here now."""
        return len(self._live)

    def ask(self, store: Store, asker: Asker, question: Question) -> Turn | None:
        """Keep the question and start its answer; None when these ids were used before and their turn has ended.

        Raises BadInput, NotFound, Gone, ChatBusy, MovedOn, TooMany, ShuttingDown or DatabaseUnavailable; nothing was
        kept then.
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
            agent=self._agent_name(question.agent),
            owner=self.owner,
            is_new_chat=question.is_new_chat,
            attachments=validated_attachments(question.attachments),
            asked_as=self._agents.asked_as(asker.access_token),
            follows=question.follows,
        )
        self._check_running_answers(asker.user.id, new)
        with self._start_locks[new.turn_id.int % len(self._start_locks)]:
            started = self._started(store, new)
            if not started.is_new and not self._is_orphan(store, new):
                same = self.attach(store, new.chat_id)
                return same if same and same.id == new.turn_id else None
            turn = Turn(
                id=new.turn_id,
                chat_id=new.chat_id,
                question_id=new.question_id,
                agent=started.agent,
                question=text,
                user_id=asker.user.id,
                earlier=question.earlier,
                is_first=started.is_new_chat,
                wants_title=started.is_new_chat,
                asked_as=new.asked_as,
            )
            self._live[turn.chat_id] = turn
        self._background.call(lambda: self._begin(turn, store, asker))
        return turn

    def attach(self, store: Store, chat_id: UUID) -> Turn | None:
        """The turn that runs in a chat, here or elsewhere, to be read along; None when none does.

        The caller has seen to it that the chat is the user's. May raise DatabaseUnavailable.
        """
        if turn := self._live.get(chat_id):
            return turn
        running = store.running_turn(chat_id)
        if running and not self._is_live(running.id) and self.recovery.check():
            running = store.running_turn(chat_id)
        return self._remote.attach(store, chat_id, running) if running else None

    def runs_here(self, chat_id: UUID) -> bool:
        return chat_id in self._live

    def recover_dead(self, chats: Iterable[Chat]) -> bool:
        """Have the turns that these chats show as running looked at. Whether any was dead, and is ended now."""
        return any(chat.running and chat.id not in self._live for chat in chats) and self.recovery.check()

    def stop(self, store: Store, chat_id: UUID) -> bool:
        """End the running turn wherever it runs, keeping what came. Whether there was one."""
        if turn := self._live.get(chat_id):
            if turn.status != "running":  # it has ended, and is being stored
                return False
            self._background.call(lambda: self._cancel(turn))
            return True
        is_asked = store.request_stop(chat_id)
        if is_asked:
            # Whoever should hear that may have died.
            self.recovery.check()
        return is_asked

    def clean_up(self) -> None:
        """Soon: end what is dead by then, and remove what ended turns have left in the log."""
        self._background.call(self._heartbeat.clean_up)

    def drain(self, timeout_seconds: float) -> None:
        """Take no more questions, let running turns end for so long, then keep what came of them."""
        self._draining = True
        self._wait_for_end(timeout_seconds)
        for turn in list(self._live.values()):
            self._background.call(partial(self._interrupt, turn))
        self._wait_for_end(CANCEL_SECONDS)
        self._background.stop(self._transport.close())

    def _started(self, store: Store, new: NewTurn) -> Started:
        try:
            return store.start_turn(new)
        except ChatBusy:
            # The process that was answering in this chat may have died.
            self.recovery.check()
            return store.start_turn(new)

    def _is_live(self, turn_id: UUID) -> bool:
        return any(turn.id == turn_id for turn in list(self._live.values()))

    def _is_orphan(self, store: Store, new: NewTurn) -> bool:
        """Whether it was started here, but nobody knows: the database's reply was lost."""
        if new.chat_id in self._live:
            return False
        running = store.running_turn(new.chat_id)
        return running is not None and (running.id, running.owner) == (new.turn_id, self.owner)

    def _check_running_answers(self, user_id: str, new: NewTurn) -> None:
        """No user may have all of this process. What is answered here already may be asked again."""
        theirs = [turn.id for turn in list(self._live.values()) if turn.user_id == user_id]
        if len(theirs) >= self._answers_a_user and new.turn_id not in theirs:
            raise TooMany(f"{len(theirs)} of your questions are being answered right now. Wait for one, or stop one.")

    def _agent_name(self, wanted: str | None) -> str:
        if wanted and wanted not in self._agents.names:
            raise BadInput(f"There is no agent called {wanted} here.")
        return wanted or self._agents.names[0]

    def _wait_for_end(self, most_seconds: float) -> None:
        deadline = time.monotonic() + most_seconds
        while self._live and time.monotonic() < deadline:
            time.sleep(0.02)

    def _begin(self, turn: Turn, store: Store, asker: Asker) -> None:
        self._tasks[turn.id] = asyncio.create_task(self._run(turn, store, asker), name=f"turn {turn.id}")
        self._heartbeat.wake()
        if turn.stop_requested:
            self._interrupt(turn)

    def _cancel(self, turn: Turn) -> None:
        turn.stop_requested = True
        self._interrupt(turn)

    def _interrupt(self, turn: Turn) -> None:
        # A task that is cancelled before its first step never runs, and would never end its turn.
        asyncio.get_running_loop().call_soon(self._cancel_task, turn)

    def _cancel_task(self, turn: Turn) -> None:
        task = self._tasks.get(turn.id)
        if task and turn.status == "running":
            task.cancel()

    async def _run(self, turn: Turn, store: Store, asker: Asker) -> None:
        try:
            await self._runner.run(turn, store, asker)
        finally:
            # Once the answer is stored the chat is free, and its next turn may be here already.
            if self._live.get(turn.chat_id) is turn:
                del self._live[turn.chat_id]
            self._tasks.pop(turn.id, None)
            self._heartbeat.ended()
            turn.log.close()

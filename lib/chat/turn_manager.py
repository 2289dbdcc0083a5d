"""The turns of this process. They belong to no tab, script run or request, and each ends in a message.

Three kinds of threads meet here:

- *callers*: Streamlit's script threads and the API's thread pool. They ask, attach, stop and drain.
- *the loop*: one event loop in a thread of its own (`lib.chat.background`). All turns, the heartbeat and the readers
  of remote turns are its tasks, and only it writes to a turn that runs (`lib.chat.turn_tasks`).
- *blocking threads*: the loop's executor, where the loop waits for the database.

`_live` maps a chat to the turn that runs in it here. A caller adds a turn once the store has it
(`lib.chat.admission`); the loop removes it once the answer is stored. Both are single dictionary operations, and
whoever iterates takes a copy first, so it needs no lock.

States of a turn: `running`, then exactly one of `complete`, `failed`, `stopped` (somebody asked) or `interrupted` (the
process ends, or ended). Whatever the state, the answer goes to the store once, and then the turn's `chunks` are closed.
While it runs it may wait for its user (`lib.chat.parking`): then it is live nowhere, until its user has decided.
"""

import logging
import time
from collections.abc import Callable, Iterable
from uuid import UUID, uuid4

from lib.agent.endpoints.agents import Agents
from lib.agent.events import Decision
from lib.agent.http.transport import Transport
from lib.chat import telemetry, waiting_turns
from lib.chat.admission import Admission
from lib.chat.background import Background
from lib.chat.heartbeat import Heartbeat
from lib.chat.log_writer import LogWriter
from lib.chat.recovery import Recovery
from lib.chat.remote_turns import RemoteTurns
from lib.chat.resumption import Resumption
from lib.chat.runner import Runner
from lib.chat.side_tasks import SideTasks
from lib.chat.turn import Question, Turn
from lib.chat.turn_tasks import TurnTasks
from lib.config import Settings
from lib.errors import NotWaiting, ShuttingDown
from lib.identity import AskedAs, Asker, User
from lib.store.models import Chat
from lib.store.store import Store
from lib.store.turn_registry import TurnRegistry

log = logging.getLogger("lakechat.turns")

CANCEL_SECONDS = 4


class TurnManager:
    """Starts, finds and stops turns. The public methods may be called from any thread."""

    def __init__(
        self,
        agents: Agents,
        turn_registry: TurnRegistry,
        side_tasks: SideTasks,
        transport: Transport,
        store_of: Callable[[User], Store],
        settings: Settings,
        keep_house: Callable[[], object],
    ) -> None:
        self.owner = str(uuid4())
        self._live: dict[UUID, Turn] = {}
        self._draining = False
        self._background = Background()
        self.recovery = Recovery(turn_registry, self.owner, store_of, self._is_live)
        self.recovery.when_recovered = self.clean_up
        self._admission = Admission(agents, self.owner, self._live, self.recovery, settings.running_answers_per_user)
        self._remote = RemoteTurns(self._background, self.recovery)
        log_writer = LogWriter(turn_registry, self.owner, self._live)
        self._heartbeat = Heartbeat(
            turn_registry, log_writer, self.owner, self._live, self._stop_here, self.recovery.check, keep_house
        )
        self._agents = agents
        self._transport = transport
        resumption = Resumption(agents, transport, turn_registry, log_writer, self.owner, self._live)
        runner = Runner(agents, transport, side_tasks, log_writer, self.owner, self._heartbeat, settings, resumption)
        self._turn_tasks = TurnTasks(self._background, runner, self._heartbeat, self._live)
        resumption.begin, self.recovery.go_on = self._turn_tasks.begin, resumption.go_on

    @property
    def running(self) -> int:
        """How many turns run here now."""
        return len(self._live)

    def ask(self, store: Store, asker: Asker, question: Question) -> Turn | None:
        """Keep the question and start its answer; None when these ids were used before and their turn has ended.

        Raises BadInput, NotFound, Gone, ChatBusy, MovedOn, TooMany, ShuttingDown or DatabaseUnavailable; then nothing
        was kept.
        """
        if self._draining:
            raise ShuttingDown
        began_ns = time.time_ns()
        turn = self._admission.admit(store, asker, question)
        if turn is None:
            same = self.attach(store, question.chat_id, is_owner=True)
            return same if same and same.id == question.turn_id else None
        telemetry.asked(turn, began_ns)
        self._turn_tasks.begin(turn, store, asker)
        return turn

    def attach(self, store: Store, chat_id: UUID, *, is_owner: bool) -> Turn | None:
        """The turn that runs in a chat, in this process or another, for reading; None when none runs.

        The caller must have checked whose chat it is. What its readers may see of it, the store knows. May raise
        DatabaseUnavailable.
        """
        live = self._live.get(chat_id)
        if live and is_owner:
            return live
        running = store.running_turn(chat_id)
        if running and not self._is_live(running.id) and self.recovery.check():
            running = store.running_turn(chat_id)
            live = self._live.get(chat_id)  # which may have taken it up
        if running and live and live.id == running.id:
            return live
        if running and running.is_waiting:
            return waiting_turns.shown_turn(store, chat_id, running)
        return self._remote.attach(store, chat_id, running, is_owner=is_owner) if running else None

    def decide(self, store: Store, asker: Asker, chat_id: UUID, *decisions: Decision) -> Turn:
        """Tell the agent that waits in a chat which calls it may make. If it asks for nothing else, it goes on here.

        Raises NotWaiting if one was decided, or is not asked for, and ShuttingDown or DatabaseUnavailable.
        """
        if self._draining:
            raise ShuttingDown
        turn = waiting_turns.claimed_turn(store, chat_id, self.owner, asker.user.id)
        is_asked = waiting_turns.decided(turn, decisions)
        telemetry.goes_on(turn)
        # If it is not, the turn is only parked again.
        self._live[chat_id] = turn
        self._turn_tasks.begin(turn, store, asker)
        if not is_asked:
            raise NotWaiting
        return turn

    def asks_as(self, asker: Asker) -> AskedAs | None:
        """With whose rights an agent is asked now."""
        return self._agents.asked_as(asker.access_token)

    def runs_here(self, chat_id: UUID) -> bool:
        return chat_id in self._live

    def recover_dead(self, chats: Iterable[Chat]) -> bool:
        """Check the turns that these chats show as running. Whether any was dead and has been ended."""
        at_work = (chat for chat in chats if chat.running and not chat.is_waiting)
        return any(chat.id not in self._live for chat in at_work) and self.recovery.check()

    def stop(self, store: Store, chat_id: UUID) -> bool:
        """Stop the running turn in whichever process it runs, keeping what has come. Whether there was one."""
        if turn := self._live.get(chat_id):
            if turn.status != "running":  # it has ended and is being stored
                return False
            self._stop_here(turn)
            return True
        # In this order: once this is asked for, no process lets the turn wait any more.
        is_asked = store.request_stop(chat_id)
        if is_asked and not waiting_turns.stop(store, chat_id, self.owner):
            # The process that should hear of it may have died.
            self.recovery.check()
        return is_asked

    def clean_up(self) -> None:
        """Soon: end dead turns, and purge the log rows of ended ones."""
        self._background.call(self._heartbeat.clean_up)

    def look_up_agents(self) -> None:
        """Soon: ask what the agents say of themselves."""
        self._background.spawn(self._agents.look_up(self._transport))

    def drain(self, timeout_seconds: float) -> None:
        """Refuse new questions, wait for running turns, then end the rest here.

        What an agent writes in the background goes on in another process; the others are interrupted, and what has come
        of them is kept.
        """
        self._draining = self.recovery.is_closed = True
        self._wait_for_end(timeout_seconds)
        for turn in list(self._live.values()):
            self._turn_tasks.interrupt(turn)
        self._wait_for_end(CANCEL_SECONDS)
        self._background.stop(self._transport.close())

    def _stop_here(self, turn: Turn) -> None:
        self._turn_tasks.cancel(turn)

    def _is_live(self, turn_id: UUID) -> bool:
        return any(turn.id == turn_id for turn in list(self._live.values()))

    def _wait_for_end(self, most_seconds: float) -> None:
        deadline = time.monotonic() + most_seconds
        while self._live and time.monotonic() < deadline:
            time.sleep(0.02)

"""Goes on with answers that agents write in the background, after the process that was reading one has ended.

A process that ends gives such a turn back, and one that dies leaves it: its log in the database tells where to go on.
Whichever process claims it reads the rest from the agent, so that nobody notices more than a pause.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from lib.agent.endpoints.agents import Agents
from lib.agent.http.transport import Transport
from lib.agent.prompt import Prompt
from lib.chat import telemetry
from lib.chat.log_writer import LogWriter
from lib.chat.recovery import SILENT_SECONDS
from lib.chat.replay import since_decision
from lib.chat.turn import Turn
from lib.errors import DatabaseUnavailable
from lib.identity import Asker, User
from lib.store.store import Store
from lib.store.turn_models import ClaimedTurn
from lib.store.turn_registry import TurnRegistry

MOST_RESUMED = 100
"""How many run here at once. The others are given back, to another process or until there is room here."""


class Resumption:
    """What concerns answers that agents write in the background."""

    def __init__(
        self,
        agents: Agents,
        transport: Transport,
        turn_registry: TurnRegistry,
        log_writer: LogWriter,
        owner: str,
        live: dict[UUID, Turn],
    ) -> None:
        """`live` are the turns that run here, by their chats; one that goes on here is added to them."""
        self._agents = agents
        self._transport = transport
        self._turn_registry = turn_registry
        self._log_writer = log_writer
        self._owner = owner
        self._live = live
        self._cancelling: set[asyncio.Task[None]] = set()
        self.begin: Callable[[Turn, Store, Asker], None] = lambda turn, store, asker: None
        """Runs a turn here."""

    def go_on(self, claimed: ClaimedTurn, store: Store, logged: Sequence[str]) -> bool:
        """Run the turn of a dead process here, if its agent goes on; False if not. Callable from any thread.

        This process signs in as itself, since the user's token has died with the other one. Raises DatabaseUnavailable.
        """
        bookmark = self._bookmark(claimed.agent, logged)
        if bookmark is None:
            return False
        if sum(turn.begun is not None for turn in list(self._live.values())) >= MOST_RESUMED:
            self._turn_registry.release_turn(self._owner, claimed.id, SILENT_SECONDS)
            return True
        turn = Turn.logged_as(claimed, claimed.chat_id, logged, bookmark)
        turn.user_id = claimed.user_id
        self._live[turn.chat_id] = turn
        telemetry.goes_on(turn)
        self.begin(turn, store, Asker(User(claimed.user_id, None, None, authenticated=False), None))
        return True

    async def given_back(self, turn: Turn) -> bool:
        """Let another process go on with the turn at once. False if none could. On the loop's thread."""
        await self._log_writer.flush()
        if self._bookmark(turn.agent, turn.log[: turn.logged]) is None:
            return False
        try:
            return await asyncio.to_thread(self._turn_registry.release_turn, self._owner, turn.id, SILENT_SECONDS)
        except DatabaseUnavailable:
            return False

    def cancel(self, turn: Turn, asker: Asker) -> None:
        """Soon: tell the agent of a turn that nobody waits for it any more. On the loop's thread."""
        if bookmark := self._bookmark(turn.agent, turn.log):
            prompt = Prompt(turn.chat_id, asker.user, (), asker.access_token, asked_as=turn.asked_as)
            cancelling = self._agents.get(turn.agent).cancel(bookmark, prompt, self._transport)
            task = asyncio.create_task(cancelling, name=f"cancel {turn.id}")
            self._cancelling.add(task)  # the loop itself would not keep it
            task.add_done_callback(self._cancelling.discard)

    def _bookmark(self, agent: str | None, logged: Sequence[str]) -> str | None:
        """None, too, for an agent that is no longer configured: no other has its answers."""
        if agent not in self._agents.names:
            return None
        return self._agents.get(agent).bookmark(since_decision(logged))

"""What a small model adds to chats while nobody waits for it: titles, next questions, and summaries for agents."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from uuid import UUID

from lib.agent.http.transport import Transport
from lib.chat.follow_ups import suggest_follow_ups, wants_follow_ups
from lib.chat.small_model import SmallModel
from lib.chat.summaries import SummaryPlan, summarise
from lib.chat.titles import generate_title
from lib.chat.turn import Turn
from lib.config import Settings
from lib.store.store import Store
from lib.workspace import Workspace

Work = Callable[[], Coroutine[Any, Any, None]]
log = logging.getLogger("lakechat.turns")


class SideTasks:
    """Runs on the turns' event loop. A failure costs nothing but what was asked for."""

    def __init__(self, model: SmallModel | None, *, suggests: bool, plan: SummaryPlan | None = None) -> None:
        """Without a model nothing is added. `suggests`: also questions, not only titles; `plan`: also summaries."""
        self._model = model
        self._suggests = suggests
        self._plan = plan
        self._summarised: dict[UUID, tuple[Turn, Store] | None] = {}
        """The chats that are being summarised, each with the answer that has ended meanwhile, if one has."""
        self._running: set[asyncio.Task[None]] = set()

    @classmethod
    def of(cls, settings: Settings, workspace: Workspace, transport: Transport) -> "SideTasks":
        endpoint = settings.title_endpoint
        model = SmallModel(endpoint, workspace, transport) if endpoint else None
        plan = SummaryPlan.of(settings) if settings.context_summary else None
        return cls(model, suggests=settings.follow_ups == "auto", plan=plan)

    def name_chat(self, turn: Turn, store: Store) -> None:
        """To be called once the answer has begun, so that its first word does not wait for a title."""
        turn.wants_title = False
        if self._model:
            self._start(turn, "title", partial(generate_title, self._model, store, turn.chat_id, turn.question))

    def suggest(self, turn: Turn, store: Store) -> None:
        """To be called once the answer is stored, so that its end does not wait for the questions."""
        if self._model and self._suggests and wants_follow_ups(turn):
            self._start(turn, "next questions", partial(suggest_follow_ups, self._model, store, turn))

    def summarise(self, turn: Turn, store: Store) -> None:
        """To be called once the answer is stored. Two answers of one chat do not begin the same work."""
        if not (self._model and self._plan and turn.is_stored):
            return
        if turn.chat_id in self._summarised:
            self._summarised[turn.chat_id] = turn, store
            return
        self._summarised[turn.chat_id] = None
        task = self._start(turn, "summary", partial(summarise, self._model, store, turn, self._plan))
        task.add_done_callback(lambda _: self._summarise_next(turn.chat_id))

    def _summarise_next(self, chat_id: UUID) -> None:
        if next_one := self._summarised.pop(chat_id):
            self.summarise(*next_one)

    def _start(self, turn: Turn, what: str, work: Work) -> asyncio.Task[None]:
        task = asyncio.create_task(_quietly(turn, what, work), name=f"{what} {turn.id}")
        self._running.add(task)  # the loop itself would not keep it
        task.add_done_callback(self._running.discard)
        return task


async def _quietly(turn: Turn, what: str, work: Work) -> None:
    try:
        await work()
    except Exception as error:  # its message may quote the conversation
        log.warning("Chat %s gets no %s from the model (%s).", turn.chat_id, what, type(error).__name__)

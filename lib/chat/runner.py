"""One turn from its question to its stored answer.

Everything here runs on the loop's thread, and one task runs one turn. To stop the answer, `TurnManager` cancels the
task, but only while the turn's status is `running`. Once it has another one, only the end of the process can keep the
answer from being stored.
"""

import asyncio
import logging
import traceback
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from lib.agent.answer import answer
from lib.agent.endpoints.agents import Agents
from lib.agent.http.transport import Transport
from lib.agent.prompt import Prompt
from lib.chat import telemetry
from lib.chat.answer_limit import AnswerLimit
from lib.chat.background import Throttle
from lib.chat.context import agent_messages, context_chars, summary_text, with_instructions
from lib.chat.date_line import date_line
from lib.chat.heartbeat import Heartbeat
from lib.chat.log_writer import LogWriter
from lib.chat.parking import Parking
from lib.chat.prompt_files import with_files
from lib.chat.resumption import Resumption
from lib.chat.side_tasks import SideTasks
from lib.chat.standing_approvals import approve_allowed
from lib.chat.turn import Turn
from lib.config import Settings
from lib.errors import AgentFailed, LakechatError
from lib.identity import Asker
from lib.messages.parts import ContextMessage, Text
from lib.store.context import Context
from lib.store.files import context_files
from lib.store.models import Status
from lib.store.store import Store

log = logging.getLogger("lakechat.turns")

NO_ANSWER = "The agent ended without an answer. Try again."
UNFORESEEN = "Something went wrong in the app while the answer was being written. Try again."


class Runner:
    """Asks the agent, takes in what it says, and stores the answer however it ends."""

    def __init__(
        self,
        agents: Agents,
        transport: Transport,
        side_tasks: SideTasks,
        log_writer: LogWriter,
        owner: str,
        heartbeat: Heartbeat,
        settings: Settings,
        resumption: Resumption,
    ) -> None:
        self._agents = agents
        self._side_tasks = side_tasks
        self._transport = transport
        self._log_writer = log_writer
        self._parking = Parking(log_writer, owner)
        self._heartbeat = heartbeat
        self._resumption = resumption
        self._history_chars = context_chars(settings)
        self._system_prompt = settings.system_prompt
        self._send_date = settings.send_date
        self._with_summary = settings.context_summary
        self._answer_bytes = settings.max_answer_bytes
        self._in_background = settings.agent_background != "off"

    async def run(self, turn: Turn, store: Store, asker: Asker) -> None:
        """Cancel it to stop the answer; what has come is stored all the same.

        A turn that is to wait for its user ends here, too, until the user has decided. So does one that another process
        goes on with when this one ends.
        """
        status = await self._answer(turn, store, asker)
        if status == "interrupted" and await self._resumption.given_back(turn):
            log.info("Turn %s goes on in another process.", turn.id)
            return
        if status == "waiting":
            turn.is_waiting = True
            telemetry.waits(turn)
            return
        turn.status = status
        await self._log_writer.flush()
        await self._save(turn, store)
        telemetry.ended(turn, self._agents.get(turn.agent))
        if status in ("stopped", "failed"):
            self._resumption.cancel(turn, asker)
        self._side_tasks.suggest(turn, store)
        self._side_tasks.summarise(turn, store)

    async def _answer(self, turn: Turn, store: Store, asker: Asker) -> Status | Literal["waiting"]:
        """Write the answer, and return how it ended."""
        try:
            await self._ask(turn, store, asker)
            if turn.answer.waits_for:
                return "waiting" if await self._parking.parked(turn, store) else "stopped"
        except asyncio.CancelledError:
            return "stopped" if turn.stop_requested else "interrupted"
        except LakechatError as error:
            turn.answer.fail(str(error))
            turn.failure = error.failure if isinstance(error, AgentFailed) else error.code
            return "failed"
        except Exception as error:
            # The message of an unforeseen error may quote the conversation; its traceback does not.
            log.error("Turn %s failed: %s\n%s", turn.id, type(error).__name__, _traceback(error))
            turn.answer.fail(UNFORESEEN)
            turn.failure = LakechatError.code
            return "failed"
        return "complete"

    async def _ask(self, turn: Turn, store: Store, asker: Asker) -> None:
        """Until the answer is whole, or its user has to decide something."""
        if not turn.answer.waits_for:
            await self._stream_answer(turn, store, asker)
        while await approve_allowed(turn, store, asker):
            await self._stream_answer(turn, store, asker)

    async def _stream_answer(self, turn: Turn, store: Store, asker: Asker) -> None:
        prompt = await self._prompt(turn, store, asker)
        agent = self._agents.get(turn.agent)
        if not turn.begun:
            turn.asked_as = agent.asked_as(asker.access_token)
        throttle, limit = Throttle(), AnswerLimit(self._answer_bytes)
        for _, chunk in turn.chunks.after(0) if turn.begun else ():
            limit.trim(chunk)  # what another process has kept counts, too
        asked = answer(agent, prompt, self._transport, turn.notify, turn.begun)
        with telemetry.agent_request(turn, agent):
            async with aclosing(asked) as chunks:
                async for chunk in chunks:
                    turn.take(limit.trim(chunk))
                    self._heartbeat.chunk_added(turn)
                    limit.check()
                    if turn.wants_title and turn.answer.has_text:
                        self._side_tasks.name_chat(turn, store)
                    await throttle.read(len(chunk.raw))
            turn.begun = None
            if turn.answer.is_empty:
                raise AgentFailed(NO_ANSWER, failure="no_answer")

    async def _prompt(self, turn: Turn, store: Store, asker: Asker) -> Prompt:
        if turn.begun:
            return Prompt(turn.chat_id, asker.user, (), asker.access_token, asked_as=turn.asked_as)
        said = await self._conversation(turn, store)
        if turn.answer.is_decided:
            # An agent that is asked twice to make a call makes it twice. So what was decided is logged first.
            await self._parking.logged(turn)
            said = [*said, ContextMessage("assistant", turn.answer.parts)]
        return Prompt(turn.chat_id, asker.user, said, asker.access_token, self._in_background)

    async def _conversation(self, turn: Turn, store: Store) -> list[ContextMessage]:
        """What the agent is sent: its instructions, what was said before, and the question."""
        context = await self._context(turn, store)
        said = context.said
        if any(message.files for message in said):
            text_chars = self._history_chars - len(turn.instructions)
            said = await asyncio.to_thread(with_files, store, said, text_chars)
        date = date_line(self._send_date, turn.time_zone, datetime.now(UTC))
        return with_instructions(said, self._system_prompt, turn.instructions, summary_text(context.summary), date)

    async def _context(self, turn: Turn, store: Store) -> Context[ContextMessage]:
        if turn.is_first or turn.earlier:
            question = ContextMessage("user", [Text(turn.question)], context_files(turn.attachments))
            return Context([*turn.earlier, question])
        read = partial(store.list_context, with_summary=self._with_summary)
        context = await asyncio.to_thread(read, turn.chat_id, turn.question_id, self._history_chars)
        return replace(context, said=agent_messages(context.said))

    async def _save(self, turn: Turn, store: Store) -> None:
        """Give the answer to the store, which keeps it until the database has it."""
        try:
            with turn.span.child("lakechat.turn.save"):
                await asyncio.to_thread(store.finish_turn, turn.ending())
            turn.is_stored = True
        except Exception as error:
            log.error("Turn %s could not be stored: %s\n%s", turn.id, type(error).__name__, _traceback(error))


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__))

"""What the agent reads of a chat in memory."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from uuid import UUID

from lib.messages.genie_id import PREFIX
from lib.messages.parts import ContextMessage
from lib.messages.serialise import parts_to_json
from lib.storable import storable_text
from lib.store.chat_record import ChatRecord
from lib.store.context import GENIE_MESSAGES, Context, ContextPlace, ContextSummary, LackingMessage, Unsummarised
from lib.store.files import context_files
from lib.store.memory_instructions import MemoryInstructions
from lib.store.models import Message


class MemoryContext(MemoryInstructions):
    """The part of `lib.store.memory.MemoryStore` for what agents read, and for its summaries."""

    def list_context(
        self, chat_id: UUID, question_id: UUID, max_chars: int, *, with_summary: bool = False
    ) -> Context[ContextMessage]:
        kept = self._context(chat_id, question_id, max_chars, with_summary)
        said = [ContextMessage(each.role, each.parts, context_files(each.attachments)) for each in kept.said]
        ids = self._genie_ids(chat_id, question_id)
        return Context([*said[:-1], *(replace(each, genie_ids=ids) for each in said[-1:])], kept.summary)

    def list_context_places(
        self, chat_id: UUID, leaf_id: UUID, max_chars: int, *, with_summary: bool = False
    ) -> Context[ContextPlace]:
        kept = self._context(chat_id, leaf_id, max_chars, with_summary)
        said = [ContextPlace(message.id, message.parent_id, message.role) for message in kept.said]
        return Context(said, kept.summary)

    def list_unsummarised(
        self, chat_id: UUID, leaf_id: UUID, max_chars: int, kept_chars: int, batch_chars: int
    ) -> Unsummarised:
        with self._chats.lock:
            record = self._chats.find(self._user.id, chat_id)
            branch = record.branch(leaf_id) if record else []
            summary = _summary_of(record, branch) if record else None
            instructions = len(self._instructions_in(record.chat) or "") if record else 0
        covered = [message.id for message in branch].index(summary.message_id) + 1 if summary else 0
        lacking = branch[covered:]
        totals = _totals(lacking)
        if not totals or totals[0] <= max_chars - instructions:
            return Unsummarised(summary.content if summary else "", [])
        over = [message for message, total in zip(lacking, totals, strict=True) if total > kept_chars - instructions]
        chars = accumulate(len(message.content) for message in over)
        batch = [message for message, total in zip(over, chars, strict=True) if total <= batch_chars] or over[:1]
        return Unsummarised(summary.content if summary else "", list(map(_lacking, batch)))

    def save_context_summary(self, chat_id: UUID, message_id: UUID, content: str) -> bool:
        with self._chats.lock:
            record = self._chats.owned(self._user.id, chat_id)
            if record is None or record.message(message_id) is None:
                return False
            record.summaries[message_id] = storable_text(content)
            return True

    def know_summary(self, chat_id: UUID, summary: ContextSummary | None) -> None:
        """One that the database has, also if the chat was only seen in a list."""
        with self._chats.lock:
            record = self._chats.find(self._user.id, chat_id)
            if record and summary:
                record.summaries[summary.message_id] = summary.content

    def _genie_ids(self, chat_id: UUID, question_id: UUID) -> tuple[str, ...]:
        with self._chats.lock:
            record = self._chats.find(self._user.id, chat_id)
            branch = record.branch(question_id)[-GENIE_MESSAGES:] if record else []
            answers_now = record.running.agent if record and record.running else None
        ids = [each.trace_id for each in branch if each.trace_id and each.agent == answers_now]
        return tuple(id for id in ids if id.startswith(PREFIX))

    def _context(self, chat_id: UUID, leaf_id: UUID, max_chars: int, with_summary: bool) -> Context[Message]:
        with self._chats.lock:
            record = self._chats.find(self._user.id, chat_id)
            if record is None:
                return Context([])
            branch = record.branch(leaf_id)
            max_chars -= len(self._instructions_in(record.chat) or "")
            totals = _totals(branch)
            is_cut = bool(totals) and totals[0] > max_chars
            summary = _summary_of(record, branch) if with_summary and is_cut else None
        max_chars -= len(summary.content) if summary else 0
        said = [
            message
            for message, total in zip(branch, totals, strict=True)
            if total <= max_chars or message.role == "system" or message is branch[-1]
        ]
        return Context(said, summary)


def _summary_of(record: ChatRecord, branch: Sequence[Message]) -> ContextSummary | None:
    """The one nearest to the end of the branch."""
    last = next((message.id for message in reversed(branch) if message.id in record.summaries), None)
    return ContextSummary(last, record.summaries[last]) if last else None


def _totals(branch: Sequence[Message]) -> list[int]:
    """For each message, how many characters it and all after it have, counted as in the database with its spaces."""
    chars = [len(json.dumps(parts_to_json(message.parts), ensure_ascii=False)) for message in reversed(branch)]
    return list(accumulate(chars))[::-1]


def _lacking(message: Message) -> LackingMessage:
    return LackingMessage(message.id, message.role, message.content, [file["name"] for file in message.attachments])

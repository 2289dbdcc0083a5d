"""Edits and search of chats in memory: rename, pin, archive, share, copy, search and vote."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from lib.errors import Gone
from lib.messages.path import open_leaf
from lib.store.chat_record import ChatRecord
from lib.store.edits import Edit
from lib.store.memory_files import MemoryFiles
from lib.store.memory_imports import MemoryImports
from lib.store.memory_search import MemorySearch
from lib.store.memory_table import MemoryTable
from lib.store.memory_tools import MemoryTools
from lib.store.memory_trash import MemoryTrash
from lib.store.models import Chat, Message, SharedChat, Vote
from lib.store.search_cursor import SearchCursor
from lib.store.search_hit import FoundChats, HitPage
from lib.store.sharing import as_shown
from lib.store.store import PAGE_LIMIT, PINNED_LIMIT
from lib.store.validation import MAX_STARTER_CHARS, valid_comment, valid_tags
from lib.tables.charts import Chart


class MemoryEdits(MemoryTrash, MemoryTable, MemoryImports, MemoryFiles, MemoryTools):
    """The part of `lib.store.memory.MemoryStore` that does not concern turns."""

    def list_pinned(self, limit: int = PINNED_LIMIT) -> list[Chat]:
        with self._chats.lock:
            chats = [record.chat for record in self._chats.of(self._user.id)]
        pinned = [(chat.pinned_at, chat.id, chat) for chat in chats if chat.pinned_at and not chat.archived_at]
        return [chat for _, _, chat in sorted(pinned, key=lambda each: each[:2], reverse=True)][:limit]

    def find_chat(self, chat_id: UUID) -> SharedChat | None:
        with self._chats.lock:
            record = self._chats.readable(self._user.id, chat_id)
            if record is None:
                return None
            is_owner = record.user_id == self._user.id
            chat = replace(record.chat, running=record.chat.running and record.running_for(self._user.id) is not None)
            return as_shown(SharedChat(**asdict(chat), is_owner=is_owner, owner_name=record.owner_name))

    def edit_chat(self, chat_id: UUID, edit: Edit) -> bool:
        with self._chats.lock:
            record = self._own(chat_id)
            if record is None or _lacks(record, edit.binds.get("snapshot_id")):
                return False
            record.chat = edit.applied(record.chat)
            return True

    def open_branch(self, chat_id: UUID, message_id: UUID) -> bool:
        with self._chats.lock:
            record = self._own(chat_id)
            running = record.running if record else None
            chosen = running.question_id if running and running.id == message_id else message_id
            if record is None or record.message(chosen) is None:
                return False
            record.leaf_id = open_leaf(record.messages, chosen, running.question_id if running else None)
            return True

    def copy_chat(self, chat_id: UUID, new_chat_id: UUID, until: UUID | None = None) -> bool:
        with self._chats.lock:
            if self._chats.find(self._user.id, new_chat_id):
                return True
            if not self._chats.has(new_chat_id) or self._chats.was_deleted(self._user.id, new_chat_id):
                self._chats.must_not_be_deleted(self._user.id, new_chat_id)
            source = self._chats.readable(self._user.id, chat_id)
            if source is None or self._chats.has(new_chat_id):
                return False
            if until and all(message.id != until for message in source.shown_to(self._user.id)):
                return False
            messages = source.branch(until) if until else _settled(source, self._user.id)
            now = datetime.now(UTC)
            agent, title = source.chat.agent, source.chat.title
            chat = Chat(new_chat_id, title, "user", "private", agent, None, None, now, now, running=False)
            if source.user_id == self._user.id:
                chat = replace(chat, uses_instructions=source.chat.uses_instructions)
            name = self._user.name or self._user.email
            self._chats.put(ChatRecord(self._user.id, chat, self._copied(messages, new_chat_id), owner_name=name))
            return True

    def _own(self, chat_id: UUID) -> ChatRecord | None:
        """The user's own chat. Raises Gone for one that was deleted."""
        record = self._chats.find(self._user.id, chat_id)
        if record is None and self._chats.was_deleted(self._user.id, chat_id):
            raise Gone
        return record

    def _copied(self, messages: list[Message], chat_id: UUID) -> list[Message]:
        """The files are copied with them."""
        copies: list[Message] = []
        for message in messages:
            copy = partial(self._chats.files.copy, source_id=message.chat_id, user_id=self._user.id, chat_id=chat_id)
            fields: dict[str, Any] = {
                "id": uuid4(),
                "chat_id": chat_id,
                "parent_id": copies[-1].id if copies else None,
                "attachments": list(map(copy, message.attachments)),
                "siblings": [],
                "trace_id": None,
                "usage": None,
                "asked_as": None,
                "started_at": None,
                "first_event_ms": None,
                "failure": None,
            }
            copies.append(replace(message, **fields))
        return copies

    def search(self, query: str, limit: int = PAGE_LIMIT, *, after: SearchCursor | None = None) -> HitPage:
        with self._chats.lock:
            return MemorySearch(self._chats.of(self._user.id), query, self._language).hits(limit, after)

    def search_chats(self, query: str, limit: int = PAGE_LIMIT, *, after: SearchCursor | None = None) -> FoundChats:
        with self._chats.lock:
            return MemorySearch(self._chats.of(self._user.id), query, self._language).chats(limit, after)

    def vote(
        self, message_id: UUID, is_upvoted: bool | None, comment: str | None = None, tags: Sequence[str] = ()
    ) -> bool:
        vote = None if is_upvoted is None else Vote(is_upvoted, valid_comment(comment), valid_tags(tags))
        with self._chats.lock:
            record = self._chats.with_message(self._user.id, message_id)
            answer = record.message(message_id) if record else None
            if record is None or answer is None or answer.role != "assistant":
                return False
            record.votes.pop((message_id, self._user.id), None)
            if vote:
                record.votes[message_id, self._user.id] = vote
            self._chats.assessments.note(answer, self._user, vote, is_own=record.user_id == self._user.id)
            return True

    def keep_chart(self, chat_id: UUID, message_id: UUID, chart: Chart | None) -> bool:
        with self._chats.lock:
            record = self._own(chat_id)
            answer = record.message(message_id) if record else None
            if record is None or answer is None or answer.role != "assistant":
                return False
            record.add(replace(answer, chart=chart))
            return True

    def votes(self, chat_id: UUID) -> dict[UUID, Vote]:
        with self._chats.lock:
            record = self._chats.readable(self._user.id, chat_id)
            with_delivery = self._chats.assessments.with_delivery
            return {
                message_id: with_delivery(vote, message_id, user_id)
                for (message_id, user_id), vote in (record.votes.items() if record else ())
                if user_id == self._user.id
            }

    def liked_questions(self, limit: int) -> list[str]:
        with self._chats.lock:
            liked = [text for record in self._chats.of(self._user.id) for text in _liked(record, self._user.id)]
        return list(dict.fromkeys(liked))[:limit]


def _liked(record: ChatRecord, user_id: str) -> Iterator[str]:
    """The beginnings of a chat whose answers its owner voted up, the last vote first."""
    for message_id, voter in reversed(record.votes):
        answer = record.message(message_id)
        question = record.message(answer.parent_id) if answer else None
        is_liked = voter == user_id and record.votes[message_id, voter].is_upvoted
        is_short = question and not question.attachments and len(question.content) <= MAX_STARTER_CHARS
        if question and is_liked and is_short and question.parent_id is None:
            yield question.content


def _lacks(record: ChatRecord, message_id: UUID | None) -> bool:
    return message_id is not None and record.is_whole and record.message(message_id) is None


def _settled(record: ChatRecord, user_id: str) -> list[Message]:
    """The branch that is open or shared, without a question that is still being answered."""
    branch = record.branch(None if record.user_id == user_id else record.chat.snapshot_id)
    running = record.running_for(user_id)
    is_asked = running and branch[-1:] and branch[-1].id == running.question_id
    return branch[:-1] if is_asked else branch

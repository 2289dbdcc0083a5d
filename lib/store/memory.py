"""A user's chats in memory, which are lost with the process. Ephemeral mode has no other store.

The chats of all users are in one `MemoryChats`. Every method takes its lock, which plays the part of a transaction:
what a method checks cannot change before it writes. The lock is reentrant because the methods call each other under it,
and no method waits for anything else while it holds it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from lib.errors import BadInput, ChatBusy
from lib.messages.parts import FollowUp, follow_ups_of
from lib.storable import storable
from lib.store.answer_ids import check_turn_ids
from lib.store.chat_record import ChatRecord, answer_message, question_message
from lib.store.cursor import Cursor
from lib.store.memory_messages import MemoryMessages
from lib.store.models import Chat, Ending, Message, NewTurn, Page, RunningTurn, Started
from lib.store.store import PAGE_LIMIT
from lib.store.turn_models import FoundTurn, LogReading, ParkedTurn


class MemoryStore(MemoryMessages):
    """See `lib.store.store.Store`."""

    def list_chats(
        self,
        limit: int = PAGE_LIMIT,
        *,
        older_than: UUID | Cursor | None = None,
        newer_than: UUID | Cursor | None = None,
        archived: bool = False,
    ) -> Page:
        with self._chats.lock:
            asked = older_than or newer_than
            cursor = asked if isinstance(asked, Cursor) else self._cursor(asked)
            mine = [record for record in self._chats.of(self._user_id) if bool(record.chat.archived_at) is archived]
            listed = sorted(((record.place(cursor.as_of), record.chat.id, record.chat) for record in mine), key=_place)
        here = (cursor.place, cursor.id)
        nearest = [each for each in listed if _place(each) > here] if newer_than else listed[::-1]
        if older_than:
            nearest = [each for each in nearest if _place(each) < here]
        page, has_more = nearest[:limit], len(nearest) > limit
        chats = [chat for _, _, chat in page]
        return Page(
            chats[::-1] if newer_than else chats,
            has_more,
            Cursor(cursor.as_of, *_place(page[-1])) if has_more else None,
        )

    def _cursor(self, chat_id: UUID | None) -> Cursor:
        """The chat's current place as a cursor. Without a chat, only its time counts."""
        as_of = self._chats.moved_at
        if chat_id is None:
            return Cursor(as_of, as_of, UUID(int=0))
        if chat := self.get_chat(chat_id):
            return Cursor(as_of, chat.updated_at, chat.id)
        raise BadInput("The cursor is not one of your chats.")

    def get_chat(self, chat_id: UUID) -> Chat | None:
        record = self._find(chat_id)
        return record.chat if record else None

    def start_turn(self, turn: NewTurn) -> Started:
        check_turn_ids(turn)
        with self._chats.lock:
            record = self._chats.open(self._user_id, turn)
            record.owner_name = self._user.name or self._user.email
            instructions = self._instructions_in(record.chat)
            if record.has_turn(turn.turn_id):
                agent = record.agent_of(turn.turn_id)
                return Started(agent, is_new=False, is_new_chat=False, instructions=instructions)
            if record.running:
                raise ChatBusy
            is_new_chat = not record.messages
            if record.message(turn.question_id) is None:
                record.add(question_message(turn, record.place_of(turn)))
            self._chats.begin(record, turn)
            agent = record.agent_of(turn.turn_id)
            return Started(agent, is_new=True, is_new_chat=is_new_chat, instructions=instructions)

    def finish_turn(self, ending: Ending) -> None:
        with self._chats.lock:
            record = self._chats.owned(self._user_id, ending.chat_id)
            if record is None or not _may_end(record, ending.turn_id):
                return
            if record.running and record.running.id == ending.turn_id:
                record.running, record.waiting_log = None, []
                record.chat = replace(record.chat, is_waiting=False)
            record.add(answer_message(ending, record.turns[ending.turn_id]))
            if record.leaf_id == ending.question_id:
                record.leaf_id = ending.turn_id
            self._chats.touch(record, ending.ended_at)
            record.chat = replace(record.chat, unread=True)

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        """Only of a turn that waits, or has waited: any other runs in this process, which follows it in memory."""
        with self._chats.lock:
            record = self._chats.with_turn(self._user_id, turn_id)
            running = record.running_for(self._user_id) if record else None
            if record is None or running is None or not record.waiting_log:
                return None
            return LogReading("running", record.waiting_log[after:], running.is_waiting)

    def park_turn(self, turn: ParkedTurn) -> bool:
        with self._chats.lock:
            record = self._chats.owned(self._user_id, turn.chat_id)
            if record is None or record.running is None or record.running.id != turn.turn_id:
                return False
            record.running, record.waiting_log = replace(record.running, is_waiting=True), list(turn.chunks)
            record.chat = replace(record.chat, is_waiting=True)
            return True

    def claim_waiting_turn(self, chat_id: UUID, owner: str) -> RunningTurn | None:
        with self._chats.lock:
            record = self._chats.owned(self._user_id, chat_id)
            if record is None or record.running is None or not record.running.is_waiting:
                return None
            record.running = replace(record.running, owner=owner, is_waiting=False)
            record.chat = replace(record.chat, is_waiting=False)
            return record.running

    def request_stop(self, chat_id: UUID) -> bool:
        return self.running_turn(chat_id) is not None

    def mark_read(self, chat_id: UUID) -> None:
        with self._chats.lock:
            record = self._find(chat_id)
            if record:
                record.chat = replace(record.chat, unread=False)

    def running_turn(self, chat_id: UUID) -> RunningTurn | None:
        with self._chats.lock:
            record = self._chats.readable(self._user_id, chat_id)
            return record.running_for(self._user_id) if record else None

    def find_turn(self, turn_id: UUID) -> FoundTurn | None:
        with self._chats.lock:
            record = self._chats.with_turn(self._user_id, turn_id)
            question_id = record.question_of(turn_id) if record else None
            question = record.message(question_id) if record else None
            if record is None or question is None:
                return None
            follows, asked_at = question.parent_id, question.created_at
            return FoundTurn(turn_id, record.chat.id, question.id, follows, record.agent_of(turn_id), asked_at)

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        with self._chats.lock:
            record = self._chats.owned(self._user_id, chat_id)
            if record is None or record.chat.title_source != "question":
                return False
            record.chat = replace(record.chat, title=storable(title), title_source="model")
            return True

    def add_follow_ups(self, chat_id: UUID, answer_id: UUID, questions: Sequence[str]) -> bool:
        with self._chats.lock:
            record = self._chats.owned(self._user_id, chat_id)
            answer = record.message(answer_id) if record and record.open_leaf == answer_id else None
            if record is None or answer is None or not _lacks_follow_ups(answer):
                return False
            record.add(replace(answer, parts=[*answer.parts, *(FollowUp(storable(each)) for each in questions)]))
            record.changes += 1
            return True


def _lacks_follow_ups(message: Message) -> bool:
    return message.role == "assistant" and message.status == "complete" and not follow_ups_of(message.parts)


def _may_end(record: ChatRecord, turn_id: UUID) -> bool:
    """A turn ends once, and a second time if it was taken for dead before and ended as interrupted."""
    ended = next((message.status for message in record.messages if message.id == turn_id), "interrupted")
    return turn_id in record.turns and ended == "interrupted"


def _place(listed: tuple[datetime, UUID, Chat]) -> tuple[datetime, UUID]:
    return listed[:2]

"""What readers find of the chats in memory that others share: as in sql/migrations/0017_sharing.sql."""

from collections import OrderedDict
from uuid import UUID

from lib.store.chat_record import ChatRecord
from lib.store.sharing import as_of_now


class SharedRecords:
    """The part of `lib.store.memory_chats.MemoryChats` for chats that are not the user's own."""

    def __init__(self) -> None:
        self._records: OrderedDict[UUID, ChatRecord] = OrderedDict()

    def current(self, chat_id: UUID) -> ChatRecord | None:
        """Private, if the time of sharing is over."""
        record = self._records.get(chat_id)
        if record:
            record.chat = as_of_now(record.chat)
        return record

    def readable(self, user_id: str, chat_id: UUID) -> ChatRecord | None:
        """The user's own chat, or a shared one, of which `ChatRecord.shown_to` is to be read."""
        record = self.current(chat_id)
        return record if record and (record.user_id == user_id or record.chat.visibility == "public") else None

    def with_message(self, user_id: str, message_id: UUID) -> ChatRecord | None:
        """The record of the chat with that message, if the user may read it."""
        for chat_id, record in self._records.items():
            if record.message(message_id):
                return self._if_shown(user_id, chat_id, message_id)
        return None

    def with_turn(self, user_id: str, turn_id: UUID) -> ChatRecord | None:
        """The record of the chat in which the turn runs or has ended, if the user may read its answer."""
        for chat_id, record in self._records.items():
            if record.has_turn(turn_id):
                running = record.running_for(user_id)
                if running and running.id == turn_id:
                    return self.readable(user_id, chat_id)
                return self._if_shown(user_id, chat_id, turn_id)
        return None

    def _if_shown(self, user_id: str, chat_id: UUID, message_id: UUID) -> ChatRecord | None:
        record = self.readable(user_id, chat_id)
        if record is None or record.user_id == user_id:
            return record
        return record if any(message.id == message_id for message in record.shown_to(user_id)) else None

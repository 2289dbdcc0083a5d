"""The part of `MemoryStore` that takes chats from elsewhere, as long as there is room."""

from contextlib import suppress

from lib.errors import NoSuchFile
from lib.identity import User
from lib.store.chat_record import MAX_MESSAGES_A_CHAT, ChatRecord
from lib.store.imports import (
    IMPORTED,
    ImportedChat,
    ImportOutcome,
    as_stored,
    first_possible,
    possible_ids,
    with_id,
)
from lib.store.memory_chats import MemoryChats


class MemoryImports:
    def __init__(self, chats: MemoryChats, user: User) -> None:
        self._chats = chats
        self._user = user

    def import_chat(self, chat: ImportedChat) -> ImportOutcome:
        chat = as_stored(chat)
        ids = possible_ids(chat, self._user.id)
        with self._chats.lock:
            if known := next(filter(None, (self._chats.owned(self._user.id, id) for id in ids)), None):
                return ImportOutcome("in_trash") if known.chat.deleted_at else _unchanged(known, chat)
            if len(chat.messages) > MAX_MESSAGES_A_CHAT or self._chats.is_full():
                return ImportOutcome("no_room")
            return first_possible(chat, ids, self._attempt)

    def _attempt(self, chat: ImportedChat) -> ImportOutcome | None:
        if any(map(self._chats.is_used, (chat.chat.id, *(each.message.id for each in chat.messages)))):
            return None
        self._chats.put(self._made(chat))
        attachments = [attachment for each in chat.messages for attachment in each.message.attachments]
        with suppress(NoSuchFile):  # a file in another chat stays there
            self._chats.files.claim(self._user.id, chat.chat.id, attachments)
        return IMPORTED

    def _made(self, chat: ImportedChat) -> ChatRecord:
        record = ChatRecord(
            self._user.id,
            chat.chat,
            [each.message for each in chat.messages],
            chat.leaf_id,
            owner_name=self._user.name or self._user.email,
        )
        for each in chat.messages:
            if each.vote and each.message.role == "assistant":
                record.votes[each.message.id, self._user.id] = each.vote
        return record


def _unchanged(known: ChatRecord, chat: ImportedChat) -> ImportOutcome:
    ids = {message.id for message in known.messages}
    return ImportOutcome("unchanged", sum(each.message.id not in ids for each in with_id(chat, known.chat.id).messages))

"""The part of `MemoryStore` that keeps the files of questions."""

from collections.abc import Sequence
from uuid import UUID

from lib.errors import NoSuchFile
from lib.identity import User
from lib.storable import storable_text
from lib.store.files import Attachment, StoredFile, check_room, kept, kept_ids
from lib.store.files_in_memory import FileRecord
from lib.store.memory_chats import MemoryChats
from lib.store.models import Message


class MemoryFiles:
    _chats: MemoryChats
    _user: User

    def add_file(self, file_id: UUID, name: str, content_type: str, content: bytes) -> Attachment:
        if self._chats.files.get(file_id) is None:
            check_room(*self._chats.files.unasked(self._user.id), len(content))
        attachment = kept(file_id, storable_text(name), content_type, len(content))
        record = FileRecord(self._user.id, StoredFile(attachment, content))
        there = self._chats.files.put(file_id, record)
        if there.user_id != self._user.id:
            raise NoSuchFile
        return there.file.attachment

    def find_files(self, file_ids: Sequence[UUID]) -> list[Attachment]:
        records = map(self._chats.files.get, file_ids)
        return [each.file.attachment for each in records if each and each.user_id == self._user.id]

    def read_file(self, file_id: UUID) -> StoredFile | None:
        record = self._chats.files.get(file_id)
        if record is None:
            return None
        if record.user_id == self._user.id and record.chat_id is None:
            return record.file
        with self._chats.lock:
            chat = self._chats.readable(self._user.id, record.chat_id) if record.chat_id else None
            is_own = chat is not None and chat.user_id == self._user.id
            return record.file if chat and (is_own or _shows(chat.shown_to(self._user.id), file_id)) else None


def _shows(shown: Sequence[Message], file_id: UUID) -> bool:
    return any(file_id in kept_ids(message.attachments) for message in shown)

"""The files of questions in memory, bounded by their bytes: those of all users together, the oldest make room."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from uuid import UUID, uuid4

from lib.errors import NoSuchFile
from lib.store.files import Attachment, StoredFile, kept_ids

MAX_BYTES = 200 * 1024 * 1024


@dataclass
class FileRecord:
    user_id: str
    file: StoredFile
    chat_id: UUID | None = None
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class FilesInMemory:
    """Has a lock of its own, because several `MemoryChats` may share it."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._lock = RLock()
        self._max_bytes = max_bytes
        self._records: OrderedDict[UUID, FileRecord] = OrderedDict()

    def get(self, file_id: UUID) -> FileRecord | None:
        return self._records.get(file_id)

    def unasked(self, user_id: str) -> tuple[int, int]:
        """How many files of the user's are in no chat yet, and their bytes together."""
        with self._lock:
            theirs = [each for each in self._records.values() if each.user_id == user_id and each.chat_id is None]
        return len(theirs), sum(len(each.file.content) for each in theirs)

    def put(self, file_id: UUID, record: FileRecord) -> FileRecord:
        """What there is under this id now: a file that was there stays."""
        with self._lock:
            there = self._records.setdefault(file_id, record)
            while sum(len(each.file.content) for each in self._records.values()) > self._max_bytes:
                self._records.popitem(last=False)
            return there

    def claim(self, user_id: str, chat_id: UUID, attachments: Iterable[Attachment]) -> None:
        """Put files into a chat. Raises NoSuchFile, and changes nothing, unless they are the user's and free for it."""
        with self._lock:
            records = [self._records.get(id) for id in kept_ids(attachments)]
            if not all(each and each.user_id == user_id and each.chat_id in (None, chat_id) for each in records):
                raise NoSuchFile
            for record in filter(None, records):
                record.chat_id = chat_id

    def copy(self, attachment: Attachment, source_id: UUID, user_id: str, chat_id: UUID) -> Attachment:
        """The attachment of a copied message, with a copy of its file if that is still here."""
        record = self._records.get(UUID(attachment["id"])) if "id" in attachment else None
        plain = Attachment(**{**attachment})
        plain.pop("id", None)
        if record is None or record.chat_id != source_id:
            return plain
        copy_id = uuid4()
        copied = Attachment(**{**plain, "id": str(copy_id)})
        self.put(copy_id, FileRecord(user_id, StoredFile(copied, record.file.content), chat_id))
        return copied

    def remove(self, is_gone: Callable[[FileRecord], bool]) -> int:
        """How many there were."""
        with self._lock:
            gone = [file_id for file_id, record in self._records.items() if is_gone(record)]
            for file_id in gone:
                del self._records[file_id]
        return len(gone)

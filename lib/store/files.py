"""The files of questions: what is told of each, the bytes of those that are kept, and how a store keeps them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NotRequired, Protocol
from uuid import UUID

# pydantic, which reads the journal, accepts no other TypedDict before Python 3.12.
from typing_extensions import TypedDict

from lib.attachments.limits import MAX_UNASKED_BYTES, MAX_UNASKED_FILES
from lib.errors import TooMany
from lib.messages.files import KeptFile


class Attachment(TypedDict):
    """The description of a file that belongs to a question.

    With an `id` the file is kept, and `Files.read_file` gives it. Without one it is elsewhere: where, `url` may say.
    """

    id: NotRequired[str]
    """A UUID."""
    name: str
    content_type: str
    size: int | None
    """In bytes."""
    url: str | None


TOO_MANY_UNASKED = (
    f"At most {MAX_UNASKED_FILES:,} files of a user, {MAX_UNASKED_BYTES // 1_000_000:,} MB together, may wait for "
    "their questions. Ask about some first, or wait: they are deleted after a day."
)
WAIT_SECONDS = 3_600


@dataclass(frozen=True)
class StoredFile:
    attachment: Attachment
    content: bytes


class Files(Protocol):
    """A file is stored first, and belongs to a chat once a question of the user's has it among its attachments."""

    def add_file(self, file_id: UUID, name: str, content_type: str, content: bytes) -> Attachment:
        """Repeated with the same id it changes nothing. Raises NoSuchFile for an id that is somebody else's.

        A file whose question is not asked within a day is deleted. Raises TooMany if too many of the user's wait for
        theirs, and FilesUnavailable if the Volume fails.
        """

    def find_files(self, file_ids: Sequence[UUID]) -> list[Attachment]:
        """What is told of those files that are the user's own, in no order. Reads none of them."""

    def read_file(self, file_id: UUID) -> StoredFile | None:
        """One of the user's own files, or one of a message that they may read. Raises FilesUnavailable."""


def check_room(files: int, size_bytes: int, more_bytes: int) -> None:
    """For one more file of a user who has so many whose questions are not asked yet. Raises TooMany."""
    if files >= MAX_UNASKED_FILES or size_bytes + more_bytes > MAX_UNASKED_BYTES:
        raise TooMany(TOO_MANY_UNASKED, WAIT_SECONDS)


def joined(ids: Iterable[UUID]) -> str:
    """For a statement, which makes an array of it."""
    return ",".join(map(str, ids))


def kept_ids(attachments: Iterable[Attachment]) -> list[UUID]:
    return [UUID(each["id"]) for each in attachments if "id" in each]


def kept(file_id: UUID, name: str, content_type: str, size_bytes: int) -> Attachment:
    return Attachment(id=str(file_id), name=name, content_type=content_type, size=size_bytes, url=None)


def context_files(attachments: Iterable[Attachment]) -> list[KeptFile]:
    """The files that are kept, for the conversation that an agent is sent."""
    return [KeptFile(UUID(each["id"]), each["name"], each["content_type"]) for each in attachments if "id" in each]

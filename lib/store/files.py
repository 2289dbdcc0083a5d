"""The files of questions: what is told of each, and the bytes of those that are kept."""

from dataclasses import dataclass
from typing import NotRequired

# pydantic, which reads the journal, accepts no other TypedDict before Python 3.12.
from typing_extensions import TypedDict


class Attachment(TypedDict):
    """The description of a file that belongs to a question.

    With an `id` the file is kept, and `Store.read_file` gives it. Without one it is elsewhere: where, `url` may say.
    """

    id: NotRequired[str]
    """A UUID."""
    name: str
    content_type: str
    size: int | None
    """In bytes."""
    url: str | None


@dataclass(frozen=True)
class StoredFile:
    attachment: Attachment
    content: bytes

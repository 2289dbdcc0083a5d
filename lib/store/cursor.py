"""A place in a user's list of chats, given by times: it stays when the chats around it move or are deleted."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from lib.errors import BadInput

MAX_AGE = timedelta(hours=23)
"""A little less than the day for which moves of chats are kept (start_turn in sql/turns.sql)."""
_FORM = struct.Struct(">qq16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PADDING = "="


@dataclass(frozen=True)
class Cursor:
    """The place of the chat `id` in the list as it was at `as_of`. The chat had last been active at `place`."""

    as_of: datetime
    place: datetime
    id: UUID

    def __str__(self) -> str:
        """43 characters that need no escaping in a URL."""
        packed = _FORM.pack(_microseconds(self.as_of), _microseconds(self.place), self.id.bytes)
        return urlsafe_b64encode(packed).decode().rstrip(_PADDING)

    @classmethod
    def after_trashed(cls, deleted_at: datetime, chat_id: UUID) -> "Cursor":
        """A place in the trash, in which nothing moves: it has no age."""
        return cls(deleted_at, deleted_at, chat_id)

    @property
    def is_too_old(self) -> bool:
        return datetime.now(UTC) - self.as_of > MAX_AGE


def parse(text: str) -> UUID | Cursor:
    """A chat's id, or the text of a cursor. Raises BadInput for anything else."""
    try:
        return UUID(text)
    except ValueError:
        pass
    try:
        packed = urlsafe_b64decode(text.encode("ascii") + _PADDING.encode())
        as_of, place, id = _FORM.unpack(packed)
        return Cursor(_time(as_of), _time(place), UUID(bytes=id))
    except (Error, struct.error, ValueError, OverflowError) as error:
        raise BadInput("The cursor is neither a chat's id nor one that was given out here.") from error


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def _time(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND

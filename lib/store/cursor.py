"""A place in the list of chats by value, which stays the same when chats move or are deleted."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from lib.errors import BadInput

MAX_AGE = timedelta(hours=23)
"""Moves of chats are kept for a day (sql/turns.sql)."""
_FORM = struct.Struct(">qq16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PADDING = "="


@dataclass(frozen=True)
class Cursor:
    """Next to the chat `id`, which was last active at `place`, in the list as it was at `as_of`."""

    as_of: datetime
    place: datetime
    id: UUID

    def __str__(self) -> str:
        """43 characters that need no escaping in a URL."""
        packed = _FORM.pack(_microseconds(self.as_of), _microseconds(self.place), self.id.bytes)
        return urlsafe_b64encode(packed).decode().rstrip(_PADDING)

    @property
    def is_too_old(self) -> bool:
        return datetime.now(UTC) - self.as_of > MAX_AGE


def parse(text: str) -> UUID | Cursor:
    """A chat's id, or a cursor as it was given out. Raises BadInput."""
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

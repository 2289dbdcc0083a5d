"""A place in the results of a search by value, which stays the same when chats are added, moved or deleted."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from uuid import UUID

from lib.errors import BadInput

_FORM = struct.Struct(">Bq16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PADDING = "=" * 2
_NO_ID = UUID(int=0)


class Stage(IntEnum):
    """The order of results: the titles, then what was said, each the newest first, then titles with a typo."""

    TITLES = 1
    MESSAGES = 2
    SIMILAR_TITLES = 3


@dataclass(frozen=True)
class SearchCursor:
    """After a title by its chat's last activity and id, or after a message by its number."""

    stage: Stage
    place: int
    """Microseconds since 1970, or the number of a message."""
    id: UUID = _NO_ID

    @classmethod
    def after_title(cls, stage: Stage, updated_at: datetime, chat_id: UUID) -> "SearchCursor":
        return cls(stage, (updated_at - _EPOCH) // _MICROSECOND, chat_id)

    @classmethod
    def after_message(cls, seq: int) -> "SearchCursor":
        return cls(Stage.MESSAGES, seq)

    @property
    def updated_at(self) -> datetime:
        return _EPOCH + self.place * _MICROSECOND

    def __str__(self) -> str:
        """34 characters that need no escaping in a URL."""
        return urlsafe_b64encode(_FORM.pack(self.stage, self.place, self.id.bytes)).decode().rstrip("=")


def parse_search_cursor(text: str) -> SearchCursor:
    """A cursor as it was given out. Raises BadInput."""
    try:
        stage, place, id = _FORM.unpack(urlsafe_b64decode(text.encode("ascii") + _PADDING.encode()))
        cursor = SearchCursor(Stage(stage), place, UUID(bytes=id))
        if cursor.stage != Stage.MESSAGES:
            _ = cursor.updated_at
    except (Error, struct.error, ValueError, OverflowError) as error:
        raise BadInput("The cursor is none that a search has given out.") from error
    return cursor

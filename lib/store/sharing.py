"""When a chat is shared, and what its readers see of it.

`visibility` of a chat is "public" while others may read it, whatever the limits. The limits are `shared_until`, and
`snapshot_id` for a chat that is shared as it was at that message. Whether a time is over, the database says for its
chats, and `as_of_now` for those in memory.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from lib.errors import BadInput
from lib.store.models import Chat, SharedChat

MAX_SHARED_DAYS = 3_660
"""Ten years. What is further away is a typing error."""


def shared(chat: Chat, until: datetime | None, snapshot_id: UUID | None) -> Chat:
    """Since when it is shared stays the same where only the end is another."""
    is_same = chat.visibility == "public" and chat.snapshot_id == snapshot_id
    since = chat.shared_at if is_same and chat.shared_at else datetime.now(UTC)
    return replace(chat, visibility="public", shared_at=since, shared_until=until, snapshot_id=snapshot_id)


def unshared(chat: Chat) -> Chat:
    return replace(chat, visibility="private", shared_at=None, shared_until=None, snapshot_id=None)


def as_of_now(chat: Chat) -> Chat:
    """Private, if the time of sharing is over."""
    return unshared(chat) if chat.shared_until and chat.shared_until <= datetime.now(UTC) else chat


def as_shown(chat: SharedChat) -> SharedChat:
    """As the user may see it. Only its owner learns whether it is pinned, archived or unread, or asked in another way.

    Of a snapshot, nobody else learns whether something was said later.
    """
    if chat.is_owner:
        return chat
    seen_at = chat.shared_at if chat.snapshot_id and chat.shared_at else chat.updated_at
    shown = replace(chat, pinned_at=None, archived_at=None, unread=False, is_waiting=False, updated_at=seen_at)
    return replace(shown, uses_instructions=True, allows_tools=False)


def shown_of(*, running: bool, is_followed: bool, **row: Any) -> SharedChat:
    """Of a row of the query find_chat."""
    return as_shown(SharedChat(**row, running=running and is_followed))


def valid_until(until: datetime | None) -> datetime | None:
    """Raises BadInput for a time without a time zone, one that is over, and one too far away."""
    if until is None:
        return None
    if until.tzinfo is None:
        raise BadInput("The end of sharing needs a time zone.")
    now = datetime.now(UTC)
    if until <= now:
        raise BadInput("The end of sharing has to be in the future.")
    if until - now > timedelta(days=MAX_SHARED_DAYS):
        raise BadInput("The end of sharing can be ten years from now at most.")
    return until

"""How an owner changes a chat. Each edit says once what it does to a row in Postgres and to a chat in memory.

A new edit is a function here and a named query in `sql/chats.sql`. Every store makes it, the guard refuses it while the
database is away, and the change feed announces it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lib.errors import BadInput
from lib.store.models import Chat
from lib.store.sharing import shared, unshared, valid_until
from lib.store.validation import valid_title, valid_visibility


@dataclass(frozen=True)
class Edit:
    """Made twice, it changes nothing more. `query` also takes the ids of the chat and of its owner."""

    query: str
    binds: dict[str, Any]
    applied: Callable[[Chat], Chat]


def rename(title: str) -> Edit:
    """Raises BadInput for a title that is empty or longer than 80 characters."""
    title = valid_title(title)
    return Edit("rename_chat", {"title": title}, lambda chat: replace(chat, title=title, title_source="user"))


def pin(pinned: bool) -> Edit:
    """Pin or unpin. Pinning again keeps the first time."""
    return Edit(
        "pin_chat", {"pinned": pinned}, lambda chat: replace(chat, pinned_at=_since(chat.pinned_at) if pinned else None)
    )


def archive(archived: bool) -> Edit:
    """Archive or unarchive. Archiving again keeps the first time."""
    return Edit(
        "archive_chat",
        {"archived": archived},
        lambda chat: replace(chat, archived_at=_since(chat.archived_at) if archived else None),
    )


def use_instructions(used: bool) -> Edit:
    """Ask the chat's questions with the user's standing instructions, or without."""
    return Edit("use_instructions", {"used": used}, lambda chat: replace(chat, uses_instructions=used))


def set_visibility(visibility: str, *, until: datetime | None = None, snapshot_id: UUID | None = None) -> Edit:
    """Private, or public: until a time, and with what led to a message of the chat; None: without that limit.

    Raises BadInput for anything but private and public, for limits of what is
    private, and for what `lib.store.sharing.valid_until` refuses.
    """
    visibility, until = valid_visibility(visibility), valid_until(until)
    if visibility == "private" and (until or snapshot_id):
        raise BadInput("A private chat is not shared, so its sharing has no end and no snapshot.")
    return Edit(
        "set_visibility",
        {"visibility": visibility, "until": until, "snapshot_id": snapshot_id},
        lambda chat: shared(chat, until, snapshot_id) if visibility == "public" else unshared(chat),
    )


def _since(at: datetime | None) -> datetime:
    return at or datetime.now(UTC)

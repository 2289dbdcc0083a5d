"""Shares a chat with readers: live, or as it is now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from lib.errors import BadInput
from lib.store import bulk_edits, edits
from lib.store.models import Chat
from lib.store.sharing import as_of_now
from lib.store.store import Store

NOTHING_SAID = "Nothing was said in this chat yet, so there is nothing to share of it."


def share(store: Store, chat_id: UUID, *, is_snapshot: bool, until: datetime | None) -> bool:
    """Whether there was such a chat of the user's. Raises Gone, and BadInput for an unfit time or an empty snapshot."""
    last = last_said(store, chat_id) if is_snapshot else None
    if is_snapshot and last is None and store.get_chat(chat_id):
        raise BadInput(NOTHING_SAID)
    return store.edit_chat(chat_id, edits.set_visibility("public", until=until, snapshot_id=last))


def share_again(store: Store, chats: Sequence[Chat], chat_ids: Sequence[UUID]) -> list[UUID]:
    """Take it back that these of the chats were made private: each is shared as it was, with its limits.

    Those without limits at once. A time that is over by now stays over. Returns those that are shared again.
    """
    limited = [chat for chat in chats if chat.id in chat_ids and (chat.shared_until or chat.snapshot_id)]
    free = [chat_id for chat_id in chat_ids if chat_id not in {chat.id for chat in limited}]
    shared = store.edit_chats(free, bulk_edits.set_visibility("public")) if free else []
    return [*shared, *(chat.id for chat in limited if _share_as_before(store, chat))]


def _share_as_before(store: Store, chat: Chat) -> bool:
    if as_of_now(chat).visibility == "private":
        return False
    edit = edits.set_visibility("public", until=chat.shared_until, snapshot_id=chat.snapshot_id)
    return store.edit_chat(chat.id, edit)


def last_said(store: Store, chat_id: UUID) -> UUID | None:
    """Where a snapshot of the open branch ends: before a question that is being answered, unless that is the first."""
    messages, running = store.list_messages(chat_id, 2), store.running_turn(chat_id)
    if running and len(messages) > 1 and messages[-1].id == running.question_id:
        messages.pop()
    return messages[-1].id if messages else None


def may_follow(store: Store, chat_id: UUID, turn_id: UUID) -> bool:
    """Whether a reader may still see the answer that is being written, or has just been stored."""
    running = store.running_turn(chat_id)
    return (running is not None and running.id == turn_id) or store.get_message(turn_id) is not None

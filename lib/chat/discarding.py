"""Takes chats away: to the trash, or for good. A running answer is stopped first."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lib.chat.turn_manager import TurnManager
from lib.store.models import Chat
from lib.store.store import Store


@dataclass(frozen=True)
class Erased:
    """`votes` are those on other users' answers."""

    chats: int
    messages: int
    votes: int


def trash(turns: TurnManager, store: Store, chat_id: UUID, trash_days: int) -> bool:
    """Move a chat to the trash, or delete it for good if the trash keeps nothing. Whether there was such a chat.

    Repeated, it changes nothing. Raises Gone for a chat that was deleted.
    """
    is_listed = store.get_chat(chat_id) is not None
    if is_listed:
        turns.stop(store, chat_id)
        if not trash_days:
            return store.delete_chat(chat_id)
    return store.trash_chat(chat_id)


def trash_several(turns: TurnManager, store: Store, chats: Sequence[Chat], trash_days: int) -> list[UUID]:
    """As `trash`, of several chats in one statement. Returns those that went."""
    for chat in chats:
        if chat.running:
            turns.stop(store, chat.id)
    ids = [chat.id for chat in chats]
    return store.trash_chats(ids) if trash_days else store.delete_chats(ids)


def delete(turns: TurnManager, store: Store, chat_id: UUID) -> bool:
    """Delete a chat for good, in the trash or not. Whether there was such a chat."""
    if store.get_chat(chat_id) is None and not store.was_deleted(chat_id):
        return False
    turns.stop(store, chat_id)
    return store.delete_chat(chat_id)


def delete_all(turns: TurnManager, store: Store) -> Erased:
    """Delete all chats of a user for good, in the trash or not. If it breaks off, repeat it, and it goes on."""
    for chat_id in store.list_running_chats():
        turns.stop(store, chat_id)
    chats = messages = 0
    while (deleted := store.delete_some_chats()).chat_ids:
        chats, messages = chats + len(deleted.chat_ids), messages + deleted.messages
    return Erased(chats, messages, votes=0)


def erase(turns: TurnManager, store: Store) -> Erased:
    """Delete everything that is a user's. Whoever comes again begins anew."""
    chats = delete_all(turns, store)
    return Erased(chats.chats, chats.messages, store.forget_user())

"""What happens to chats in this process, for pages that stand open: they ask here, as often as they like."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, cast
from uuid import UUID

from lib.store.store import Store

MAX_REMEMBERED = 20_000
"""Of users and chats: those that were changed last."""
Key = UUID | str


class News:
    """Each change has a number; of each chat, and of each user's chats, the last one is remembered."""

    def __init__(self) -> None:
        self.number = 0
        self._last: OrderedDict[Key, int] = OrderedDict()
        self._lock = Lock()

    def tell(self, *of: Key) -> None:
        with self._lock:
            self.number += 1
            for key in of:
                self._last[key] = self.number
                self._last.move_to_end(key)
            while len(self._last) > MAX_REMEMBERED:
                self._last.popitem(last=False)

    def since(self, number: int, *of: Key) -> bool:
        """Whether something has happened to one of these after that number."""
        return any(self._last.get(key, 0) > number for key in of)


_CHANGED: dict[str, Callable[..., UUID]] = {
    "start_turn": lambda turn: turn.chat_id,
    "finish_turn": lambda ending: ending.chat_id,
    "set_generated_title": lambda chat_id, _title: chat_id,
    "rename_chat": lambda chat_id, _title: chat_id,
    "pin_chat": lambda chat_id, _pinned: chat_id,
    "archive_chat": lambda chat_id, _archived: chat_id,
    "set_visibility": lambda chat_id, _visibility: chat_id,
    "delete_chat": lambda chat_id: chat_id,
    "copy_chat": lambda _chat_id, new_chat_id: new_chat_id,
}
"""The methods of a store that others see the effect of, with the chat that they change."""


def told(store: Store, user_id: str, news: News) -> Store:
    """The same store, whose changes are told once they are made."""
    return cast(Store, _Told(store, user_id, news))


class _Told:
    def __init__(self, store: Store, user_id: str, news: News) -> None:
        self._store = store
        self._user_id = user_id
        self._news = news

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in _CHANGED:
            return method

        def change(*args: Any) -> Any:
            result = method(*args)
            self._news.tell(_CHANGED[name](*args), self._user_id)
            return result

        return change

"""What happens to chats in this process, for pages that stand open: they ask here, as often as they like."""

from collections import OrderedDict
from threading import Lock
from typing import Any, cast
from uuid import UUID

from lib.store.store import ChatEdits, Store, TurnWrites

MAX_REMEMBERED = 20_000
"""Of users and chats: those that were changed last."""
Key = UUID | str


class ChangeFeed:
    """Each change has a number; of each chat, and of each user's chats, the last one is remembered."""

    def __init__(self) -> None:
        self.number = 0
        self._last: OrderedDict[Key, int] = OrderedDict()
        self._lock = Lock()

    def announce(self, *of: Key) -> None:
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


_UNNOTICED = {"vote", "mark_read", "request_stop"}
_NOTICED = {name for writes in (ChatEdits, TurnWrites) for name in vars(writes) if name[0] != "_"} - _UNNOTICED
"""The methods of a store whose effect other pages show."""


def announcing(store: Store, user_id: str, feed: ChangeFeed) -> Store:
    """The same store, whose changes are told once they are made."""
    return cast(Store, _Announcing(store, user_id, feed))


class _Announcing:
    def __init__(self, store: Store, user_id: str, feed: ChangeFeed) -> None:
        self._store = store
        self._user_id = user_id
        self._feed = feed

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in _NOTICED:
            return method

        def change(*args: Any) -> Any:
            result = method(*args)
            self._feed.announce(*_chats_in(args), self._user_id)
            return result

        return change


def _chats_in(args: tuple[Any, ...]) -> list[UUID]:
    """An edit takes ids of chats, a turn or its ending names its own."""
    ids = (getattr(arg, "chat_id", arg) for arg in args)
    return [id for id in ids if isinstance(id, UUID)]

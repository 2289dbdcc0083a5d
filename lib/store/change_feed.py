"""Which chats have changed in this process. Open pages poll it, since that costs no query.

Two orders make sure that no change is missed. A change is announced after it has been made. A page notes the number of
the last change before it reads its chats. So a change that comes between the two is shown at once or announced after
the number that the page has noted: at worst the page runs once too often.
"""

from collections import OrderedDict
from threading import Lock
from typing import Any, cast
from uuid import UUID

from lib.store.chat_summary import BulkEdits
from lib.store.store import ChatEdits, Store
from lib.store.turn_writes import TurnWrites

MAX_REMEMBERED = 20_000
"""How many users and chats are remembered: those that changed last."""
Key = UUID | str


class ChangeFeed:
    """Numbers the changes, and keeps the number of the last one for each chat and for each user.

    Only writers need the lock: readers look up single numbers, which cannot be half-written.
    """

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
        """Whether one of these users and chats has changed after that number."""
        return any(self._last.get(key, 0) > number for key in of)


_UNNOTICED = {"vote", "keep_chart", "mark_read", "request_stop"}
_NOTICED = {
    name for writes in (ChatEdits, BulkEdits, TurnWrites) for name in vars(writes) if name[0] != "_"
} - _UNNOTICED
"""The methods of a store whose effects other pages show. A new one is among them unless it is named above."""


def announcing(store: Store, user_id: str, feed: ChangeFeed) -> Store:
    """A store that does the same and then announces the change, unless an error was raised."""
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
    """Edits have the ids of chats among their arguments; a turn and its ending have it as a field."""
    given = (each for arg in args for each in (arg if isinstance(arg, list | tuple) else [arg]))
    ids = (getattr(arg, "chat_id", arg) for arg in given)
    return [id for id in ids if isinstance(id, UUID)]

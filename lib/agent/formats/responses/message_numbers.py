"""Decides to which message of the answer the text of an item belongs.

An answer may contain several messages. A good server announces each item and gives it one id. Other servers announce
nothing, use a new id for every delta, or write two items at the same time. So a new id alone does not begin a message:
until some id has been used twice, deltas under different ids share one message. If one of these ids is used again
later, that message mixed several items, and `separate` gives each of them a number of its own.
"""

import math
from collections.abc import Iterable


class MessageNumbers:
    """Messages are shown in the order of their numbers. `current` is the message that last received text."""

    def __init__(self) -> None:
        self.current: float = 0
        self._by_id: dict[str, float] = {}
        """The messages of unfinished items, by item id."""
        self._shared: set[float] = set()
        """The messages that received text under several ids."""
        self._output_index: dict[str, int] = {}
        self._ids_are_stable = False
        """Some id was used twice, so this server gives each item one id."""
        self._last = -1
        self._last_id: str | None = None
        self._is_interrupted = False

    def announce(self, item_id: str) -> None:
        """The server announced a new item."""
        self._is_interrupted = True
        if item_id:
            self._last += 1
            self._by_id[item_id] = self._last

    def interrupt(self) -> None:
        """Something other than text was received: the next text under a new id begins a message."""
        self._is_interrupted = True

    def assign(self, item_id: str, output_index: int | None = None, *, is_open: bool = False) -> None:
        """Set `current` to the message of text under this id. `is_open`: the id has had deltas before."""
        number = self._by_id.get(item_id) if item_id else None
        if number is None and self._begins_message(item_id, output_index, is_open):
            number = self._last + 1
        elif number is None:
            # This may be an item of its own after all. If its id is used again, `separate` must know that it shared.
            number = self.current
            self._shared.add(number)
        self._ids_are_stable = self._ids_are_stable or is_open
        self._last_id, self._is_interrupted, self.current = item_id, False, number
        self._last = max(self._last, math.floor(number))
        if item_id:
            self._by_id[item_id] = number
        if output_index is not None:
            self._output_index[item_id] = output_index

    def number_of(self, item_id: str) -> float:
        return self._by_id.get(item_id, self.current)

    def release(self, item_id: str) -> float:
        """The message of a finished item. Its id is forgotten, because the server may use it again for another item."""
        return self._by_id.pop(item_id, self.current)

    def release_all(self) -> None:
        self._by_id = {}

    def finish(self, item_id: str) -> None:
        self._last_id, self._is_interrupted = item_id, True

    def is_shared(self, item_id: str) -> bool:
        """Whether this item shares its message with another unfinished one."""
        number = self._by_id.get(item_id)
        return number in self._shared and list(self._by_id.values()).count(number) > 1

    def separate(self, item_id: str, finished: Iterable[float]) -> dict[str, float]:
        """New numbers, by id, for all items that share this one's message; the first keeps its number.

        They may be fractions, because a later message (`finished` or not) may already have the next whole number.
        """
        shared = self._by_id[item_id]
        self._shared.discard(shared)
        ids = [other for other, number in self._by_id.items() if number == shared]
        later = [number for number in (*self._by_id.values(), *finished) if number > shared]
        room = min(later, default=shared + 1) - shared
        numbers = {other: shared + room * position / len(ids) for position, other in enumerate(ids)}
        self._by_id.update(numbers)
        return numbers

    def _begins_message(self, item_id: str, output_index: int | None, is_open: bool) -> bool:
        """Whether text under an unknown id begins a new message."""
        if self._last_id is None or is_open:
            return False
        # If a server sends the indexes of items, another index means another item, whatever the ids.
        if output_index is not None and self._output_index.get(self._last_id, output_index) != output_index:
            return True
        return self._is_interrupted or self._ids_are_stable

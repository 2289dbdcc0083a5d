"""Which message of the answer the text of an item belongs to.

An answer may hold several messages, and servers tell them apart badly. Good ones announce each item and give it one
id. Some announce nothing, some make up a new id for every delta, and some write two items at the same time. So an
unknown id does not by itself begin a message: until an id has been used twice, deltas under different ids share one.
When an id does come back after all, that message was a mixture, and `separate` takes it apart.
"""

import math
from collections.abc import Iterable


class MessageNumbers:
    """Messages stand in the order of their numbers. `current` is the one whose text came last."""

    def __init__(self) -> None:
        self.current: float = 0
        self._by_id: dict[str, float] = {}
        """Of the items that are not finished."""
        self._shared: set[float] = set()
        """The messages that several ids were used for."""
        self._output_index: dict[str, int] = {}
        self._ids_are_stable = False
        """One has been used again, so that each is an item's own."""
        self._last = -1
        self._last_id: str | None = None
        self._is_interrupted = False

    def announce(self, item_id: str) -> None:
        """A new item was begun."""
        self._is_interrupted = True
        if item_id:
            self._last += 1
            self._by_id[item_id] = self._last

    def interrupt(self) -> None:
        """Something else came in between: what is said under a new id from now on is another item's."""
        self._is_interrupted = True

    def assign(self, item_id: str, output_index: int | None = None, *, is_open: bool = False) -> None:
        """Set `current` to the message of text under this id. `is_open`: it has come in deltas before."""
        number = self._by_id.get(item_id) if item_id else None
        if number is None and self._begins_message(item_id, output_index, is_open):
            number = self._last + 1
        elif number is None:
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
        """The number of an item that is finished: its id may be another item's from now on."""
        return self._by_id.pop(item_id, self.current)

    def release_all(self) -> None:
        self._by_id = {}

    def finish(self, item_id: str) -> None:
        self._last_id, self._is_interrupted = item_id, True

    def is_shared(self, item_id: str) -> bool:
        """Whether the text of this item was taken for that of others, as if each delta had another id."""
        number = self._by_id.get(item_id)
        return number in self._shared and list(self._by_id.values()).count(number) > 1

    def separate(self, item_id: str, finished: Iterable[float]) -> dict[str, float]:
        """New numbers for all ids that share this one's message; the first keeps its own.

        They are fractions where a later message has the next number already, one of `finished` perhaps.
        """
        shared = self._by_id[item_id]
        self._shared.discard(shared)
        ids = [other for other, number in self._by_id.items() if number == shared]
        later = [number for number in (*self._by_id.values(), *finished) if number > shared]
        room = min(later, default=shared + 1) - shared
        numbers = {other: shared + room * place / len(ids) for place, other in enumerate(ids)}
        self._by_id.update(numbers)
        return numbers

    def _begins_message(self, item_id: str, output_index: int | None, is_open: bool) -> bool:
        """Whether text under an id that is new belongs to another item than the text before it."""
        if self._last_id is None or is_open:
            return False
        if output_index is not None and self._output_index.get(self._last_id, output_index) != output_index:
            return True
        return self._is_interrupted or self._ids_are_stable

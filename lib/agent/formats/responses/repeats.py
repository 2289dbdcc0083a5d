"""Count a text once that comes in deltas, again in its finished item, and again in the whole response."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

ALIKE_CHARS = 12


@dataclass
class _Told:
    """One item; `texts` are all the wordings in which it was told, the first of them as a person saw it."""

    id: str
    texts: list[str]
    message: float


class Streamed:
    """Items of one kind. Where an item is told again differently, what was streamed stands.

    Each item is a message with a number of its own. `message` is the one whose text was told last.
    """

    def __init__(self) -> None:
        self._open: dict[str, list[str]] = {}
        self._told: list[_Told] = []
        self._told_by_id: dict[str, list[_Told]] = {}
        self._messages: dict[str, float] = {}
        """Of the items that are not finished, by id."""
        self._shared: set[float] = set()
        """The messages that several ids were used for."""
        self._places: dict[str, int] = {}
        """What the server calls `output_index`, where it does."""
        self._told_before = 0
        self._parts: set[tuple[str, int]] = set()
        """The parts of items, by their ids, that have come in deltas."""
        self._ids_hold = False
        """One has been used again, so that each is an item's own."""
        self._last = -1
        self._between = False
        self._current: str | None = None
        self.message: float = 0

    def announce(self, item_id: str) -> None:
        """A new item was begun."""
        self._between = True
        if item_id:
            self._last += 1
            self._messages[item_id] = self._last

    def pause(self) -> None:
        """Something else came in between: what is said under a new id from now on is another item's."""
        self._between = True

    def step(self) -> None:
        """Something was done in between, so that the same words may be said again without an id."""
        self.pause()
        self._told_before = len(self._told)

    def add(self, item_id: str, delta: str, part: int = 0, place: int | None = None) -> str:
        """What is new; `message` says where it belongs."""
        self._speak(item_id, place)
        self._parts.add((item_id, part))
        self._open.setdefault(item_id, []).append(delta)
        return delta

    def is_mixed(self, item_id: str, full: str | None = None) -> bool:
        """Whether the text of this item was taken for that of others, as if each delta had another id.

        An id that is used again says that it was not so, and an item that is finished (`full`) with its own deltas.
        """
        message = self._messages.get(item_id)
        if not item_id or item_id not in self._open or message not in self._shared:
            return False
        if full is not None and "".join(self._open[item_id]) != full:
            return False
        return list(self._messages.values()).count(message) > 1

    def unmixed(self, item_id: str) -> Iterator[tuple[float, str]]:
        """The texts that were told as one, each with the message that it is from now on; the first keeps its own."""
        mixed = self._messages[item_id]
        self._shared.discard(mixed)
        ids = [other for other, number in self._messages.items() if number == mixed]
        numbers = [*self._messages.values(), *(old.message for old in self._told)]
        room = min((number for number in numbers if number > mixed), default=mixed + 1) - mixed
        for place, other in enumerate(ids):
            self._messages[other] = mixed + room * place / len(ids)
            yield self._messages[other], "".join(self._open.get(other, ()))

    def settle(self, item_id: str, full: str, part: int = 0) -> str:
        """What is new in a part of an item that is told whole before the item is finished; as if it were a delta."""
        streamed = "".join(self._open.get(item_id, ())) or self._like(full)
        if not full or full in streamed or self._is_repeated(item_id, full):
            return ""
        if (item_id, part) in self._parts or (streamed and full.startswith(streamed)):
            full = _rest(full, streamed)
        return self.add(item_id, full, part) if full else ""

    def finish(self, item_id: str, full: str) -> str:
        """What is new in a finished item."""
        if item_id not in self._open and (old := self._earlier(item_id, full)):
            # The same item again, or more of it.
            new = "" if full in old.texts else _rest(full, old.texts[-1])
            old.texts.append(full)
            self.message = old.message if new else self.message
            return new
        closed = self._close(item_id, full)
        streamed = closed.texts[0] if closed else ""
        new = _rest(full, streamed)
        if closed:
            self.message = closed.message if new else self.message
        elif full:
            self._between = True
            self._speak(item_id, None)
        message = closed.message if closed else self.message
        self._messages.pop(item_id, None)
        self._has_told(_Told(item_id, [streamed, full] if closed else [full], message))
        if streamed or full:
            self._current, self._between = item_id, True
        return new

    def missing(self, items: list[tuple[str, str]]) -> list[tuple[float, str]]:
        """Of a whole response's items (id, text), in order: its message, and what of it was not told yet.

        Finishes all that is open.
        """
        told = self._all_told()
        found: dict[int, _Told] = {}
        for matches in (_has_text, _begins_alike, _has_id):
            for number, (item_id, full) in enumerate(items):
                same = next((old for old in told if matches(old, item_id, full)), None)
                if number not in found and same:
                    told.remove(same)
                    found[number] = same
        self._told, self._told_by_id, self._told_before, self._open, self._messages = [], {}, 0, {}, {}
        return [self._untold(item_id, full, found.get(number)) for number, (item_id, full) in enumerate(items)]

    def _untold(self, item_id: str, full: str, old: _Told | None) -> tuple[float, str]:
        if old is None and self._is_repeated(item_id, full):
            return self.message, ""
        if old is None:
            if full:
                self._between = True
                self._speak(item_id, None)
                self._messages.pop(item_id, None)
            self._has_told(_Told(item_id, [full], self.message))
            return self.message, full
        new = "" if full in old.texts else _rest(full, old.texts[0])
        # By whatever id it is told the next time.
        self._has_told(_Told(item_id, [*old.texts, full], old.message))
        self.message = old.message if new else self.message
        return old.message, new

    def _has_told(self, item: _Told) -> None:
        self._told.append(item)
        self._told_by_id.setdefault(item.id, []).append(item)

    def _speak(self, item_id: str, place: int | None) -> None:
        """Set `message` to the one that text under this id belongs to."""
        number = self._messages.get(item_id) if item_id else None
        if number is None and self._begins(item_id, place):
            number = self._last + 1
        elif number is None:
            number = self.message
            self._shared.add(number)
        self._ids_hold = self._ids_hold or item_id in self._open
        self._current, self._between, self.message = item_id, False, number
        self._last = max(self._last, math.floor(number))
        if item_id:
            self._messages[item_id] = number
        if place is not None:
            self._places[item_id] = place

    def _begins(self, item_id: str, place: int | None) -> bool:
        """Whether text under an id that is new belongs to another item than the text before it."""
        if self._current is None:
            return False
        if item_id in self._open:
            return False
        # Some agents make up an id for every delta: only ids that have been used again tell items apart, or places.
        if place is not None and self._places.get(self._current, place) != place:
            return True
        return self._between or self._ids_hold

    def _earlier(self, item_id: str, full: str) -> _Told | None:
        """The item that is told again; without an id only the one before can be."""
        if not item_id:
            last = self._told[-1] if len(self._told) > self._told_before else None
            return last if full and last and not last.id and full in last.texts else None
        same = self._told_by_id.get(item_id, [])
        exact = next((old for old in same if full in old.texts), None)
        return exact or next((old for old in same if old.texts[-1] and full.startswith(old.texts[-1])), None)

    def _is_repeated(self, item_id: str, full: str) -> bool:
        old = self._earlier(item_id, full)
        return old is not None and full in old.texts

    def _all_told(self) -> list[_Told]:
        streaming = [
            _Told(item_id, ["".join(pieces)], self._messages.get(item_id, self.message))
            for item_id, pieces in self._open.items()
        ]
        told = [*self._told, *streaming]
        if len(streaming) > 1:
            told.append(_Told("", ["".join(item.texts[0] for item in streaming)], self.message))
        return told

    def _close(self, item_id: str, full: str) -> _Told | None:
        """What its deltas said, and where; None when it had none."""
        if item_id in self._open:
            return self._closed(item_id)
        # Some agents finish an item under another id than its deltas had, or give every delta another one.
        texts = {other: "".join(pieces) for other, pieces in self._open.items()}
        joined = "".join(texts.values())
        same = next((other for other, text in texts.items() if text == full), None)
        if same is None and len(joined) <= len(full) and _alike(joined, full):
            message = max(self._closed(other).message for other in texts)
            return _Told(item_id, [joined], message)
        same = same or next((other for other, text in texts.items() if _alike(text, full)), None)
        return self._closed(same) if same is not None else None

    def _closed(self, item_id: str) -> _Told:
        text = "".join(self._open.pop(item_id))
        return _Told(item_id, [text], self._messages.pop(item_id, self.message))

    def _like(self, full: str) -> str:
        """What deltas under other ids have said of this text."""
        texts = ["".join(pieces) for pieces in self._open.values()]
        joined = "".join(texts)
        if joined and (full in joined or full.startswith(joined)):
            return joined
        return next((text for text in texts if text and (full in text or full.startswith(text))), "")


def _has_text(old: _Told, item_id: str, full: str) -> bool:
    return full in old.texts


def _begins_alike(old: _Told, item_id: str, full: str) -> bool:
    return _alike(old.texts[0], full)


def _has_id(old: _Told, item_id: str, full: str) -> bool:
    return bool(item_id) and old.id == item_id


def _alike(streamed: str, full: str) -> bool:
    """The same item in two wordings, such as with footnotes and without."""
    size = min(len(streamed), len(full), ALIKE_CHARS)
    return size > 0 and streamed[:size] == full[:size]


def _rest(full: str, streamed: str) -> str:
    return full[len(streamed) :] if full.startswith(streamed) else ""

"""Take a text once that comes in deltas, again in its finished item, and again in the whole response.

A finished item is matched with what was streamed by its id; failing that by its text, since some agents finish an item
under another id than its deltas had. Where an item comes again in other words, what was streamed stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lib.agent.formats.responses.message_numbers import MessageNumbers

ALIKE_CHARS = 12


@dataclass
class _Item:
    """`texts` are all its wordings, the first of them as a person saw it; `message` is its number."""

    id: str
    texts: list[str]
    message: float


class TextDeduplicator:
    """Of items of one kind. Each method returns what is new; `numbers.current` is the message it belongs to."""

    def __init__(self) -> None:
        self.numbers = MessageNumbers()
        self._open: dict[str, list[str]] = {}
        """Deltas of the items that are not finished."""
        self._parts: set[tuple[str, int]] = set()
        """The parts of items, by their ids, that have come in deltas."""
        self._finished: list[_Item] = []
        self._finished_by_id: dict[str, list[_Item]] = {}
        self._finished_before_step = 0

    def next_step(self) -> None:
        """A tool was called in between, so that the same words may be said again without an id."""
        self.numbers.interrupt()
        self._finished_before_step = len(self._finished)

    def delta(self, item_id: str, text: str, part: int = 0, output_index: int | None = None) -> str:
        self.numbers.assign(item_id, output_index, is_open=item_id in self._open)
        self._parts.add((item_id, part))
        self._open.setdefault(item_id, []).append(text)
        return text

    def part_done(self, item_id: str, full: str, part: int = 0) -> str:
        """Of a part that comes whole before its item is finished."""
        streamed = "".join(self._open.get(item_id, ())) or self._streamed_like(full)
        if not full or full in streamed or self._is_repeated(item_id, full):
            return ""
        if (item_id, part) in self._parts or (streamed and full.startswith(streamed)):
            full = _rest(full, streamed)
        return self.delta(item_id, full, part) if full else ""

    def item_done(self, item_id: str, full: str) -> str:
        if item_id not in self._open and (earlier := self._earlier(item_id, full)):
            # The same item again, or more of it.
            new = "" if full in earlier.texts else _rest(full, earlier.texts[-1])
            earlier.texts.append(full)
            self.numbers.current = earlier.message if new else self.numbers.current
            return new
        closed = self._close_matching(item_id, full)
        streamed = closed.texts[0] if closed else ""
        new = _rest(full, streamed)
        if closed:
            self.numbers.current = closed.message if new else self.numbers.current
        elif full:
            self.numbers.interrupt()
            self.numbers.assign(item_id)
        self.numbers.release(item_id)
        message = closed.message if closed else self.numbers.current
        self._remember(_Item(item_id, [streamed, full] if closed else [full], message))
        if streamed or full:
            self.numbers.finish(item_id)
        return new

    def response_done(self, items: list[tuple[str, str]]) -> list[tuple[float, str]]:
        """Of all items (id, text) of a whole response, in order, each with its message. Finishes all that is open."""
        seen = self._all_seen()
        matched: dict[int, _Item] = {}
        for matches in (_has_text, _begins_alike, _has_id):
            for position, (item_id, full) in enumerate(items):
                same = next((item for item in seen if matches(item, item_id, full)), None)
                if position not in matched and same:
                    seen.remove(same)
                    matched[position] = same
        self._finished, self._finished_by_id, self._finished_before_step, self._open = [], {}, 0, {}
        self.numbers.release_all()
        return [self._unseen(item_id, full, matched.get(position)) for position, (item_id, full) in enumerate(items)]

    def is_mixed(self, item_id: str, full: str | None = None) -> bool:
        """Whether this item was wrongly taken for one message with others.

        An id that is used again says so, and an item that is finished (`full`) with its own deltas alone.
        """
        if not item_id or item_id not in self._open or not self.numbers.is_shared(item_id):
            return False
        return full is None or "".join(self._open[item_id]) == full

    def separate(self, item_id: str) -> Iterator[tuple[float, str]]:
        """The texts that were told as one, each with the message that it is from now on; the first keeps its own."""
        for other, number in self.numbers.separate(item_id, (item.message for item in self._finished)).items():
            yield number, "".join(self._open.get(other, ()))

    def _unseen(self, item_id: str, full: str, seen: _Item | None) -> tuple[float, str]:
        if seen is None and self._is_repeated(item_id, full):
            return self.numbers.current, ""
        if seen is None:
            if full:
                self.numbers.interrupt()
                self.numbers.assign(item_id)
                self.numbers.release(item_id)
            self._remember(_Item(item_id, [full], self.numbers.current))
            return self.numbers.current, full
        new = "" if full in seen.texts else _rest(full, seen.texts[0])
        # Under this id it may come again.
        self._remember(_Item(item_id, [*seen.texts, full], seen.message))
        self.numbers.current = seen.message if new else self.numbers.current
        return seen.message, new

    def _remember(self, item: _Item) -> None:
        self._finished.append(item)
        self._finished_by_id.setdefault(item.id, []).append(item)

    def _earlier(self, item_id: str, full: str) -> _Item | None:
        """The finished item that comes again; without an id only the one before can be."""
        if not item_id:
            last = self._finished[-1] if len(self._finished) > self._finished_before_step else None
            return last if full and last and not last.id and full in last.texts else None
        same = self._finished_by_id.get(item_id, [])
        exact = next((item for item in same if full in item.texts), None)
        return exact or next((item for item in same if item.texts[-1] and full.startswith(item.texts[-1])), None)

    def _is_repeated(self, item_id: str, full: str) -> bool:
        earlier = self._earlier(item_id, full)
        return earlier is not None and full in earlier.texts

    def _all_seen(self) -> list[_Item]:
        streaming = [
            _Item(item_id, ["".join(deltas)], self.numbers.number_of(item_id)) for item_id, deltas in self._open.items()
        ]
        seen = [*self._finished, *streaming]
        if len(streaming) > 1:
            # Perhaps one item, each of whose deltas had another id.
            seen.append(_Item("", ["".join(item.texts[0] for item in streaming)], self.numbers.current))
        return seen

    def _close_matching(self, item_id: str, full: str) -> _Item | None:
        """What the deltas of a finished item said, and where; None when it had none."""
        if item_id in self._open:
            return self._close(item_id)
        texts = {other: "".join(deltas) for other, deltas in self._open.items()}
        joined = "".join(texts.values())
        same = next((other for other, text in texts.items() if text == full), None)
        if same is None and len(joined) <= len(full) and _alike(joined, full):
            # Each of its deltas had another id.
            message = max(self._close(other).message for other in texts)
            return _Item(item_id, [joined], message)
        same = same or next((other for other, text in texts.items() if _alike(text, full)), None)
        return self._close(same) if same is not None else None

    def _close(self, item_id: str) -> _Item:
        return _Item(item_id, ["".join(self._open.pop(item_id))], self.numbers.release(item_id))

    def _streamed_like(self, full: str) -> str:
        """What deltas under other ids have said of this text."""
        texts = ["".join(deltas) for deltas in self._open.values()]
        joined = "".join(texts)
        if joined and (full in joined or full.startswith(joined)):
            return joined
        return next((text for text in texts if text and (full in text or full.startswith(text))), "")


def _has_text(item: _Item, item_id: str, full: str) -> bool:
    return full in item.texts


def _begins_alike(item: _Item, item_id: str, full: str) -> bool:
    return _alike(item.texts[0], full)


def _has_id(item: _Item, item_id: str, full: str) -> bool:
    return bool(item_id) and item.id == item_id


def _alike(streamed: str, full: str) -> bool:
    """The same item in two wordings, such as with footnotes and without."""
    size = min(len(streamed), len(full), ALIKE_CHARS)
    return size > 0 and streamed[:size] == full[:size]


def _rest(full: str, streamed: str) -> str:
    return full[len(streamed) :] if full.startswith(streamed) else ""

"""Emits a text once, although it is sent in deltas, again in its finished item, and again in the whole response.

A finished item is matched with its deltas by id. If the id is unknown, it is matched by text, because some agents
finish an item under another id than that of its deltas. If the finished text differs from the deltas, it is ignored:
the user has already read the deltas.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lib.agent.formats.responses.message_numbers import MessageNumbers
from lib.agent.formats.shared.versions import alike, rest


@dataclass
class _Item:
    """`texts` are all versions of the item's text, the one that was shown first. `message` is a message number."""

    id: str
    texts: list[str]
    message: float


class TextDeduplicator:
    """For items of one kind. The methods return the new text, which belongs to the message `numbers.current`."""

    def __init__(self) -> None:
        self.numbers = MessageNumbers()
        self._open: dict[str, list[str]] = {}
        """The deltas of unfinished items, by item id."""
        self._parts: set[tuple[str, int]] = set()
        """Item id and part index of all deltas."""
        self._finished: list[_Item] = []
        self._finished_by_id: dict[str, list[_Item]] = {}
        self._finished_before_step = 0
        self._before_resuming: set[str] = set()

    def next_step(self) -> None:
        """A tool was called: from here on an item without an id is new, even with the same text as the last one."""
        self.numbers.interrupt()
        self._finished_before_step = len(self._finished)

    def delta(self, item_id: str, text: str, part: int = 0, output_index: int | None = None) -> str:
        self.numbers.assign(item_id, output_index, is_open=item_id in self._open)
        self._parts.add((item_id, part))
        self._open.setdefault(item_id, []).append(text)
        return text

    def part_done(self, item_id: str, full: str, part: int = 0) -> str:
        """A whole part, sent before its item is finished."""
        streamed = "".join(self._open.get(item_id, ())) or self._streamed_like(full)
        if not full or full in streamed or self._is_repeated(item_id, full):
            return ""
        # A part without deltas is new as a whole, even if another part of the item had deltas.
        if (item_id, part) in self._parts or (streamed and full.startswith(streamed)):
            full = rest(full, streamed)
        return self.delta(item_id, full, part) if full else ""

    def item_done(self, item_id: str, full: str) -> str:
        if item_id not in self._open and (earlier := self._earlier(item_id, full)):
            # The item is repeated, perhaps with more text.
            new = "" if full in earlier.texts else rest(full, earlier.texts[-1])
            earlier.texts.append(full)
            self.numbers.current = earlier.message if new else self.numbers.current
            return new
        closed = self._close_matching(item_id, full)
        streamed = closed.texts[0] if closed else ""
        new = rest(full, streamed)
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
        """The message and the new text of each item (id, text) of a whole response. Finishes every open item.

        The whole response may rename its items, so they are matched by text first and by id last.
        """
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

    def abandon(self) -> list[float]:
        """Forget the unfinished items. The messages that they belong to."""
        self._before_resuming = {text for item in self._finished for text in item.texts if text}
        opened, self._open = self._open, {}
        return [self.numbers.release(item_id) for item_id in opened]

    def said_before_resuming(self, item_id: str, full: str) -> bool:
        """Whether an agent that was asked again has repeated, in deltas, an item that it had finished before."""
        return full in self._before_resuming and "".join(self._open.get(item_id, ())) == full

    def is_mixed(self, item_id: str, full: str | None = None) -> bool:
        """Whether the text of this item was wrongly merged into one message with others.

        It was if the id is used again, or if the item is finished and `full` equals the text of its own deltas.
        """
        if not item_id or item_id not in self._open or not self.numbers.is_shared(item_id):
            return False
        return full is None or "".join(self._open[item_id]) == full

    def separate(self, item_id: str) -> Iterator[tuple[float, str]]:
        """Each text of a wrongly merged message with its new message number. The first text keeps the old number."""
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
        new = "" if full in seen.texts else rest(full, seen.texts[0])
        # The agent may send it again under this id.
        self._remember(_Item(item_id, [*seen.texts, full], seen.message))
        self.numbers.current = seen.message if new else self.numbers.current
        return seen.message, new

    def _remember(self, item: _Item) -> None:
        self._finished.append(item)
        self._finished_by_id.setdefault(item.id, []).append(item)

    def _earlier(self, item_id: str, full: str) -> _Item | None:
        """The finished item that this one repeats. Without an id, only the last one can be repeated."""
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
            # They may be one item: some agents give each delta another id.
            seen.append(_Item("", ["".join(item.texts[0] for item in streaming)], self.numbers.current))
        return seen

    def _close_matching(self, item_id: str, full: str) -> _Item | None:
        """The deltas of a finished item; None if it had none."""
        if item_id in self._open:
            return self._close(item_id)
        texts = {other: "".join(deltas) for other, deltas in self._open.items()}
        joined = "".join(texts.values())
        same = next((other for other, text in texts.items() if text == full), None)
        if same is None and len(joined) <= len(full) and alike(joined, full):
            # Each of its deltas had an id of its own.
            message = max(self._close(other).message for other in texts)
            return _Item(item_id, [joined], message)
        same = same or next((other for other, text in texts.items() if alike(text, full)), None)
        return self._close(same) if same is not None else None

    def _close(self, item_id: str) -> _Item:
        return _Item(item_id, ["".join(self._open.pop(item_id))], self.numbers.release(item_id))

    def _streamed_like(self, full: str) -> str:
        """The text of deltas under other ids that this text repeats or continues."""
        texts = ["".join(deltas) for deltas in self._open.values()]
        joined = "".join(texts)
        if joined and (full in joined or full.startswith(joined)):
            return joined
        return next((text for text in texts if text and (full in text or full.startswith(text))), "")


def _has_text(item: _Item, item_id: str, full: str) -> bool:
    return full in item.texts


def _begins_alike(item: _Item, item_id: str, full: str) -> bool:
    return alike(item.texts[0], full)


def _has_id(item: _Item, item_id: str, full: str) -> bool:
    return bool(item_id) and item.id == item_id

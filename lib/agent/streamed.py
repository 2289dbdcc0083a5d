"""Count a text once that comes in deltas, again in its finished item, and again in the whole response."""

from dataclasses import dataclass

ALIKE_CHARS = 12


@dataclass
class _Told:
    """One item; `texts` are all the wordings in which it was told."""

    id: str
    texts: list[str]


class Streamed:
    """Items of one kind. Where an item is told again differently, what was streamed stands."""

    def __init__(self) -> None:
        self._open: dict[str, list[str]] = {}
        self._told: list[_Told] = []
        self._current: str | None = None
        self._deltas = 0
        self._between = False

    @property
    def has_spoken(self) -> bool:
        return self._current is not None

    def begins(self, item_id: str) -> bool:
        """Whether text under this id belongs to another item than the text before it."""
        if self._current is None or item_id in self._open:
            return False
        # Some agents make up an id for every delta: only ids that have been used again tell items apart.
        return self._between or (self._deltas > 1 and item_id != self._current)

    def announce(self) -> None:
        """A new item was begun."""
        self._between = True

    def add(self, item_id: str, delta: str) -> str:
        self._deltas = self._deltas + 1 if item_id == self._current else 1
        self._current, self._between = item_id, False
        self._open.setdefault(item_id, []).append(delta)
        return delta

    def finish(self, item_id: str, full: str) -> str:
        """What is new in a finished item."""
        streamed = self._close(item_id, full)
        self._told.append(_Told(item_id, [streamed, full] if streamed else [full]))
        if streamed or full:
            self._current, self._between, self._deltas = item_id, True, 0
        return _rest(full, streamed)

    def spoke_before(self, item_id: str, text: str) -> bool:
        """Whether a text that was missing belongs to another item than the one that spoke last; it speaks now."""
        if not text:
            return False
        before, self._current = self._current, item_id
        return before is not None and (not item_id or before != item_id)

    def missing(self, items: list[tuple[str, str]]) -> list[str]:
        """Of a whole response's items (id, text), in order: what of each was not told. Finishes all that is open."""
        told = [*self._told, *(_Told(item_id, ["".join(pieces)]) for item_id, pieces in self._open.items())]
        if len(self._open) > 1:
            told.append(_Told("", ["".join(self._all_open())]))
        self._told, self._open = [], {}
        found: dict[int, str] = {}
        for matches in (_has_text, _begins_alike, _has_id):
            for number, (item_id, full) in enumerate(items):
                same = next((old for old in told if matches(old, item_id, full)), None)
                if number not in found and same:
                    told.remove(same)
                    found[number] = "" if full in same.texts else _rest(full, same.texts[0])
        return [found.get(number, full) for number, (_, full) in enumerate(items)]

    def _close(self, item_id: str, full: str) -> str:
        """What its deltas said."""
        if item_id in self._open:
            return "".join(self._open.pop(item_id))
        # Some agents finish an item under another id than its deltas had, or give every delta another one.
        texts = {other: "".join(pieces) for other, pieces in self._open.items()}
        joined = "".join(texts.values())
        same = next((other for other, text in texts.items() if text == full), None)
        if same is None and len(joined) <= len(full) and _alike(joined, full):
            self._open.clear()
            return joined
        same = same or next((other for other, text in texts.items() if _alike(text, full)), None)
        return "".join(self._open.pop(same)) if same is not None else ""

    def _all_open(self) -> list[str]:
        return [piece for pieces in self._open.values() for piece in pieces]


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

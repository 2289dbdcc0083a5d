"""Joins surrogate pairs that a stream has cut."""

from lib.storable import storable_text


class SurrogateJoiner:
    """Makes deltas storable. A surrogate pair that was cut between two deltas is joined first."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, delta: str) -> str:
        text = self._held + delta
        self._held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return storable_text(text[:-1] if self._held else text)

"""Names the speaker of an answer once, before what they say first.

Agents that are made of several name who speaks in a message of its own, also those who then say nothing.
"""

from collections.abc import Iterator

from lib.labels import clean_label
from lib.messages.parts import Speaker
from lib.storable import storable_text


class Introductions:
    def __init__(self) -> None:
        self._current = self._next = ""

    def announce(self, speaker: Speaker) -> None:
        self._next = clean_label(storable_text(speaker.name))

    def due(self) -> Iterator[Speaker]:
        """Call this before anything is said."""
        name, self._next = self._next, ""
        if name and name != self._current:
            self._current = name
            yield Speaker(name)

"""A text that grows while others read it."""

from threading import Lock

from lib.messages.parts import Reasoning, Text

Kind = type[Text] | type[Reasoning]


class GrowingText:
    """A text that one thread writes and any may read. Its pieces are joined when somebody reads it.

    Joining the text with each new piece would copy all of it each time, 30 MB a hundred thousand times.
    """

    def __init__(self, kind: Kind, text: str) -> None:
        self.kind = kind
        self._pieces = [text]
        self._lock = Lock()

    def append(self, text: str) -> None:
        with self._lock:
            self._pieces.append(text)

    @property
    def part(self) -> Text | Reasoning:
        with self._lock:
            self._pieces = ["".join(self._pieces)]
        return self.kind(self._pieces[0])

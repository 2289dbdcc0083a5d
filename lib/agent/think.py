"""Tell reasoning from text where a model writes it as `<think>…</think>` at the head of its answer."""

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Fed in pieces of any size, it tells the same as if it had been fed all at once."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "head"

    def feed(self, delta: str) -> list[tuple[bool, str]]:
        """Pieces in order, each with whether it is reasoning. Holds back what may be the start of a tag."""
        self._held += delta
        pieces: list[tuple[bool, str]] = []
        while self._step(pieces):
            pass
        return [piece for piece in pieces if piece[1]]

    def flush(self) -> list[tuple[bool, str]]:
        """What was held back, and a new head."""
        held, thinking = self._held, self._state == "thinking"
        self._held, self._state = "", "head"
        return [(thinking, held)] if held else []

    def _step(self, pieces: list[tuple[bool, str]]) -> bool:
        """Move one state on; False when more input is needed."""
        match self._state:
            case "head":
                return self._open()
            case "thinking":
                return self._think(pieces)
            case "thought":
                return self._begin()
        pieces.append((False, self._held))
        self._held = ""
        return False

    def _open(self) -> bool:
        head = self._held.lstrip()
        if head.startswith(_OPEN):
            self._held, self._state = head[len(_OPEN) :], "thinking"
            return True
        if _OPEN.startswith(head):
            return False
        self._state = "text"
        return True

    def _think(self, pieces: list[tuple[bool, str]]) -> bool:
        thought, closed, rest = self._held.partition(_CLOSE)
        if closed:
            pieces.append((True, thought))
            self._held, self._state = rest, "thought"
            return True
        keep = _tail_that_may_close(thought)
        pieces.append((True, thought[: len(thought) - keep]))
        self._held = thought[len(thought) - keep :]
        return False

    def _begin(self) -> bool:
        """The white space between the closing tag and the answer is neither's."""
        self._held = self._held.lstrip()
        if self._held:
            self._state = "text"
        return bool(self._held)


def _tail_that_may_close(text: str) -> int:
    """How many characters at the end of `text` could begin the closing tag."""
    return next((size for size in range(len(_CLOSE) - 1, 0, -1) if text.endswith(_CLOSE[:size])), 0)

"""Make text from outside fit to be shown and stored, also when it comes in pieces."""

import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH = re.compile("[\ud800-\udbff]\\Z")
_OPEN, _CLOSE = "<think>", "</think>"


def clean(text: str) -> str:
    """Drop what Postgres refuses: NUL characters, and halves of surrogate pairs that have no other half."""
    text = text.replace("\x00", "")
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def text_of(content: Any) -> str:
    """The text of a `content` or `output` in any of its shapes: a string, a list of parts, null, or JSON."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part) for part in content)
    if isinstance(content, dict):
        return next((content[key] for key in ("text", "refusal") if isinstance(content.get(key), str)), "")
    return ""


class Stitcher:
    """Cleans deltas, joining a surrogate pair that was cut in two between them."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, delta: str) -> str:
        text = self._held + delta
        half = _HIGH.search(text)
        self._held = half[0] if half else ""
        return clean(text[: half.start()] if half else text)


class ThinkSplitter:
    """Tells reasoning from text where a model writes it as `<think>…</think>` at the head of its answer."""

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
        if self._state == "head":
            return self._open()
        if self._state == "thinking":
            return self._think(pieces)
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
            self._held, self._state = rest.lstrip(), "text"
            return True
        keep = _tail_that_may_close(thought)
        pieces.append((True, thought[: len(thought) - keep]))
        self._held = thought[len(thought) - keep :]
        return False


def _tail_that_may_close(text: str) -> int:
    """How many characters at the end of `text` could begin the closing tag."""
    return next((size for size in range(len(_CLOSE) - 1, 0, -1) if text.endswith(_CLOSE[:size])), 0)

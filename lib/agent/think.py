"""Tell reasoning from text where a model writes both as one, and take away the mark of who speaks."""

import re
from collections.abc import Iterator

from lib.agent.code import CodeWatch
from lib.agent.events import Event, ReasoningDelta, TextDelta, WasReasoning, WasText

# A tag may have attributes, which are bounded so that a lone "<think" holds nothing back for long.
_TAG = re.compile(r"<(/?)(think|thinking|thought|reasoning)(?:\s[^<>]{0,100})?>", re.IGNORECASE)
_UNFINISHED_TAG = re.compile(r"<(?:/?[a-z]{0,9}|/?[a-z]{5,9}\s[^<>]{0,100})\Z", re.IGNORECASE)
_TAG_NAMES = ("think", "thinking", "thought", "reasoning")
_ONLY_AT_HEAD = ("thought", "reasoning")
"""In the middle of a text these are words of an answer about XML rather than a model's own."""
_SPEAKER = re.compile(r"\s*<name>[^<>]{1,100}</name>\s*")
_UNFINISHED_SPEAKER = re.compile(r"\s*<name>[^<>]{0,100}(?:<(?:/(?:n(?:a(?:m(?:e)?)?)?)?)?)?\Z")


class ThinkSplitter:
    """Reads one message. Fed in pieces of any size, it tells the same as if it had been fed all at once.

    Reasoning stands between tags, or before a closing tag that was never opened: some models begin inside of it.
    Tags that stand in code, as in an answer about them, are text.
    """

    def __init__(self) -> None:
        self._held = ""
        self._code = CodeWatch()
        self._is_thinking = False
        self._is_head = True
        """No text has been told yet, or none since the last reasoning."""
        self._has_thought = False
        self._drops_space = False
        """White space at the head is neither the reasoning's nor the answer's."""
        self._opening = ""
        """Of reasoning that began in the middle of a text."""

    def feed(self, delta: str) -> list[Event]:
        """In order. Holds back what may be the start of a tag."""
        self._held += delta
        found: list[Event] = []
        while self._held and self._step(found):
            pass
        return found

    def flush(self) -> list[Event]:
        """What was held back."""
        held, self._held = self._held, ""
        self._is_head = self._is_head and not held.strip()
        return list(self._tell(held))

    def end(self) -> list[Event]:
        """What was held back at the end of the message. Reasoning that began within a text and never ended is text."""
        found = self.flush()
        if self._is_thinking and self._opening:
            found.append(WasText(self._opening))
        return found

    def _step(self, found: list[Event]) -> bool:
        """Take what is decided from the beginning of what is held; False when more input is needed."""
        if self._is_thinking:
            return self._think(found)
        if self._is_head:
            return self._begin(found)
        return self._speak(found)

    def _think(self, found: list[Event]) -> bool:
        tag = next((tag for tag in _TAG.finditer(self._held) if tag[1]), None)
        if tag is None:
            return self._tell_all_but(found, _unfinished(self._held))
        self._tell_until(found, tag.start(), tag.end())
        self._rest_of_answer()
        return True

    def _begin(self, found: list[Event]) -> bool:
        head = self._held.lstrip()
        if not head:
            self._held = "" if self._drops_space else self._held
            return False
        if speaker := _SPEAKER.match(head):
            self._held, self._drops_space = head[speaker.end() :], True
            return True
        if _may_be_speaker(head) or _is_unfinished_tag(head):
            return False
        if tag := _TAG.match(head):
            # A closing tag here ends nothing that was told.
            self._held, self._is_thinking, self._opening = head[tag.end() :], not tag[1], ""
            self._drops_space = True
            return True
        self._held, self._is_head = head if self._drops_space else self._held, False
        return True

    def _speak(self, found: list[Event]) -> bool:
        for tag in _TAG.finditer(self._held):
            if tag[2].lower() in _ONLY_AT_HEAD or self._code.holds(self._held[: tag.start()]):
                continue
            if tag[1] and self._has_thought:
                continue
            self._tell_until(found, tag.start(), tag.end())
            if tag[1]:
                found.append(WasReasoning())
                self._rest_of_answer()
            else:
                self._is_thinking, self._opening = True, tag[0]
            return True
        return self._tell_all_but(found, _unfinished(self._held))

    def _rest_of_answer(self) -> None:
        """What follows reasoning."""
        self._is_thinking, self._is_head, self._has_thought, self._drops_space = False, True, True, True

    def _tell_until(self, found: list[Event], end: int, next_start: int) -> None:
        found += self._tell(self._held[:end])
        self._held = self._held[next_start:]

    def _tell_all_but(self, found: list[Event], kept_chars: int) -> bool:
        end = len(self._held) - kept_chars
        self._tell_until(found, end, end)
        return False

    def _tell(self, text: str) -> Iterator[Event]:
        if not text:
            return
        if self._is_thinking:
            yield ReasoningDelta(text)
        else:
            self._code.add(text)
            yield TextDelta(text)


def is_speaker(text: str) -> bool:
    """Whether it says who speaks, and nothing else."""
    return bool(_SPEAKER.fullmatch(text))


def _unfinished(text: str) -> int:
    """How many characters at the end of `text` could begin a tag."""
    start = text.rfind("<")
    return len(text) - start if start >= 0 and _is_unfinished_tag(text[start:]) else 0


def _is_unfinished_tag(text: str) -> bool:
    if not _UNFINISHED_TAG.match(text):
        return False
    name, *attributes = re.split(r"\s", text.lstrip("</").lower(), maxsplit=1)
    return name in _TAG_NAMES if attributes else any(tag.startswith(name) for tag in _TAG_NAMES)


def _may_be_speaker(head: str) -> bool:
    return "<name>".startswith(head) or bool(_UNFINISHED_SPEAKER.match(head))

"""Separates reasoning from text if a model writes both as one text, and the name of the speaker.

The splitter is in one of three states:

- At the *head* of a message, it expects white space, a speaker's name or an opening tag.
- In *text*, a tag may open reasoning, or a closing tag may reveal that all text before it was reasoning.
- In *reasoning*, only the closing tag counts. After it, the splitter is at the head again.

A delta may end within a tag, so in each state the splitter consumes what is certain and holds back the rest.
"""

import re
from collections.abc import Iterator

from lib.agent.events import Event, ReasoningDelta, ReasoningWasText, TextDelta, TextWasReasoning
from lib.agent.formats.shared.markdown_code import MarkdownCodeTracker
from lib.messages.parts import Speaker

# Attributes are bounded, so that a lone "<think" does not hold back text for long.
_TAG = re.compile(r"<(/?)(think|thinking|thought|reasoning)(?:\s[^<>]{0,100})?>", re.IGNORECASE)
_END = re.compile(r"</(think|thinking|thought|reasoning)(?:\s[^<>]{0,100})?>", re.IGNORECASE)
_UNFINISHED_TAG = re.compile(r"<(?:/?[a-z]{0,9}|/?[a-z]{5,9}\s[^<>]{0,100})\Z", re.IGNORECASE)
_TAG_NAMES = ("think", "thinking", "thought", "reasoning")
_ONLY_AT_HEAD = ("thought", "reasoning")
"""In the middle of a text these tags are part of an answer about XML."""
_SPEAKER = re.compile(r"\s*<name>(?P<name>[^<>]{1,100})</name>\s*")
_UNFINISHED_SPEAKER = re.compile(r"<(?:n(?:a(?:m(?:e(?:>[^<>]{0,100}(?:<(?:/(?:n(?:a(?:m(?:e)?)?)?)?)?)?)?)?)?)?)?\Z")
_SPACE = re.compile(r"\s*")


class ReasoningTagSplitter:
    """Splits one message. The result does not depend on how the message is cut into deltas.

    Reasoning is the text between tags, or before a closing tag without an opening one, because some models leave out
    the opening tag. A tag within code is text.
    """

    def __init__(self) -> None:
        self._held = ""
        self._at = 0
        """How many characters of `_held` are consumed."""
        self._code = MarkdownCodeTracker()
        self._is_in_reasoning = False
        self._is_head = True
        """There was no text yet, or none since the last reasoning."""
        self._had_reasoning = False
        self._drops_space = False
        """Whether to drop white space at the head: around tags it is neither text nor reasoning."""
        self._opening_tag = ""
        """The tag that opened reasoning in the middle of a text; empty at the head."""

    def feed(self, delta: str) -> list[Event]:
        """Holds back what may be the beginning of a tag."""
        self._held += delta
        events: list[Event] = []
        while self._at < len(self._held) and self._consume(events):
            pass
        self._held, self._at = self._held[self._at :], 0
        return events

    def flush(self) -> list[Event]:
        """The text that was held back."""
        held, self._held = self._held, ""
        self._is_head = self._is_head and not held.strip()
        return list(self._events(held))

    def end(self) -> list[Event]:
        """The text held back at the end of the message. Reasoning that began within text and never ended is text."""
        events = self.flush()
        if self._is_in_reasoning and self._opening_tag:
            events.append(ReasoningWasText(self._opening_tag))
        return events

    def _consume(self, events: list[Event]) -> bool:
        """Consume what is certain at the beginning of `_held`. False when more input is needed."""
        if self._is_in_reasoning:
            return self._in_reasoning(events)
        if self._is_head:
            return self._at_head(events)
        return self._in_text(events)

    def _in_reasoning(self, events: list[Event]) -> bool:
        end = _END.search(self._held, self._at)
        if end is None:
            return self._emit_certain(events)
        self._emit_until(events, end.start())
        self._at = end.end()
        self._leave_reasoning()
        return True

    def _at_head(self, events: list[Event]) -> bool:
        head = _space_after(self._held, self._at)
        if self._drops_space:
            self._at = head
        if head == len(self._held):
            return False
        if speaker := _SPEAKER.match(self._held, head):
            self._at, self._drops_space = speaker.end(), True
            events.append(Speaker(speaker["name"]))
            return True
        if tag := _TAG.match(self._held, head):
            # A closing tag at the head closes nothing and is dropped.
            self._at, self._is_in_reasoning, self._opening_tag = tag.end(), not tag[1], ""
            self._drops_space = True
            return True
        if _UNFINISHED_SPEAKER.match(self._held, head) or _is_unfinished_tag(self._held, head):
            return False
        self._is_head = False
        return True

    def _in_text(self, events: list[Event]) -> bool:
        tag = _TAG.search(self._held, self._at)
        if tag is None:
            return self._emit_certain(events)
        self._emit_until(events, tag.start())
        if self._is_text(tag):
            self._emit_until(events, tag.end())
            return True
        self._at = tag.end()
        if tag[1]:
            events.append(TextWasReasoning())
            self._leave_reasoning()
        else:
            self._is_in_reasoning, self._opening_tag = True, tag[0]
        return True

    def _is_text(self, tag: re.Match[str]) -> bool:
        is_second_closing_tag = bool(tag[1]) and self._had_reasoning
        return is_second_closing_tag or tag[2].lower() in _ONLY_AT_HEAD or self._code.is_in_code()

    def _leave_reasoning(self) -> None:
        self._is_in_reasoning, self._is_head, self._had_reasoning, self._drops_space = False, True, True, True

    def _emit_certain(self, events: list[Event]) -> bool:
        """Emit all text that cannot be the beginning of a tag."""
        start = self._held.rfind("<", self._at)
        is_open = start >= 0 and _is_unfinished_tag(self._held, start)
        self._emit_until(events, start if is_open else len(self._held))
        return False

    def _emit_until(self, events: list[Event], end: int) -> None:
        events += self._events(self._held[self._at : end])
        self._at = end

    def _events(self, text: str) -> Iterator[Event]:
        if not text:
            return
        if self._is_in_reasoning:
            yield ReasoningDelta(text)
        else:
            self._code.add(text)
            yield TextDelta(text)


def is_speaker_name(text: str) -> bool:
    """Whether this is only the name of a speaker, which agents made of several agents write before a text."""
    return bool(_SPEAKER.fullmatch(text))


def _space_after(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start


def _is_unfinished_tag(text: str, start: int) -> bool:
    tag = _UNFINISHED_TAG.match(text, start)
    if not tag:
        return False
    name, *attributes = re.split(r"\s", tag[0].lstrip("</").lower(), maxsplit=1)
    return name in _TAG_NAMES if attributes else any(each.startswith(name) for each in _TAG_NAMES)

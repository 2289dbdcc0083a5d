"""Limits how much of one answer is kept."""

from dataclasses import fields, replace

from lib.agent.events import AgentError, Chunk, Event, Model, ReasoningDelta, TextDelta, TraceId, Usage
from lib.errors import AgentFailed
from lib.messages.parts import File, ToolResult

MESSAGES_TIMES = 100
"""Limit on the raw messages, as a multiple of the limit on what they say: a word of 5 bytes comes in 250."""


class AnswerTooLong(AgentFailed):
    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            f"The answer is longer than {most_bytes / 1_000_000:g} MB, the most that this app keeps of one, so it was "
            "ended here. Ask for less at once.",
            failure="too_long",
        )


class AnswerLimit:
    """Counts, in UTF-8 bytes, everything an agent says: text, reasoning, tool calls and their results, sources.

    What is not kept, such as a trace, does not count.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._left_bytes = most_bytes
        self._left_message_bytes = most_bytes * MESSAGES_TIMES
        self._is_over = False

    def trim(self, chunk: Chunk) -> Chunk:
        """The part of a chunk that may be kept."""
        events = tuple(kept for event in chunk.events if (kept := self._kept(event)))
        self._left_message_bytes -= len(chunk.raw)
        self._is_over = self._is_over or self._left_message_bytes < 0
        if not self._is_over:
            return Chunk(chunk.raw, events)
        # A raw message cannot be cut, since half of it is no JSON. A small one passes whole, one of 30 MB does not.
        return Chunk(chunk.raw if len(chunk.raw) <= self._most_bytes else "", events)

    def check(self) -> None:
        """Raises AnswerTooLong if something was left out."""
        if self._is_over:
            raise AnswerTooLong(self._most_bytes)

    def _kept(self, event: Event) -> Event | None:
        size_bytes = _bytes(event)
        if size_bytes <= self._left_bytes:
            self._left_bytes -= size_bytes
            return event
        if isinstance(event, File):
            # The answer mentions the file and goes on: a picture alone does not end it.
            return replace(event, url="", name=f"{event.name or 'image'} (too large to be kept)")
        left_bytes, self._left_bytes, self._is_over = self._left_bytes, 0, True
        match event:
            case TextDelta(text) | ReasoningDelta(text):
                return replace(event, text=_cut(text, left_bytes))
            case ToolResult(_, output):
                return replace(event, output=_cut(output, left_bytes))
        return None


def _bytes(event: Event) -> int:
    if isinstance(event, Usage | Model | TraceId | AgentError):
        return 0
    values = (getattr(event, field.name) for field in fields(event))
    return sum(len(value.encode("utf-8", "replace")) for value in values if isinstance(value, str))


def _cut(text: str, most_bytes: int) -> str:
    return text.encode("utf-8", "replace")[:most_bytes].decode("utf-8", "ignore")

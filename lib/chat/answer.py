"""An answer as it grows: events in, the parts of a message out."""

from collections.abc import Sequence
from typing import Any

from lib.agent.events import (
    AgentError,
    CurrentMessage,
    Decision,
    Event,
    Model,
    ReasoningDelta,
    ReasoningWasText,
    TextDelta,
    TextRetracted,
    TextWasReasoning,
    TraceId,
    Usage,
)
from lib.chat.calls import Calls
from lib.chat.growing_text import GrowingText, Kind
from lib.messages.parts import (
    Approval,
    Citation,
    Error,
    File,
    FollowUp,
    Note,
    Part,
    Reasoning,
    SignIn,
    Speaker,
    Text,
    ToolCall,
    ToolResult,
    content_of,
)
from lib.messages.usage import added


class Answer:
    """Written by one thread, read by any."""

    def __init__(self) -> None:
        self._parts: list[Part | GrowingText] = []
        self.has_text = False
        self.trace_id: str | None = None
        self.usage: dict[str, Any] | None = None
        self._used_before: dict[str, Any] | None = None
        """By the requests before the last decision of the user."""
        self.model: str | None = None
        self._calls = Calls()
        self._message: float = 0
        self._latest: float = 0
        self._open: dict[float, GrowingText] = {}
        """The texts that still grow, by their messages. Anything but a source that comes behind them ends them."""

    @property
    def parts(self) -> list[Part]:
        """As they are now; a later call usually finds the last one longer and others behind it.

        Earlier ones change only where an agent writes several messages at once, and where text turns out to be
        reasoning or the other way round.
        """
        return [part.part if isinstance(part, GrowingText) else part for part in self._parts.copy()]

    @property
    def content(self) -> str:
        return content_of(self.parts)

    def take(self, event: Event) -> None:
        match event:
            case CurrentMessage(number):
                self._message = number
            case TextRetracted():
                self._retract_text()
            case TextDelta(text):
                self._append_text(text)
            case ReasoningDelta(text):
                self._append_reasoning(text)
            case TextWasReasoning():
                self._make_reasoning()
            case ReasoningWasText(opening):
                self._make_text(opening)
            case ToolCall():
                if not self._calls.repeats(event, self._parts):
                    self._add(event)
            case ToolResult():
                self._add(self._calls.timed(event))
            case Approval():
                self._open.clear()
                self._parts = self._calls.with_request(event, self._parts)
            case Decision():
                self._used_before = self.usage
                self._open.clear()
                self._parts = self._calls.with_decision(event, self._parts)
            case Citation() | FollowUp() | Speaker():
                self._parts.append(event)
            case File() | SignIn():
                self._add(event)
            case Usage(counts):
                self.usage = added(self._used_before, counts)
            case Model(name):
                self.model = name
            case TraceId(id):
                self.trace_id = id
            case AgentError():
                pass  # The turn ends with it, and `fail` says why.

    def use_stored(
        self, parts: Sequence[Part], trace_id: str | None, usage: dict[str, Any] | None, model: str | None = None
    ) -> None:
        """Take what is stored instead of what was read."""
        self._parts, self.trace_id, self.usage, self.model = list(parts), trace_id, usage, model

    @property
    def is_empty(self) -> bool:
        """Whether the agent has said nothing at all."""
        return all(isinstance(part, Note | FollowUp | Speaker) for part in self._parts)

    @property
    def waits_for(self) -> list[Approval]:
        """The approvals that the user has not decided on yet."""
        return [part for part in self._parts.copy() if isinstance(part, Approval) and part.is_approved is None]

    @property
    def is_decided(self) -> bool:
        """Whether the user has decided on any approval."""
        return any(isinstance(part, Approval) and part.is_approved is not None for part in self._parts.copy())

    def note(self, sentence: str) -> None:
        """Keep what the reader of this answer should know about how it was asked for."""
        self._add(Note(sentence))

    def fail(self, sentence: str) -> None:
        """Keep what came, and why no more came."""
        self._add(Error(sentence))

    def _add(self, part: Part | GrowingText) -> None:
        """Behind all others; the texts before it grow no more."""
        self._open.clear()
        self._parts.append(part)

    def _append_text(self, text: str) -> None:
        if not text:
            return
        if growing := self._open.get(self._message):
            growing.append(text)
            return
        self.has_text = True
        growing = GrowingText(Text, text)
        self._parts.insert(self._index_of_new(), growing)
        self._open[self._message] = growing
        self._latest = max(self._latest, self._message)

    def _retract_text(self) -> None:
        if growing := self._open.pop(self._message, None):
            self._parts.remove(growing)

    def _index_of_new(self) -> int:
        """Before the texts of later messages that are being written at the same time."""
        is_latest = self._message >= self._latest
        later = [] if is_latest else [text for message, text in self._open.items() if message > self._message]
        return min(map(self._parts.index, later), default=len(self._parts))

    def _append_reasoning(self, text: str) -> None:
        if text and (growing := self._last(Reasoning)):
            growing.append(text)
        elif text:
            self._add(GrowingText(Reasoning, text))

    def _make_reasoning(self) -> None:
        """The growing text turns out to be reasoning."""
        if growing := self._open.get(self._message):
            growing.kind = Reasoning
            self._open.clear()

    def _make_text(self, opening: str) -> None:
        """The last reasoning turns out to be text, and goes on with the text before it."""
        if reasoning := self._last(Reasoning):
            self._parts.pop()
            text = f"{opening}{reasoning.part.text}"
            if before := self._last(Text):
                before.append(text)
            else:
                self._append_text(text)

    def _last(self, kind: Kind) -> GrowingText | None:
        """The last part, if it is one of this kind that can grow."""
        last = self._parts[-1] if self._parts else None
        return last if isinstance(last, GrowingText) and last.kind is kind else None

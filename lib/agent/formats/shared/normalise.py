"""Prepares a reader's events to be shown and stored: storable text, reasoning separate from text, matching ids.

The order of events matters here. Text that could begin a reasoning tag is held back, and citations are held back until
the text before them is complete. So when an event ends the text (a tool call, an error, the end of the answer), the
normaliser first emits the text that open messages hold back, then the citations, and then the event itself.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from lib.agent.events import AgentError, CurrentMessage, Event, ReasoningDelta, TextDelta, TextRetracted, Usage
from lib.agent.formats.shared.citations import HeldCitations
from lib.agent.formats.shared.failures import MISSING_CREDENTIAL, login_needed
from lib.agent.formats.shared.introductions import Introductions
from lib.agent.formats.shared.reasoning_tags import ReasoningTagSplitter
from lib.agent.formats.shared.surrogates import SurrogateJoiner
from lib.labels import clean_label
from lib.messages.parts import (
    MOST_FOLLOW_UPS,
    Approval,
    Citation,
    File,
    FollowUp,
    SignIn,
    Speaker,
    ToolCall,
    ToolResult,
)
from lib.storable import storable_text

MAX_FOLLOW_UP_CHARS = 120


class Normaliser:
    """Takes every event of one answer, in order."""

    def __init__(self) -> None:
        self._messages: dict[float, _Message] = {}
        self._number: float = 0
        self._reasoning = SurrogateJoiner()
        self._citations = HeldCitations()
        self._follow_ups: list[FollowUp] = []
        self._files: set[tuple[str, str]] = set()
        self._visible: list[str] = []
        self._open_calls: list[str] = []
        self._calls = 0
        self._login_urls: set[str] = set()
        self._introductions = Introductions()

    def feed(self, events: Iterable[Event]) -> tuple[Event, ...]:
        return tuple(normal for event in events for normal in self._normalised(event))

    def end(self, *, is_whole: bool) -> tuple[Event, ...]:
        """The events that are still held back. `is_whole`: the answer did not break off."""
        suggested = self._follow_ups if is_whole else ()
        return (*self._end_messages(is_whole=is_whole), *suggested)

    def _normalised(self, event: Event) -> Iterator[Event]:
        match event:
            case TextDelta(text):
                yield from self._shown(self._message.feed(text))
            case ReasoningDelta(text):
                if text := self._reasoning.feed(text):
                    yield from self._introductions.due()
                    yield ReasoningDelta(text)
            case CurrentMessage(number):
                # Flush the message but do not end it: it may continue later, and its open tags must still count.
                yield from self._shown(self._message.flush())
                yield from self._citations.take()
                self._number = number
                yield event
            case TextRetracted():
                self._messages.pop(self._number, None)
                yield event
            case ToolCall(id, name, arguments):
                yield from self._end_messages()
                yield from self._introductions.due()
                yield ToolCall(self._call_id(storable_text(id)), storable_text(name), storable_text(arguments))
            case Approval(call_id):
                yield replace(event, call_id=storable_text(call_id), server=storable_text(event.server or "") or None)
            case ToolResult(call_id, output):
                yield from self._end_messages()
                yield ToolResult(self._call_id_of_result(storable_text(call_id)), storable_text(output))
                yield from self._login(output)
            case Citation():
                # Held back until the text is complete, because it would split the text in two.
                self._citations.add(event)
            case File(media_type, url, name):
                yield from self._file(File(storable_text(media_type), storable_text(url), storable_text(name)))
            case FollowUp(text):
                self._keep_follow_up(clean_label(storable_text(text)))
            case Usage(counts):
                yield Usage(_numbers(counts))
            case AgentError(message, is_cut_short):
                yield from self._end_messages(is_whole=False)
                yield from self._login(message)
                yield AgentError(storable_text(message), is_cut_short)
            case _:
                yield event

    @property
    def _message(self) -> "_Message":
        if self._number not in self._messages:
            self._messages[self._number] = _Message()
        return self._messages[self._number]

    def _end_messages(self, *, is_whole: bool = True) -> Iterator[Event]:
        """Emit what open messages hold back. Later text in one of them is treated like the start of a message."""
        messages, self._messages = self._messages, {}
        for number, message in sorted(messages.items()):
            if events := message.end(is_whole=is_whole):
                if number != self._number:
                    yield CurrentMessage(number)
                yield from self._shown(events)
                if number != self._number:
                    yield CurrentMessage(self._number)
        yield from self._citations.take()
        # Search the whole text for a sign-in, because the link may be spread over many deltas.
        visible, self._visible = "".join(self._visible), []
        yield from self._login(visible)

    def _shown(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, Speaker):
                self._introductions.announce(event)
                continue
            if isinstance(event, TextDelta):
                self._visible.append(event.text)
            if isinstance(event, TextDelta | ReasoningDelta):
                yield from self._introductions.due()
            yield event

    def _keep_follow_up(self, text: str) -> None:
        """Held back until the answer is whole. Most agents repeat them at the end of a stream."""
        is_new = FollowUp(text) not in self._follow_ups and len(self._follow_ups) < MOST_FOLLOW_UPS
        if is_new and 0 < len(text) <= MAX_FOLLOW_UP_CHARS:
            self._follow_ups.append(FollowUp(text))

    def _file(self, file: File) -> Iterator[Event]:
        """Emit each file once: the end of a stream may repeat all of them."""
        if (file.url, file.name) not in self._files:
            self._files.add((file.url, file.name))
            yield from self._shown(self._message.flush())
            yield file

    def _login(self, text: str) -> Iterator[SignIn]:
        sign_in = login_needed(storable_text(text)) if MISSING_CREDENTIAL in text else None
        if sign_in and sign_in.url not in self._login_urls:
            self._login_urls.add(sign_in.url)
            yield sign_in

    def _call_id(self, call_id: str) -> str:
        """The call's id, or a new one if the agent sent none: the result must be matched with its call."""
        self._calls += 1
        self._open_calls.append(call_id or f"call-{self._calls}")
        return self._open_calls[-1]

    def _call_id_of_result(self, call_id: str) -> str:
        call_id = call_id or (self._open_calls[0] if self._open_calls else "")
        if call_id in self._open_calls:
            self._open_calls.remove(call_id)
        return call_id


class _Message:
    """The text of one message of the answer."""

    def __init__(self) -> None:
        self._joiner = SurrogateJoiner()
        self._splitter = ReasoningTagSplitter()

    def feed(self, delta: str) -> list[Event]:
        return self._splitter.feed(self._joiner.feed(delta))

    def flush(self) -> list[Event]:
        return self._splitter.flush()

    def end(self, *, is_whole: bool) -> list[Event]:
        return self._splitter.end() if is_whole else self._splitter.flush()


def _numbers(counts: dict[str, Any]) -> dict[str, Any]:
    """Only the numbers: other values may be text, NaN or infinity."""
    numbers: dict[str, Any] = {}
    for name, value in counts.items():
        if isinstance(value, dict):
            numbers[storable_text(name)] = {
                storable_text(key): number for key, number in value.items() if _is_count(number)
            }
        elif _is_count(value):
            numbers[storable_text(name)] = value
    return numbers


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

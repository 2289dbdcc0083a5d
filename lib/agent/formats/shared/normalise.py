"""Make a parser's events fit to be shown and stored: clean text, reasoning told apart, ids that match."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from lib.agent.events import AgentError, Event, InMessage, ReasoningDelta, TextDelta, Usage, Void
from lib.agent.formats.shared.reasoning_tags import ThinkSplitter
from lib.agent.formats.shared.sign_in import MARK, login_needed
from lib.agent.formats.shared.text import Stitcher, clean
from lib.messages.parts import Citation, File, SignIn, ToolCall, ToolResult


class Tidier:
    """Sees every event of one answer, in order."""

    def __init__(self) -> None:
        self._messages: dict[float, _Message] = {}
        self._number: float = 0
        self._reasoning = Stitcher()
        self._citations: list[Citation] = []
        self._files: set[tuple[str, str]] = set()
        self._visible: list[str] = []
        self._open_calls: list[str] = []
        self._calls = 0
        self._logins: set[str] = set()

    def tidied(self, events: Iterable[Event]) -> tuple[Event, ...]:
        return tuple(tidy for event in events for tidy in self._tidy(event))

    def end(self, *, is_whole: bool) -> tuple[Event, ...]:
        """What was still held back. `is_whole`: the answer did not break off."""
        return tuple(self._ended(is_whole=is_whole))

    def _tidy(self, event: Event) -> Iterator[Event]:
        match event:
            case TextDelta(text):
                yield from self._told(self._message.feed(text))
            case ReasoningDelta(text):
                if text := self._reasoning.feed(text):
                    yield ReasoningDelta(text)
            case InMessage(number):
                yield from self._told(self._message.flush())
                yield from self._cited()
                self._number = number
                yield event
            case Void():
                self._messages.pop(self._number, None)
                yield event
            case ToolCall(id, name, arguments):
                yield from self._ended()
                yield ToolCall(self._called(clean(id)), clean(name), clean(arguments))
            case ToolResult(call_id, output):
                yield from self._ended()
                yield ToolResult(self._answered(clean(call_id)), clean(output))
                yield from self._login(output)
            case Citation(url, title):
                # Behind the text that it belongs to, which would be cut in two.
                self._citations.append(Citation(clean(url), clean(title)))
            case File(media_type, url, name):
                yield from self._file(File(clean(media_type), clean(url), clean(name)))
            case Usage(counts):
                yield Usage(_numbers(counts))
            case AgentError(message, is_cut_short):
                yield from self._ended(is_whole=False)
                yield from self._login(message)
                yield AgentError(clean(message), is_cut_short)
            case _:
                yield event

    @property
    def _message(self) -> "_Message":
        if self._number not in self._messages:
            self._messages[self._number] = _Message()
        return self._messages[self._number]

    def _ended(self, *, is_whole: bool = True) -> Iterator[Event]:
        """What the messages held back that were being written; what they go on with has a head of its own."""
        messages, self._messages = self._messages, {}
        for number, message in sorted(messages.items()):
            if found := message.end(is_whole=is_whole):
                if number != self._number:
                    yield InMessage(number)
                yield from self._told(found)
                if number != self._number:
                    yield InMessage(self._number)
        yield from self._cited()
        visible, self._visible = "".join(self._visible), []
        yield from self._login(visible)

    def _told(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, TextDelta):
                self._visible.append(event.text)
            yield event

    def _cited(self) -> Iterator[Event]:
        citations, self._citations = self._citations, []
        yield from citations

    def _file(self, file: File) -> Iterator[Event]:
        """Once, although the end of a stream may hold all of it again."""
        if (file.url, file.name) not in self._files:
            self._files.add((file.url, file.name))
            yield from self._told(self._message.flush())
            yield file

    def _login(self, text: str) -> Iterator[SignIn]:
        found = login_needed(clean(text)) if MARK in text else None
        if found and found.url not in self._logins:
            self._logins.add(found.url)
            yield found

    def _called(self, call_id: str) -> str:
        """Agents may leave the id out, but a result has to find its call."""
        self._calls += 1
        self._open_calls.append(call_id or f"call-{self._calls}")
        return self._open_calls[-1]

    def _answered(self, call_id: str) -> str:
        call_id = call_id or (self._open_calls[0] if self._open_calls else "")
        if call_id in self._open_calls:
            self._open_calls.remove(call_id)
        return call_id


class _Message:
    """The text of one message of the answer."""

    def __init__(self) -> None:
        self._stitcher = Stitcher()
        self._splitter = ThinkSplitter()

    def feed(self, delta: str) -> list[Event]:
        return self._splitter.feed(self._stitcher.feed(delta))

    def flush(self) -> list[Event]:
        return self._splitter.flush()

    def end(self, *, is_whole: bool) -> list[Event]:
        return self._splitter.end() if is_whole else self._splitter.flush()


def _numbers(counts: dict[str, Any]) -> dict[str, Any]:
    """The counts alone: whatever else stands there could be text or a number that JSON does not know."""
    found: dict[str, Any] = {}
    for name, value in counts.items():
        if isinstance(value, dict):
            found[clean(name)] = {clean(key): number for key, number in value.items() if _is_count(number)}
        elif _is_count(value):
            found[clean(name)] = value
    return found


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

"""Reads answers of chat completions (`choices`) and of ChatAgent (`delta` with a message id, or `messages`).

It also reads LangChain's messages and LangGraph's steps. A tool call is streamed in pieces; the reader emits it when
something else begins, or at the end.
"""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import AgentError, CurrentMessage, Event, TextDelta, Usage
from lib.agent.formats.shared.citations import citations_of, citations_of_message
from lib.agent.formats.shared.content import INPUT_ROLES, content_events, reasoning_events
from lib.agent.formats.shared.envelopes import ENVELOPES
from lib.agent.formats.shared.failures import cut_short
from lib.agent.formats.shared.files import files_of, images_of
from lib.agent.formats.shared.tools import ToolCallPieces, result_events
from lib.agent.formats.shared.values import as_json, name_of

_ROLES = {"human": "user", "ai": "assistant", "aimessagechunk": "assistant", "tool": "tool", "function": "function"}
"""LangChain messages have a `type` instead of a role; it is in lower case here."""
_METADATA_FIELDS = ("role", "index", "logprobs", "finish_reason", "id", "object")
_RESULTS = ("tool", "function")


class ChatCompletionsReader:
    def __init__(self) -> None:
        self._calls = ToolCallPieces()
        self._message_id = ""
        self._message = 0
        self._has_text = False
        self._said: list[str] = []
        """The pieces of the current message's text."""
        self._has_deltas = False
        self._last_whole_text = ""
        """The text of the last whole message. The next one may repeat it."""
        self._last_messages: list[Any] = []
        self._cut_short = ""
        # True while a choice has begun and has no `finish_reason`.
        self.awaits_end = False
        self.ignored = 0

    @staticmethod
    def accepts(data: dict[str, Any]) -> bool:
        return _has_messages(data) or _is_message(data) or _langgraph_step(data) is not None

    def read(self, data: dict[str, Any]) -> Iterator[Event]:
        if _has_messages(data):
            return self._messages_in(data)
        return self._messages_in({"delta": data} if _is_message(data) else _langgraph_step(data) or {})

    def flush(self) -> Iterator[Event]:
        yield from self._calls.completed()
        if self._cut_short:
            yield AgentError(self._cut_short, is_cut_short=True)

    def _messages_in(self, data: dict[str, Any]) -> Iterator[Event]:
        for choice in _list(data.get("choices")):
            # Only the first choice is read: the others are alternative answers.
            if isinstance(choice, dict) and not choice.get("index"):
                yield from self._choice(choice)
        if isinstance(data.get("delta"), dict):
            yield from self._message_of(data["delta"])
        if isinstance(data.get("messages"), list):
            yield from self._whole_conversation(data["messages"])
        yield from citations_of(data.get("citations"))
        if isinstance(data.get("usage"), dict):
            yield Usage(data["usage"])
        if not data.get("choices"):
            yield from self._finished(data)

    def _choice(self, choice: dict[str, Any]) -> Iterator[Event]:
        if isinstance(choice.get("delta"), dict):
            self._has_deltas = True
            self._await_end(choice["delta"])
            yield from self._message_of(choice["delta"])
        elif isinstance(choice.get("message"), dict):
            # A whole message after deltas only repeats them.
            if not self._has_deltas:
                yield from self._whole_message(choice["message"])
        elif "text" in choice:
            self._await_end(choice)
            yield from self._message_of({"content": choice["text"]})
        yield from self._finished(choice)
        for holder in (choice, choice.get("delta")):
            if isinstance(holder, dict) and holder.get("error"):
                yield AgentError(as_json(holder["error"]))

    def _await_end(self, piece: dict[str, Any]) -> None:
        """Expect a `finish_reason`, unless the piece is empty: some servers send an empty one after the end."""
        if any(piece[key] for key in piece if key not in _METADATA_FIELDS):
            self.awaits_end = True

    def _finished(self, data: dict[str, Any]) -> Iterator[Event]:
        if reason := name_of(data.get("finish_reason")) or name_of(data.get("stop_reason")):
            self._cut_short = cut_short(reason)
            self.awaits_end = False
            yield from self._calls.completed()

    def _whole_message(self, message: dict[str, Any]) -> Iterator[Event]:
        """Emit only the new text: some servers stream whole messages, each longer than the last."""
        for event in self._message_of(message):
            if isinstance(event, TextDelta):
                new = event.text.removeprefix(self._last_whole_text)
                self._last_whole_text = event.text
                event = TextDelta(new)
            yield event

    def _whole_conversation(self, messages: list[Any]) -> Iterator[Event]:
        """Emit what is new in all messages of an answer: some agents send all of them again with each step."""
        for position, message in enumerate(messages):
            earlier = self._last_messages[position] if position < len(self._last_messages) else None
            if message != earlier:
                yield from self._message_of(_new_in(message, earlier))
                yield from self._calls.completed()
        self._last_messages = messages

    def _message_of(self, message: Any) -> Iterator[Event]:
        role = _role(message)
        if role in INPUT_ROLES:
            return
        if role in _RESULTS:
            yield from self._calls.completed()
            yield from result_events(name_of(message.get("tool_call_id")), message.get("content"))
            return
        yield from reasoning_events(message)
        yield from self._content(message)
        yield from images_of(message.get("images"))
        cites = message.get("annotations") or message.get("citations")
        yield from citations_of_message(message, "".join(self._said) if cites else "")  # it may have 500,000 pieces
        self._calls.add(message)

    def _content(self, message: dict[str, Any]) -> Iterator[Event]:
        content = message.get("content")
        events: list[Event] = [*content_events(content)]
        events = events or [*content_events(message.get("refusal"))] or [*_audio(message.get("audio"))]
        self.ignored += bool(content) and not events
        for event in events:
            if isinstance(event, TextDelta):
                yield from self._calls.completed()
                yield from self._begin_text(name_of(message.get("id")) or self._message_id)
                self._said.append(event.text)
            yield event

    def _begin_text(self, message_id: str) -> Iterator[Event]:
        """Begin another message if the id changes: ChatAgent gives each message an id."""
        if self._has_text and message_id != self._message_id:
            self._message += 1
            self._said = []
            yield CurrentMessage(self._message)
        self._has_text, self._message_id = True, message_id


def _has_messages(data: dict[str, Any]) -> bool:
    return (
        isinstance(data.get("choices"), list)
        or isinstance(data.get("delta"), dict)
        or isinstance(data.get("messages"), list)
    )


def _is_message(data: dict[str, Any]) -> bool:
    """Whether this is a bare message, or a piece of one."""
    return "content" in data and ("role" in data or name_of(data.get("type")).lower() in _ROLES)


def _langgraph_step(data: dict[str, Any]) -> dict[str, Any] | None:
    """The step in a message of LangGraph, whose only field has the name of the node that made the step."""
    if len(data) != 1:
        return None
    [(name, step)] = data.items()
    return step if name not in ENVELOPES and isinstance(step, dict) and _has_messages(step) else None


def _role(message: Any) -> str:
    """The role. A delta without one is the assistant's; anything but a message counts as the user's and is ignored."""
    if not isinstance(message, dict):
        return "user"
    role = message.get("role")
    return role if isinstance(role, str) else _ROLES.get(name_of(message.get("type")).lower(), "assistant")


def _audio(audio: Any) -> Iterator[Event]:
    """The transcript and the recording of a spoken answer."""
    if isinstance(audio, dict):
        yield from content_events(audio.get("transcript"))
        yield from files_of({"type": "audio", "audio": audio} if audio.get("data") else None)


def _new_in(message: Any, earlier: Any) -> Any:
    """The message without the text of `earlier`, if it is the same message grown longer."""
    if not (isinstance(message, dict) and isinstance(earlier, dict)):
        return message
    old, new = earlier.get("content"), message.get("content")
    if isinstance(old, str) and isinstance(new, str) and old and new.startswith(old):
        return {**message, "content": new[len(old) :]}
    return message


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

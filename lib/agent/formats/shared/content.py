"""Reads the `content` of a message in any format: text, reasoning and files, in order."""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event, ReasoningDelta, TextDelta
from lib.agent.formats.shared.files import file_of
from lib.agent.formats.shared.values import text_of
from lib.messages.parts import File

INPUT_ROLES = ("user", "system", "developer")
"""Agents that repeat the conversation also send messages of these roles. They are not part of the answer."""
_REASONING_TYPES = ("reasoning", "thinking", "redacted_thinking", "reasoning_text", "reasoning_content", "thought")
_REASONING_KEYS = (
    *("reasoning_content", "reasoning", "thinking", "thinking_content", "thoughts", "thought", "reasoning_text"),
    *("thinking_blocks", "reasoning_details"),
)
"""Fields of a message that hold its reasoning. Some servers send the same text in several of them."""


def content_events(content: Any) -> Iterator[TextDelta | ReasoningDelta | File]:
    """The events in order; neighbouring texts are joined."""
    if isinstance(content, dict) and isinstance(content.get("parts"), list):
        content = content["parts"]
    text = ""
    for part in content if isinstance(content, list) else [content]:
        if not is_reasoning(part) and (file := file_of(part)) is None:
            text += text_of(part)
            continue
        if text:
            yield TextDelta(text)
        text = ""
        if is_reasoning(part):
            yield from _reasoning_delta(reasoning_text(part))
        elif file:
            yield file
    if text:
        yield TextDelta(text)


def reasoning_events(message: dict[str, Any]) -> Iterator[Event]:
    """The reasoning that a message holds outside of its content."""
    for key in _REASONING_KEYS:
        if key in message and (text := reasoning_text(message[key])):
            yield ReasoningDelta(text)
            return


def is_reasoning(part: Any) -> bool:
    return isinstance(part, dict) and (part.get("type") in _REASONING_TYPES or part.get("thought") is True)


def reasoning_text(value: Any) -> str:
    """The reasoning in a text, a part, an item, or a list of these."""
    if isinstance(value, list):
        return "".join(map(reasoning_text, value))
    if not isinstance(value, dict):
        return value if isinstance(value, str) else ""
    keys = ("thinking", "summary", "reasoning", "text", "content")
    return next((text for key in keys if (text := reasoning_text(value.get(key)))), "")


def _reasoning_delta(text: str) -> Iterator[ReasoningDelta]:
    if text:
        yield ReasoningDelta(text)

"""What the `content` of a message holds, in any format: text, reasoning, images and other files, in order."""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event, ReasoningDelta, TextDelta
from lib.agent.formats.shared.files import file_of
from lib.agent.formats.shared.text import text_of
from lib.messages.parts import File

_REASONING_TYPES = ("reasoning", "thinking", "redacted_thinking", "reasoning_text", "reasoning_content", "thought")
_REASONING_KEYS = (
    *("reasoning_content", "reasoning", "thinking", "thinking_content", "thoughts", "thought", "reasoning_text"),
    *("thinking_blocks", "reasoning_details"),
)
"""Under which a message gives its reasoning. Some servers give the same text under several of them."""


def pieces(content: Any) -> Iterator[TextDelta | ReasoningDelta | File]:
    """Neighbouring texts as one."""
    if isinstance(content, dict) and isinstance(content.get("parts"), list):
        content = content["parts"]
    said = ""
    for part in content if isinstance(content, list) else [content]:
        if not is_reasoning(part) and (file := file_of(part)) is None:
            said += text_of(part)
            continue
        if said:
            yield TextDelta(said)
        said = ""
        if is_reasoning(part):
            yield from _thought(reasoning_text(part))
        elif file:
            yield file
    if said:
        yield TextDelta(said)


def reasoning(message: dict[str, Any]) -> Iterator[Event]:
    """What a message gives as its reasoning beside its content."""
    for key in _REASONING_KEYS:
        if key in message and (found := reasoning_text(message[key])):
            yield ReasoningDelta(found)
            return


def is_reasoning(part: Any) -> bool:
    return isinstance(part, dict) and (part.get("type") in _REASONING_TYPES or part.get("thought") is True)


def reasoning_text(value: Any) -> str:
    """A text, a part, an item, or a list of these."""
    if isinstance(value, list):
        return "".join(map(reasoning_text, value))
    if not isinstance(value, dict):
        return value if isinstance(value, str) else ""
    keys = ("thinking", "summary", "reasoning", "text", "content")
    return next((found for key in keys if (found := reasoning_text(value.get(key)))), "")


def _thought(text: str) -> Iterator[ReasoningDelta]:
    if text:
        yield ReasoningDelta(text)

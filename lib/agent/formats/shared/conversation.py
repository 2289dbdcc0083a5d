"""A conversation in the formats that agents take, tool calls and their results included."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from lib.agent.formats.shared.steps import Step, steps
from lib.messages.parts import ContextMessage, Text, ToolCall, ToolResult, content_of

Item = dict[str, Any]
BROKEN_OFF = "(The answer broke off here.)"
"""Stands between a tool's result and the next question where no text came: strict models take no question there."""


def input_items(conversation: Sequence[ContextMessage]) -> list[Item]:
    """Responses input items, tool calls and their results in the order in which they happened."""
    return [item for role, run in _runs(conversation) for item in _items(role, run)]


def chat_messages(conversation: Sequence[ContextMessage]) -> list[Item]:
    """Chat messages: calls hang on an assistant's text and are followed by their results."""
    return [message for role, run in _runs(conversation) for message in _messages(role, run)]


def _runs(conversation: Sequence[ContextMessage]) -> Iterator[tuple[str, Iterator[Step]]]:
    """One entry whenever the speaker changes, because strict models refuse two questions in a row.

    That is what an answer leaves that failed before its first word.
    """
    told = [(message.role, step) for message in conversation for step in steps(message.parts)]
    for role, group in groupby(told, key=lambda entry: entry[0]):
        yield role, _joined(step for _, step in group)


def _joined(run: Iterator[Step]) -> Iterator[Step]:
    """Neighbouring texts as one."""
    for kind, group in groupby(run, key=type):
        if kind is Text:
            yield Text(content_of(group))
        else:
            yield from group


def _items(role: str, run: Iterator[Step]) -> Iterator[Item]:
    for step in run:
        match step:
            case Text(text):
                yield {"role": role, "content": text}
            case ToolCall(id, name, arguments):
                yield {"type": "function_call", "call_id": id, "name": name, "arguments": arguments}
            case ToolResult(call_id, output):
                yield {"type": "function_call_output", "call_id": call_id, "output": output}


def _messages(role: str, run: Iterator[Step]) -> Iterator[Item]:
    said = ""
    for step in run:
        match step:
            case Text(text):
                said = text
            case ToolCall():
                # Some models refuse empty content beside a tool call.
                yield {"role": "assistant", "content": said or " ", "tool_calls": [_call(step)]}
                said = ""
            case ToolResult(call_id, output):
                yield {"role": "tool", "tool_call_id": call_id, "content": output or " "}
    yield {"role": role, "content": said or BROKEN_OFF}


def _call(call: ToolCall) -> Item:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}

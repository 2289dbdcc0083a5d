"""A conversation in the formats that agents take, tool calls and their results included."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from lib.agent.formats.shared.steps import Called, Text, steps

Item = dict[str, Any]
BROKEN_OFF = "(The answer broke off here.)"
"""Stands between a tool's result and the next question where no text came: strict models take no question there."""


def input_items(conversation: Sequence["Spoken"]) -> list[Item]:
    """Responses input items, tool calls and their results in the order in which they happened."""
    return [item for spoken in _runs(conversation) for item in _items(*spoken)]


def chat_messages(conversation: Sequence["Spoken"]) -> list[Item]:
    """Chat messages: calls hang on an assistant's text and are followed by their results."""
    return [message for spoken in _runs(conversation) for message in _messages(*spoken)]


Spoken = tuple[str, Sequence[dict[str, Any]]]
"""A role and the parts of what was said in it."""
_Run = tuple[str, list[Text | Called]]


def _runs(conversation: Sequence[Spoken]) -> Iterator[_Run]:
    """One entry whenever the speaker changes, because strict models refuse two questions in a row.

    That is what an answer leaves that failed before its first word.
    """
    told = [(role, list(steps(parts))) for role, parts in conversation]
    for role, group in groupby((entry for entry in told if entry[1]), key=lambda entry: entry[0]):
        yield role, [step for _, found in group for step in found]


def _items(role: str, run: list[Text | Called]) -> Iterator[Item]:
    for is_text, group in groupby(run, key=lambda step: isinstance(step, Text)):
        if is_text:
            yield {"role": role, "content": _joined(group)}
            continue
        for step in group:
            if isinstance(step, Called):
                call = {"type": "function_call", "call_id": step.id, "name": step.name, "arguments": step.arguments}
                yield call
                yield {"type": "function_call_output", "call_id": step.id, "output": step.output}


def _messages(role: str, run: list[Text | Called]) -> Iterator[Item]:
    said = ""
    step: Text | Called | None = None
    for is_text, group in groupby(run, key=lambda step: isinstance(step, Text)):
        if is_text:
            said = _joined(group)
            continue
        for step in group:
            if isinstance(step, Called):
                # Some models refuse empty content beside a tool call.
                yield {"role": "assistant", "content": said or " ", "tool_calls": [_call(step)]}
                yield {"role": "tool", "tool_call_id": step.id, "content": step.output or " "}
                said = ""
    if said or step:
        yield {"role": role, "content": said or BROKEN_OFF}


def _joined(group: Iterator[Text | Called]) -> str:
    return "\n\n".join(step.text for step in group if isinstance(step, Text))


def _call(step: Called) -> Item:
    return {"id": step.id, "type": "function", "function": {"name": step.name, "arguments": step.arguments}}

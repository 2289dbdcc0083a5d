"""An agent that asks others, as a Supervisor Agent does: one that knows the data, and one that knows the handbook."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from local.demo import handbook
from local.demo.events import End, Message, Named, TeamEvent, TextDelta, ToolCall, ToolResult

Answer = Callable[[Sequence[Message]], Iterator[TeamEvent]]
SUPERVISOR, DATA, HANDBOOK = "agent-supervisor", "agent-shop-data", "agent-handbook"


def answer(messages: Sequence[Message], data_agent: Answer) -> Iterator[TeamEvent]:
    """Hand the question over, let the other agent speak, and end with a sentence."""
    asked = next((message.text for message in reversed(messages) if message.role == "user"), "")
    name, expert = (HANDBOOK, handbook.answer) if handbook.is_about_handbook(asked) else (DATA, data_agent)
    call_id = f"call_{uuid4().hex[:12]}"
    yield Named(SUPERVISOR)
    yield ToolCall(call_id, name, json.dumps({"question": asked}))
    yield ToolResult(call_id, name, f"Handed over to {name}.")
    yield Named(name)
    end = End(0, 0)
    for event in expert(messages):
        if isinstance(event, End):
            end = event
        else:
            yield event
    yield Named(SUPERVISOR)
    said = "That is what our expert found. Is there anything else that I can ask for you?"
    yield from map(TextDelta, re.findall(r"\S+\s*", said))
    yield End(end.input_tokens, end.output_tokens + len(said.split()), end.follow_ups)

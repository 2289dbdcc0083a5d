"""What an agent says, and the parts of a stored answer, as the output of a response: both tell the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar
from uuid import UUID

from lib.agent.events import (
    CurrentMessage,
    Decision,
    Event,
    ReasoningDelta,
    ReasoningWasText,
    TextDelta,
    TextRetracted,
    TextWasReasoning,
)
from lib.api.responses.output import Output
from lib.messages.parts import (
    Approval,
    Citation,
    Error,
    File,
    Note,
    Part,
    Reasoning,
    SignIn,
    Text,
    ToolCall,
    ToolResult,
)

_Said = TypeVar("_Said", Part, Event)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call and the request to approve it, which are one item."""

    call: ToolCall
    approval: Approval


def _paired(said: Sequence[_Said]) -> Iterator[_Said | _Asked]:
    for each, following in zip_longest(said, said[1:]):
        if isinstance(each, ToolCall) and isinstance(following, Approval) and each.id == following.call_id:
            yield _Asked(each, following)
        elif not isinstance(each, Approval):
            yield each


def output_of(answer_id: UUID, parts: Sequence[Part]) -> Output:
    """Still to be ended. What the Responses API has no word for is left out."""
    output = Output(answer_id)
    for number, part in enumerate(_paired(parts)):
        match part:
            case Text(text):
                output.message = number
                output.add_text(text)
            case Reasoning(text):
                output.add_reasoning(text)
            case Note() | Error():
                output.close()
            case _Asked(call, approval):
                output.add_request(call, approval.server)
                if approval.is_approved is not None:
                    output.go_on()
            case _:
                _read(output, part)
    return output


def read_events(output: Output, events: Sequence[Event]) -> None:
    """Those of one message of the agent."""
    for event in _paired(events):
        _read_event(output, event)


def _read_event(output: Output, event: "Event | _Asked") -> None:
    """As `lib.chat.answer` takes it, so that the parts of the answer make the same output in the end."""
    match event:
        case _Asked(call, approval):
            output.add_request(call, approval.server)
        case Decision():
            output.go_on()
        case CurrentMessage(number):
            output.message = number
        case TextDelta(text):
            output.add_text(text)
        case ReasoningDelta(text):
            output.add_reasoning(text)
        case TextRetracted():
            output.take_back_text()
        case TextWasReasoning():
            text = output.take_back_text()
            output.close()
            output.add_reasoning(text)
        case ReasoningWasText(opening):
            if (reasoning := output.take_back_reasoning()) is not None:
                output.add_text(opening + reasoning)
        case _:
            _read(output, event)


def _read(output: Output, said: Part | Event) -> None:
    """What an agent says as a whole."""
    match said:
        case ToolCall(id, name, arguments):
            output.add_call(id, name, arguments)
        case ToolResult(call_id, result):
            output.add_result(call_id, result)
        case Citation(url, title, after=after):
            output.cite(url, title, after)
        case SignIn(url, text):
            output.cite(url, text)
            output.close()
        case File(media_type, url, name):
            _read_file(output, media_type, url, name)


def _read_file(output: Output, media_type: str, url: str, name: str) -> None:
    """A picture that is here with its bytes is an item; anything else is a source, by its address or its name."""
    head, comma, base64 = url.partition(";base64,")
    if comma and head.startswith("data:image/"):
        output.add_image(base64)
    else:
        output.cite("" if url.startswith("data:") else url, name or media_type)
        output.close()

"""What an agent says, and the parts of a stored answer, as the output of a response: both tell the same."""

from collections.abc import Iterable
from uuid import UUID

from lib.agent.events import (
    CurrentMessage,
    Event,
    ReasoningDelta,
    ReasoningWasText,
    TextDelta,
    TextRetracted,
    TextWasReasoning,
)
from lib.api.responses.output import Output
from lib.messages.parts import Citation, Error, File, Note, Part, Reasoning, SignIn, Text, ToolCall, ToolResult


def output_of(answer_id: UUID, parts: Iterable[Part]) -> Output:
    """Still to be ended. What the Responses API has no word for is left out."""
    output = Output(answer_id)
    for number, part in enumerate(parts):
        match part:
            case Text(text):
                output.message = number
                output.add_text(text)
            case Reasoning(text):
                output.add_reasoning(text)
            case Note() | Error():
                output.close()
            case _:
                _read(output, part)
    return output


def read_event(output: Output, event: Event) -> None:
    """As `lib.chat.answer` takes it, so that the parts of the answer make the same output in the end."""
    match event:
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

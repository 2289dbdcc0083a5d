"""Defines what a wire format consists of, and lists all of them.

To add a format, add a folder beside this file, a line in `FORMATS`, and its streams in tests/fixtures/streams.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lib.agent.events import Event
from lib.agent.formats.anthropic.reader import AnthropicReader
from lib.agent.formats.chat_completions.reader import ChatCompletionsReader
from lib.agent.formats.chat_completions.writer import chat_messages
from lib.agent.formats.responses.reader import ResponsesReader
from lib.agent.formats.responses.writer import input_items
from lib.messages.parts import ContextMessage


class Reader(Protocol):
    """Reads the messages of one answer, in order; one instance per answer.

    `awaits_end`: the format announces the end of an answer and has not done so yet, so a stream that stops here was cut
    off. `ignored` counts accepted messages whose content could not be read.
    """

    awaits_end: bool
    ignored: int

    @staticmethod
    def accepts(data: dict[str, Any]) -> bool:
        """Whether a message of a stream, or a whole answer, is in this format."""

    def read(self, data: dict[str, Any]) -> Iterator[Event]:
        """The events of a message that was accepted."""

    def flush(self) -> Iterator[Event]:
        """The events that are still held back when the stream ends."""


@dataclass(frozen=True)
class RequestFormat:
    """How a request to an agent is written.

    `name` is the value of AGENT_FORMAT. `write` turns a conversation into the value of `field` in the request body.
    A URL whose path ends in one of `url_endings` accepts no other format. `takes` are the beginnings of the content
    types of files that it has a form for; text is always taken, as a part of the question.
    """

    name: str
    field: str
    url_endings: tuple[str, ...]
    takes: tuple[str, ...]
    write: Callable[[Sequence[ContextMessage]], list[dict[str, Any]]]


@dataclass(frozen=True)
class WireFormat:
    """`request` is None if the app reads answers in this format but never sends requests in it."""

    reader: Callable[[], Reader]
    request: RequestFormat | None = None


RESPONSES = RequestFormat("responses", "input", ("/responses",), ("image/", "application/pdf"), input_items)
CHAT = RequestFormat("chat", "messages", ("/completions", "/chat"), ("image/",), chat_messages)

# The order matters: the first format that accepts a message reads it.
FORMATS = (
    WireFormat(AnthropicReader),
    WireFormat(ResponsesReader, RESPONSES),
    WireFormat(ChatCompletionsReader, CHAT),
)
REQUEST_FORMATS = {each.request.name: each.request for each in FORMATS if each.request}


def request_format_of(body: dict[str, Any]) -> RequestFormat:
    """The format in which a request was made."""
    return next(request_format for request_format in REQUEST_FORMATS.values() if request_format.field in body)

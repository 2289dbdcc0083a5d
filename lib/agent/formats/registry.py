"""The wire formats: what each is to this app, and the one list of them.

A new format is a folder beside this file, a line in `FORMATS`, and its streams in tests/fixtures/streams.
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
    """Reads one answer, message by message, and remembers what it needs for the next ones.

    `awaits_end`: something has begun whose end the format announces, so a stream that stops here has broken off.
    `ignored` counts the contents of accepted messages that were not understood.
    """

    awaits_end: bool
    ignored: int

    @staticmethod
    def accepts(data: dict[str, Any]) -> bool:
        """Whether a message of a stream, or a whole answer, is in this format."""

    def read(self, data: dict[str, Any]) -> Iterator[Event]:
        """What an accepted message says."""

    def flush(self) -> Iterator[Event]:
        """What is still held back when the stream ends."""


@dataclass(frozen=True)
class RequestFormat:
    """How an agent is asked. `field` is the field of the request body that `write` makes from a conversation.

    `name` is the value of AGENT_FORMAT. A URL whose path ends in one of `url_endings` takes this format and no other.
    """

    name: str
    field: str
    url_endings: tuple[str, ...]
    write: Callable[[Sequence[ContextMessage]], list[dict[str, Any]]]


@dataclass(frozen=True)
class WireFormat:
    """`request` None: such answers are read, but this app does not ask in the format."""

    reader: Callable[[], Reader]
    request: RequestFormat | None = None


RESPONSES = RequestFormat("responses", "input", ("/responses",), input_items)
CHAT = RequestFormat("chat", "messages", ("/completions", "/chat"), chat_messages)

# A message belongs to the first format that accepts it; what none accepts goes to the reader of custom formats.
FORMATS = (
    WireFormat(AnthropicReader),
    WireFormat(ResponsesReader, RESPONSES),
    WireFormat(ChatCompletionsReader, CHAT),
)
REQUEST_FORMATS = {each.request.name: each.request for each in FORMATS if each.request}


def request_format_of(body: dict[str, Any]) -> RequestFormat:
    """The format that a request was made in."""
    return next(request_format for request_format in REQUEST_FORMATS.values() if request_format.field in body)

"""Builds the request body for an agent, within the size that model serving accepts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib.agent.formats.registry import RequestFormat
from lib.agent.formats.taken_files import with_taken_files
from lib.agent.prompt import Notify, Prompt
from lib.errors import AgentFailed
from lib.messages.parts import ContextMessage

Body = dict[str, Any]

# Model serving accepts 4 MB. Its documentation does not say whether that is 4,000,000 or 2**22 bytes.
MAX_BODY_BYTES = 4_000_000
QUESTION_TOO_LARGE = "Your message is too large for the agent. Shorten it, please."
FILES_TOO_LARGE = "Your message and its files are too large for the agent. Attach less, please."


@dataclass(frozen=True)
class Dialect:
    """Which fields an agent accepts. It may refuse unknown fields, so each is sent only to agents that know it."""

    format: RequestFormat
    takes_context: bool = False
    gives_trace: bool = False
    model: str | None = None
    wants_usage: bool = False
    """Ask for token counts: OpenAI-compatible servers leave them out of a stream by default."""
    is_text_only: bool = False
    """It refuses a message that is not a text, as a ChatAgent does."""
    in_background: bool = False
    """Ask for an answer that is written on when the connection breaks off."""

    def takes(self, content_type: str) -> bool:
        """Whether files of this type are sent as data. The text of others is a part of the question."""
        return not self.is_text_only and content_type.startswith(self.format.takes)


def request_body(prompt: Prompt, dialect: Dialect, notify: Notify) -> Body:
    """The body of a streaming request. The oldest turns are left out until it fits, and `notify` tells how many.

    Raises AgentFailed if the question alone is too large, or has a file that the agent does not take.
    """
    turns = _turns(with_taken_files(prompt.conversation, dialect.takes))
    sizes = [_size_bytes(turn, dialect.format) for turn in turns]
    # The sizes include a comma before each turn, but there is none before the first: hence the 1.
    room_bytes = 1 + MAX_BODY_BYTES - len(encoded(_body(prompt, dialect, []))) - sum(sizes[:1])
    first_kept = len(turns)
    while first_kept > 1 and room_bytes >= sizes[first_kept - 1]:
        room_bytes -= sizes[first_kept - 1]
        first_kept -= 1
    left_out = first_kept - 1
    if room_bytes < 0 or left_out == len(turns) - 1 > 0:
        sentence = FILES_TOO_LARGE if prompt.conversation[-1].files else QUESTION_TOO_LARGE
        raise AgentFailed(sentence, failure="too_large")
    if left_out:
        notify(_left_out(left_out))
    return _body(prompt, dialect, [message for turn in (turns[0], *turns[first_kept:]) for message in turn])


def _left_out(turns: int) -> str:
    if turns == 1:
        return "The conversation is too long for the agent: its oldest turn was left out."
    return f"The conversation is too long for the agent: its {turns} oldest turns were left out."


def without_streaming(body: Body, *, is_field_known: bool = True) -> Body:
    """The body for a whole answer: with `"stream": false`, because some agents stream by default.

    If the agent does not know that field (`is_field_known`), leave it out.
    """
    rest = {key: value for key, value in body.items() if key not in ("stream", "stream_options", "background")}
    return rest | ({"stream": False} if is_field_known else {})


def encoded(body: Body) -> bytes:
    """The body as it is sent."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _body(prompt: Prompt, dialect: Dialect, conversation: Sequence[ContextMessage]) -> Body:
    body: Body = {"stream": True, dialect.format.field: dialect.format.write(conversation)}
    if dialect.takes_context:
        body["context"] = {"conversation_id": str(prompt.chat_id), "user_id": prompt.user.email or prompt.user.id}
    if dialect.gives_trace:
        body["databricks_options"] = {"return_trace": True}
    if dialect.model:
        body["model"] = dialect.model
    if dialect.in_background:
        body["background"] = True
    if dialect.wants_usage:
        body["stream_options"] = {"include_usage": True}
    return body


def _turns(conversation: Sequence[ContextMessage]) -> list[list[ContextMessage]]:
    """A list of the system messages, then one list for each question with its answers."""
    turns: list[list[ContextMessage]] = [[]]
    for message in conversation:
        if message.role == "user":
            turns.append([])
        if message.role == "system":
            turns[0].append(message)
        elif len(turns) > 1:
            turns[-1].append(message)
    return turns


def _size_bytes(turn: Sequence[ContextMessage], request_format: RequestFormat) -> int:
    """The bytes that a turn adds to a request, with the comma before it."""

    def size(messages: Sequence[ContextMessage]) -> int:
        return len(encoded({request_format.field: request_format.write(messages)}))

    return size(turn) - size([]) + 1 if turn else 0

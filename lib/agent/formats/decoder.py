"""From the messages of a stream to typed events, whichever format each of them is in.

A stream may mix formats, so each message is matched on its own:

1. The first format of the registry that accepts the message reads it.
2. If none does, the same is tried with what the message wraps, such as `{"predictions": [...]}`.
3. If that fails too, the reader of custom formats guesses. A message in which it finds nothing is counted and ignored.

Any message may also report an error. Where a reader understood the message, only an unmistakable error counts, since an
answer may talk about errors. The events then pass the `Normaliser`, which holds back text that could be the beginning
of a reasoning tag. So the events of one message may come with a later one, or at `end`.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Literal

from lib.agent.events import DONE, AgentError, Chunk, CurrentMessage, Event, TraceId, Usage
from lib.agent.formats.custom.reader import CustomReader, has_answer_field
from lib.agent.formats.registry import FORMATS
from lib.agent.formats.responses.tool_items import is_tool
from lib.agent.formats.shared.envelopes import enveloped, forwarded, from_json, on_one_line, trace_id
from lib.agent.formats.shared.failures import reported_error
from lib.agent.formats.shared.normalise import Normaliser
from lib.agent.formats.shared.values import name_of
from lib.messages.parts import Citation

_SAYS_NOTHING = (CurrentMessage, TraceId, Usage, Citation)
Outcome = Literal["complete", "cut", "unknown", "nothing"]


class Decoder:
    """Decodes one answer. A message that it cannot read is counted in `ignored` and never fatal."""

    def __init__(self) -> None:
        self._readers = [wire_format.reader() for wire_format in FORMATS]
        self._custom = CustomReader()
        self._normaliser = Normaliser()
        self._trace_id: str | None = None
        self._ignored = 0
        self._has_said_something = False
        self._is_done = False
        self._is_truncated_json = False

    @property
    def ignored(self) -> int:
        return self._ignored + sum(reader.ignored for reader in self._readers)

    @property
    def outcome(self) -> Outcome:
        """How the answer ended, if nothing more comes.

        `cut`: the format announces an end that did not come. `unknown`: nothing that came could be read. `nothing`:
        what came could be read and held no answer.
        """
        awaits_end = self._custom.awaits_end or any(reader.awaits_end for reader in self._readers)
        if self._is_truncated_json or (awaits_end and not self._is_done):
            return "cut"
        if self._has_said_something:
            return "complete"
        return "unknown" if self.ignored else "nothing"

    def feed(self, raw: str) -> Chunk:
        """One message of the stream, usually JSON."""
        if raw.strip() == DONE:
            self._is_done, self._is_truncated_json = True, False
            return Chunk("", ())
        try:
            data = from_json(raw)
            events = self._normaliser.feed(self._events(data))
        except (ValueError, RecursionError):  # not JSON, or nested too deeply to be an answer
            self._ignored += 1
            self._is_truncated_json = raw.lstrip()[:1] in ("{", "[")
            return Chunk("", ())
        self._is_truncated_json = False
        if not isinstance(data, dict) or raw.lstrip()[:1] == '"':
            return Chunk(on_one_line(raw) if events else "", events)
        return Chunk(forwarded(raw, data), (*events, *self._trace(data)))

    def end(self, *, is_whole: bool = False) -> tuple[Event, ...]:
        """What was still held back when the stream ended. `is_whole`: the stream did not break off."""
        rest = chain.from_iterable(reader.flush() for reader in self._readers)
        return (*self._normaliser.feed(chain(rest, self._custom.flush())), *self._normaliser.end(is_whole=is_whole))

    def _events(self, data: Any) -> Iterable[Event]:
        read = self._read(data)
        events = list(read or ())
        if isinstance(data, dict) and not any(isinstance(event, AgentError) for event in events):
            is_answer = read is not None or has_answer_field(data)
            error = None if is_tool(name_of(data.get("type"))) else reported_error(data, is_answer=is_answer)
            if error is not None:
                return [*events, AgentError(error)]
        if read is None:
            events = list(self._custom.read(data)) or _enveloped_error(data)
        if read is None and not events and not (isinstance(data, dict) and trace_id(data)):
            self._ignored += 1
        self._has_said_something = self._has_said_something or any(
            not isinstance(event, _SAYS_NOTHING) for event in events
        )
        return events

    def _read(self, data: Any) -> Iterator[Event] | None:
        """The events of a message in a registered format, or of a list of such; None if no format accepts it."""
        if isinstance(data, list):
            read = [events for one in data if isinstance(one, dict) and (events := self._read(one)) is not None]
            return chain.from_iterable(read) if read else None
        if not isinstance(data, dict):
            return None
        for reader in self._readers:
            if reader.accepts(data):
                return reader.read(data)
        return next((events for inner in enveloped(data) if (events := self._read(inner)) is not None), None)

    def _trace(self, data: dict[str, Any]) -> Iterator[Event]:
        found = trace_id(data)
        if found and found != self._trace_id:
            self._trace_id = found
            yield TraceId(found)


def _enveloped_error(data: Any) -> list[Event]:
    if isinstance(data, dict):
        for inner in enveloped(data, of_several=True):
            if (error := reported_error(inner, is_answer=False)) is not None:
                return [AgentError(error)]
    return []

"""Turns the messages of a stream into typed events, whichever format each message has.

A stream may mix formats, so each message is matched on its own:

1. The first format of the registry that accepts the message reads it.
2. If no format does, step 1 is repeated for the objects that the message wraps, as in `{"predictions": [...]}`.
3. Otherwise the reader for custom formats guesses. A message in which it finds nothing is counted and ignored.

Any message may also report an error. If a reader understood the message, only an unmistakable error counts, because an
answer may be about errors. The events then pass through the `Normaliser`, which holds back text that could begin a
reasoning tag. So events of one message may be returned with a later message, or by `end`.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Literal

from lib.agent.events import DONE, SILENT, AgentError, Chunk, Event, Model, TraceId
from lib.agent.formats.custom.reader import CustomReader, has_answer_field
from lib.agent.formats.registry import FORMATS
from lib.agent.formats.responses.tool_items import is_tool
from lib.agent.formats.shared.decisions import decision_in
from lib.agent.formats.shared.envelopes import enveloped, forwarded, from_json, model_name, on_one_line, trace_id
from lib.agent.formats.shared.failures import reported_error
from lib.agent.formats.shared.follow_ups import suggested_questions
from lib.agent.formats.shared.normalise import Normaliser
from lib.agent.formats.shared.values import name_of
from lib.labels import clean_label
from lib.messages.parts import Citation, FollowUp
from lib.storable import storable_text

_NO_ANSWER = (*SILENT, Citation, FollowUp)
"""Events that alone do not make an answer."""
MODEL_CHARS = 200
Outcome = Literal["complete", "cut", "unknown", "nothing"]


class Decoder:
    """Decodes one answer. A message that it cannot read is counted in `ignored` and never fatal."""

    def __init__(self) -> None:
        self._readers = [wire_format.reader() for wire_format in FORMATS]
        self._custom = CustomReader()
        self._normaliser = Normaliser()
        self._trace_id: str | None = None
        self._model: str | None = None
        self._ignored = 0
        self._has_answer = False
        self._is_done = False
        self._is_truncated_json = False

    @property
    def ignored(self) -> int:
        return self._ignored + sum(reader.ignored for reader in self._readers)

    @property
    def outcome(self) -> Outcome:
        """How the answer ended, provided that the stream has ended.

        `cut`: the format announces the end of an answer, and there was none. `unknown`: no message could be read.
        `nothing`: the messages could be read but contained no answer.
        """
        awaits_end = self._custom.awaits_end or any(reader.awaits_end for reader in self._readers)
        if self._is_truncated_json or (awaits_end and not self._is_done):
            return "cut"
        if self._has_answer:
            return "complete"
        return "unknown" if self.ignored else "nothing"

    def feed(self, raw: str) -> Chunk:
        """Decode one message of the stream, which is usually JSON."""
        if raw.strip() == DONE:
            self._is_done, self._is_truncated_json = True, False
            return Chunk("", ())
        try:
            data = from_json(raw)
            if decision_in(data):
                return Chunk("", ())  # only the user decides, and not by what an agent sends
            events = self._normaliser.feed(self._events(data))
        except (ValueError, RecursionError):  # not JSON, or nested too deeply to be an answer
            self._ignored += 1
            self._is_truncated_json = raw.lstrip()[:1] in ("{", "[")
            return Chunk("", ())
        self._is_truncated_json = False
        if not isinstance(data, dict) or raw.lstrip()[:1] == '"':
            return Chunk(on_one_line(raw) if events else "", events)
        return Chunk(forwarded(raw, data), (*self._names(data), *events, *self._trace(data)))

    def end(self, *, is_whole: bool = False) -> tuple[Event, ...]:
        """The events that were still held back when the stream ended. `is_whole`: the stream did not break off."""
        rest = chain.from_iterable(reader.flush() for reader in self._readers)
        return (*self._normaliser.feed(chain(rest, self._custom.flush())), *self._normaliser.end(is_whole=is_whole))

    def _events(self, data: Any) -> Iterable[Event]:
        read = self._read(data)
        events = list(read or ())
        suggested = [FollowUp(text) for text in suggested_questions(data)] if isinstance(data, dict) else []
        if isinstance(data, dict) and not any(isinstance(event, AgentError) for event in events):
            is_answer = read is not None or has_answer_field(data)
            error = None if is_tool(name_of(data.get("type"))) else reported_error(data, is_answer=is_answer)
            if error is not None:
                return [*events, AgentError(error)]
        if read is None:
            events = list(self._custom.read(data)) or _enveloped_error(data)
        if read is None and not events and not suggested and not (isinstance(data, dict) and trace_id(data)):
            self._ignored += 1
        self._has_answer = self._has_answer or any(not isinstance(event, _NO_ANSWER) for event in events)
        return [*events, *suggested]

    def _read(self, data: Any) -> Iterator[Event] | None:
        """The events of a message in a registered format, or of a list of such; None if no format accepts it."""
        if isinstance(data, list):
            read = [events for item in data if isinstance(item, dict) and (events := self._read(item)) is not None]
            return chain.from_iterable(read) if read else None
        if not isinstance(data, dict):
            return None
        for reader in self._readers:
            if reader.accepts(data):
                return reader.read(data)
        return next((events for inner in enveloped(data) if (events := self._read(inner)) is not None), None)

    def _names(self, data: dict[str, Any]) -> Iterator[Event]:
        """The model, when it is named first or is another one: chat completions name it in each chunk."""
        name = model_name(data)
        if name and name != self._model:
            self._model = name
            if shown := clean_label(storable_text(name))[:MODEL_CHARS]:
                yield Model(shown)

    def _trace(self, data: dict[str, Any]) -> Iterator[Event]:
        new_id = trace_id(data)
        if new_id and new_id != self._trace_id:
            self._trace_id = new_id
            yield TraceId(new_id)


def _enveloped_error(data: Any) -> list[Event]:
    if isinstance(data, dict):
        for inner in enveloped(data, of_several=True):
            if (error := reported_error(inner, is_answer=False)) is not None:
                return [AgentError(error)]
    return []

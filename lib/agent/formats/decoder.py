"""From the messages of a stream to typed events, whichever format each of them is in."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, Literal

from lib.agent.events import AgentError, Chunk, Event, InMessage, TraceId, Usage
from lib.agent.formats.anthropic import reader as blocks
from lib.agent.formats.chat_completions import reader as completions
from lib.agent.formats.custom.reader import SimpleParser, is_simple_answer
from lib.agent.formats.responses import reader as responses
from lib.agent.formats.responses.tool_items import is_tool
from lib.agent.formats.shared.failures import complaint
from lib.agent.formats.shared.normalise import Tidier
from lib.agent.formats.shared.text import clean, name_of
from lib.messages.parts import Citation

DONE = "[DONE]"
_ENVELOPES = ("predictions", "outputs", "output", "result", "response", "data")
"""Fields in which some servers put a whole answer of a format of its own."""
_SAYS_NOTHING = (InMessage, TraceId, Usage, Citation)
Outcome = Literal["complete", "cut", "unknown", "nothing"]


class Decoder:
    """Reads one answer. What it does not know is counted in `ignored` and passed over, never fatal."""

    def __init__(self) -> None:
        self._responses = responses.ResponsesParser()
        self._completions = completions.CompletionsParser()
        self._blocks = blocks.BlocksParser()
        self._simple = SimpleParser()
        self._tidier = Tidier()
        self._trace_id: str | None = None
        self._ignored = 0
        self._has_told = False
        self._is_done = False
        self._is_torn = False

    @property
    def ignored(self) -> int:
        return self._ignored + self._completions.ignored

    @property
    def outcome(self) -> Outcome:
        """How the answer ended, if nothing more comes. `cut`: it should have gone on.

        `unknown`: all that came was in a form that is not known. `nothing`: there was no answer in what came.
        """
        if self._is_torn or (not self._is_done and any(parser.awaits_end for parser in self._parsers)):
            return "cut"
        if self._has_told:
            return "complete"
        return "unknown" if self.ignored else "nothing"

    def feed(self, raw: str) -> Chunk:
        """One message of the stream, usually JSON."""
        if raw.strip() == DONE:
            self._is_done, self._is_torn = True, False
            return Chunk("", ())
        try:
            data = _unpacked(json.loads(raw))
            events = self._tidier.tidied(self._parsed(data))
        except (ValueError, RecursionError):  # no JSON, or nested so deep that it is no answer
            self._ignored += 1
            self._is_torn = raw.lstrip()[:1] in ("{", "[")
            return Chunk("", ())
        self._is_torn = False
        if not isinstance(data, dict) or raw.lstrip()[:1] == '"':
            return Chunk(_on_one_line(raw) if events else "", events)
        return Chunk(_handed_on(raw, data), (*events, *self._trace(data)))

    def end(self, *, is_whole: bool = False) -> tuple[Event, ...]:
        """What was still held back when the stream ended. `is_whole`: it did not break off."""
        rest = [event for parser in self._parsers for event in parser.flush()]
        return (*self._tidier.tidied(rest), *self._tidier.end(is_whole=is_whole))

    @property
    def _parsers(
        self,
    ) -> tuple[responses.ResponsesParser | completions.CompletionsParser | blocks.BlocksParser | SimpleParser, ...]:
        return self._responses, self._completions, self._blocks, self._simple

    def _parsed(self, data: Any) -> Iterable[Event]:
        known = self._known(data)
        found = list(known or ())
        if isinstance(data, dict) and not any(isinstance(event, AgentError) for event in found):
            is_answer = known is not None or is_simple_answer(data)
            words = None if is_tool(name_of(data.get("type"))) else complaint(data, is_answer=is_answer)
            if words is not None:
                return [*found, AgentError(words)]
        if known is None:
            found = list(self._simple.feed(data)) or _enveloped_error(data)
        if known is None and not found and not (isinstance(data, dict) and _trace_id(data)):
            self._ignored += 1
        self._has_told = self._has_told or any(not isinstance(event, _SAYS_NOTHING) for event in found)
        return found

    def _known(self, data: Any) -> Iterator[Event] | None:
        """What a message of one of the formats says, or a list of them; None where it is of none of them."""
        if isinstance(data, list):
            found = [known for one in data if isinstance(one, dict) and (known := self._known(one)) is not None]
            return chain.from_iterable(found) if found else None
        if not isinstance(data, dict):
            return None
        if blocks.speaks(data):
            return self._blocks.feed(data)
        if responses.speaks(data):
            return self._responses.feed(data)
        if completions.speaks(data):
            return self._completions.feed(data)
        if completions.is_message(data):
            return self._completions.feed({"delta": data})
        return self._enveloped(data)

    def _enveloped(self, data: dict[str, Any]) -> Iterator[Event] | None:
        for key in _ENVELOPES:
            value = data.get(key)
            inner = value[0] if isinstance(value, list) and len(value) == 1 else value
            if isinstance(inner, dict) and (found := self._known(inner)) is not None:
                return found
        # LangGraph tells each step under the name of who made it.
        [*steps] = data.values()
        if len(steps) == 1 and isinstance(steps[0], dict) and completions.speaks(steps[0]):
            return self._completions.feed(steps[0])
        return None

    def _trace(self, data: dict[str, Any]) -> Iterator[Event]:
        found = _trace_id(data)
        if found and found != self._trace_id:
            self._trace_id = found
            yield TraceId(found)


def _enveloped_error(data: Any) -> list[Event]:
    for key in _ENVELOPES if isinstance(data, dict) else ():
        value = data.get(key)
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict) and (words := complaint(inner, is_answer=False)) is not None:
            return [AgentError(words)]
    return []


def _unpacked(data: Any) -> Any:
    """Some servers write their JSON as JSON once more."""
    if isinstance(data, str) and data.lstrip()[:1] == "{":
        with suppress(ValueError, RecursionError):
            return json.loads(data)
    return data


def _trace_id(data: dict[str, Any]) -> str | None:
    """In any of the places where Databricks puts it."""
    for holder in _holders(data):
        info = _dict(_dict(_dict(holder.get("databricks_output")).get("trace")).get("info"))
        for place in (info, holder, _dict(holder.get("metadata"))):
            if isinstance(found := place.get("trace_id"), str) and (found := clean(found)):
                return found
    return None


def _holders(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [data, *(data[key] for key in ("response", "item", "delta") if isinstance(data.get(key), dict))]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _handed_on(raw: str, data: dict[str, Any]) -> str:
    """On one line; a trace holds every span and can be megabytes long, only its id is ours to keep and pass on."""
    traced = [holder for holder in _holders(data) if _dict(holder.get("databricks_output")).get("trace")]
    if not traced:
        return _on_one_line(raw)
    for holder in traced:
        holder["databricks_output"]["trace"] = {"info": {"trace_id": _trace_id(holder)}}
    # In ASCII, because half a surrogate pair could not be sent on otherwise.
    return json.dumps(data)


def _on_one_line(raw: str) -> str:
    return raw.replace("\r", " ").replace("\n", " ") if "\n" in raw or "\r" in raw else raw

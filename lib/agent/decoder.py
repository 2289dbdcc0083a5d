"""From the messages of a stream to typed events, whichever format each of them is in."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lib.agent import completions, responses
from lib.agent.events import AgentError, Chunk, Event, TraceId
from lib.agent.text import clean, name_of
from lib.agent.tidy import Tidier

DONE = "[DONE]"


class Decoder:
    """Reads one answer. What it does not know is counted in `ignored` and passed over, never fatal."""

    def __init__(self) -> None:
        self._responses = responses.ResponsesParser()
        self._completions = completions.CompletionsParser()
        self._tidier = Tidier()
        self._trace_id: str | None = None
        self.ignored = 0

    def feed(self, raw: str) -> Chunk:
        """One message of the stream, as JSON."""
        try:
            data = json.loads(raw)
            if isinstance(data, dict):
                events = self._tidier.tidied(self._parsed(data))
                return Chunk(_handed_on(raw, data), (*events, *self._trace(data)))
        except (ValueError, RecursionError):  # no JSON, or nested so deep that it is no answer
            pass
        self.ignored += 1
        return Chunk("", ())

    def end(self) -> tuple[Event, ...]:
        """What was still held back when the stream ended, however it ended."""
        return (*self._tidier.tidied([*self._responses.flush(), *self._completions.flush()]), *self._tidier.end())

    def _parsed(self, data: dict[str, Any]) -> Iterable[Event]:
        found: list[Event] = []
        if responses.speaks(data):
            found += self._responses.feed(data)
        elif completions.speaks(data):
            found += self._completions.feed(data)
        elif not data.get("error"):
            self.ignored += _trace_id(data) is None
        if data.get("error") and not any(isinstance(event, AgentError) for event in found):
            found.append(AgentError(_error_text(data)))
        return found

    def _trace(self, data: dict[str, Any]) -> Iterator[Event]:
        found = _trace_id(data)
        if found and found != self._trace_id:
            self._trace_id = found
            yield TraceId(found)


def _error_text(data: dict[str, Any]) -> str:
    error = data["error"]
    if isinstance(error, dict):
        return name_of(error.get("message")) or name_of(error.get("code"))
    # Databricks' own errors have a code there and the words beside it.
    return name_of(data.get("message")) or name_of(error)


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
        return raw.replace("\r", " ").replace("\n", " ") if "\n" in raw or "\r" in raw else raw
    for holder in traced:
        holder["databricks_output"]["trace"] = {"info": {"trace_id": _trace_id(holder)}}
    # In ASCII, because half a surrogate pair could not be sent on otherwise.
    return json.dumps(data)

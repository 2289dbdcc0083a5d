"""Removes what servers put around a message: JSON within JSON, a field around the answer, a Databricks trace."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from lib.agent.formats.shared.values import dict_or_empty
from lib.storable import storable_text

ENVELOPES = ("predictions", "outputs", "output", "result", "response", "data")
"""Fields in which some servers wrap a whole answer."""


def from_json(raw: str) -> Any:
    """The value of the JSON, decoded twice if a server encoded it twice. Raises ValueError or RecursionError."""
    data = json.loads(raw)
    if isinstance(data, str) and data.lstrip()[:1] == "{":
        with suppress(ValueError, RecursionError):
            return json.loads(data)
    return data


def enveloped(data: dict[str, Any], *, of_several: bool = False) -> Iterator[dict[str, Any]]:
    """The objects in the message that may be an answer, the most certain first.

    A list counts if it has one item; with `of_several`, the first of several items counts too.
    """
    for name in ENVELOPES:
        inner = data.get(name)
        if isinstance(inner, list) and (len(inner) == 1 or (inner and of_several)):
            inner = inner[0]
        if isinstance(inner, dict):
            yield inner


def trace_id(data: dict[str, Any]) -> str | None:
    """The trace id, from any of the fields in which Databricks sends it."""
    for holder in _trace_holders(data):
        info = dict_or_empty(dict_or_empty(dict_or_empty(holder.get("databricks_output")).get("trace")).get("info"))
        for fields in (info, holder, dict_or_empty(holder.get("metadata"))):
            if isinstance(value := fields.get("trace_id"), str) and (value := storable_text(value)):
                return value
    return None


def model_name(data: dict[str, Any]) -> str | None:
    """The model that a message names: each chunk of chat completions does, and in other formats the response does."""
    for holder in (data, dict_or_empty(data.get("response")), dict_or_empty(data.get("message"))):
        for value in (holder.get("model"), holder.get("modelVersion")):
            if isinstance(value, str) and value:
                return value
    return None


def forwarded(raw: str, data: dict[str, Any]) -> str:
    """The message as clients get it: on one line, with a trace, which may have megabytes, shortened to its id."""
    traced = [holder for holder in _trace_holders(data) if dict_or_empty(holder.get("databricks_output")).get("trace")]
    if not traced:
        return on_one_line(raw)
    for holder in traced:
        holder["databricks_output"]["trace"] = {"info": {"trace_id": trace_id(holder)}}
    # In ASCII, because a lone surrogate cannot be encoded in UTF-8.
    return json.dumps(data)


def on_one_line(raw: str) -> str:
    return raw.replace("\r", " ").replace("\n", " ") if "\n" in raw or "\r" in raw else raw


def _trace_holders(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [data, *(data[key] for key in ("response", "item", "delta") if isinstance(data.get(key), dict))]

"""Converts the parts of a message to the JSON that is stored and that the API returns, and back."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Annotated, Any, get_args

from pydantic import PlainSerializer, PlainValidator

from lib.messages.parts import Part, Unknown

_KINDS = {kind.type: kind for kind in get_args(Part) if kind is not Unknown}
_TYPES: dict[Any, type] = {str: str, str | None: str, int | None: int, bool | None: bool, tuple[str, ...]: list}
_FIELDS = {
    kind: {field.name: _TYPES[field.type] for field in fields(kind) if field.name != "extra"}
    for kind in _KINDS.values()
}


def parts_to_json(parts: Iterable[Part]) -> list[Any]:
    return [_to_json(part) for part in parts]


def parts_from_json(data: Any) -> list[Part]:
    """Never raises: what cannot be read becomes an Unknown part, which `parts_to_json` writes unchanged."""
    return [_from_json(each) for each in data] if isinstance(data, list) else [Unknown(data)]


Parts = Annotated[list[Part], PlainValidator(parts_from_json), PlainSerializer(parts_to_json)]
"""The type of such a field in a pydantic model."""


def _to_json(part: Part) -> Any:
    if isinstance(part, Unknown):
        return part.data
    values = {name: _plain(value) for name in _FIELDS[type(part)] if (value := getattr(part, name)) not in (None, ())}
    return {"type": part.type, **values, **part.extra}


def _from_json(data: Any) -> Part:
    kind = _KINDS.get(word) if isinstance(data, dict) and isinstance(word := data.get("type"), str) else None
    if kind is None:
        return Unknown(data)
    values, extra = {}, {}
    for name, value in data.items():
        if isinstance(value, _FIELDS[kind].get(name, ())) and (texts := _texts(value)) is not None:
            values[name] = texts
        elif name != "type":
            extra[name] = value
    try:
        part: Part = kind(**values, extra=extra)
    except TypeError:  # a field is missing
        return Unknown(data)
    return part


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _texts(value: Any) -> Any:
    """A list as a tuple, None if not all of it is text; any other value as it is."""
    if not isinstance(value, list):
        return value
    return tuple(value) if value and all(isinstance(each, str) for each in value) else None

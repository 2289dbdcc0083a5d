"""A small language for what a mapping may hold: which keys, which of them it must have, and what their values are."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

Check = Callable[[Any, str], Iterator[str]]
"""Takes a value and its path, and says in sentences what is wrong with it."""
_DEFERRED = re.compile(r".*\$\{resources\..*", re.DOTALL)


@dataclass(frozen=True)
class Keys:
    """A mapping with these keys, and no other."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)

    def __call__(self, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{path} must be a mapping of keys to values."
            return
        known = {**self.required, **self.optional}
        for key in value:
            if key not in known:
                yield unknown_key(key, path, known)
        for key in self.required:
            if value.get(key) is None:
                yield f"{path} lacks {key}; add it."
        for key, check in known.items():
            if value.get(key) is not None:
                yield from check(value[key], f"{path}.{key}" if path else key)


def unknown_key(key: object, path: str, known: Mapping[str, Any]) -> str:
    close = get_close_matches(str(key), list(known), 1)
    place = f"{path} has" if path else "There is"
    hint = f"write {close[0]}" if close else f"possible are {', '.join(known)}"
    return f"{place} a key {str(key)!r} that the bundle does not know; {hint}."


def each(check: Check) -> Check:
    """A mapping of any names to such values."""

    def checked(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{path} must be a mapping of names to their settings."
            return
        for name, one in value.items():
            yield from check(one, f"{path}.{name}" if path else str(name))

    return checked


def listed(check: Check) -> Check:
    """A list of such values."""

    def checked(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{path} must be a list."
            return
        for number, one in enumerate(value):
            yield from check(one, f"{path}[{number}]")

    return checked


def anything(value: Any, path: str) -> Iterator[str]:
    """What another rule looks at."""
    yield from ()


def text(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path} must be a text; put {value!r} in quotes."


def flag(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{path} must be true or false, not {value!r}."


def like(pattern: str, words: str) -> Check:
    """A text that matches `pattern`, which `words` describe, or one that only the deployment completes."""

    def checked(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str) or not (re.fullmatch(pattern, value) or _DEFERRED.fullmatch(value)):
            yield f"{path} must be {words}, not {value!r}."

    return checked


def number(least: float, most: float, *, whole: bool = False) -> Check:
    """Also as a text, which is how variables are given."""
    kind = "a whole number" if whole else "a number"

    def checked(value: Any, path: str) -> Iterator[str]:
        amount = amount_of(value)
        if amount is None or not least <= amount <= most or (whole and amount != int(amount)):
            yield f"{path} must be {kind} from {least:g} to {most:g}, not {value!r}."

    return checked


def amount_of(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def seconds(least: int, most: int) -> Check:
    def checked(value: Any, path: str) -> Iterator[str]:
        match = re.fullmatch(r"(\d+)s", value) if isinstance(value, str) else None
        if match is None or not least <= int(match[1]) <= most:
            yield f"{path} must be seconds from {least}s to {most}s, such as 3600s, not {value!r}."

    return checked


def one_of(*words: str) -> Check:
    def checked(value: Any, path: str) -> Iterator[str]:
        if value not in words:
            yield f"{path} must be {' or '.join(words)}, not {value!r}."

    return checked

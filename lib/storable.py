"""Removes from text and JSON what Postgres would refuse, before it is stored."""

import math
from typing import Any


def storable(value: Any) -> Any:
    """The value without NUL characters and lone surrogates, at any depth; NaN and infinity become None."""
    match value:
        case str():
            return storable_text(value)
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [storable(item) for item in value]
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
    return value


def storable_text(text: str) -> str:
    """The text without NUL characters and lone surrogates. Two surrogates that form a pair become one character."""
    text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()  # fails on a surrogate, six times as fast as a regular expression does
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return text

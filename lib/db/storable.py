"""What Postgres would refuse in a value, taken out of it before it is bound."""

import math
from typing import Any


def storable(value: Any) -> Any:
    """The same value, at any depth of JSON, without NUL characters, lone surrogates and numbers JSON does not have."""
    match value:
        case str():
            return _storable_text(value)
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [storable(item) for item in value]
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
    return value


def _storable_text(text: str) -> str:
    text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        # Two halves that stand side by side become the character that they were meant to be.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return text

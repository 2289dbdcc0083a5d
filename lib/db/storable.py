"""Remove from a value what Postgres would refuse, before it is bound."""

import math
from typing import Any

from lib.storable_text import storable_text


def storable(value: Any) -> Any:
    """The value without NUL characters, lone surrogates and numbers that JSON does not have, at any depth."""
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

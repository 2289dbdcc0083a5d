"""Log lines that a program can parse: the name of the event, then key=value pairs."""

import json
import re

_BARE = re.compile(r"[\w./:?{}*+-]+", re.ASCII)
NOTHING = "-"


def log_line(event: str, /, **fields: object) -> str:
    """Always one line: a value that is not a plain word becomes a JSON string, None becomes `-`."""
    return " ".join([event, *(f"{name}={_value(value)}" for name, value in fields.items())])


def _value(value: object) -> str:
    text = NOTHING if value is None else str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text)

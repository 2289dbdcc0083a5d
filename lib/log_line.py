"""Log lines that a program can parse: a word for what happened, then key=value."""

import json
import re

_BARE = re.compile(r"[\w./:?{}*+-]+", re.ASCII)
NOTHING = "-"


def log_line(what: str, **fields: object) -> str:
    """One line whatever the values contain: a value that is no plain word becomes a JSON string, None becomes `-`."""
    return " ".join([what, *(f"{name}={_value(value)}" for name, value in fields.items())])


def _value(value: object) -> str:
    text = NOTHING if value is None else str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text)

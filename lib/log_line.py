"""Lines of the log that a program can take apart: a word for what happened, then key=value."""

import json
import re

_BARE = re.compile(r"[\w./:?{}*+-]+", re.ASCII)
NOTHING = "-"


def log_line(what: str, **fields: object) -> str:
    """One line, whatever is in it: a value of more than a plain word is a JSON string, and None is `-`."""
    return " ".join([what, *(f"{name}={_value(value)}" for name, value in fields.items())])


def _value(value: object) -> str:
    text = NOTHING if value is None else str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text)

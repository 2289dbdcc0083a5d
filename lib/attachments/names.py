"""Cleans the names of files that people attach."""

import re

from lib.labels import clean_label, truncated
from lib.storable import storable_text

MAX_NAME_CHARS = 120
NO_NAME = "file"
_LONGEST_EXTENSION_CHARS = 10
_EXTENSION = re.compile(rf"\.(\w{{1,{_LONGEST_EXTENSION_CHARS}}})\Z")


def clean_name(name: str) -> str:
    """The name on one line, without a path, without invisible characters, and short; its extension stays."""
    base = clean_label(re.split(r"[/\\]", storable_text(name))[-1]).strip(" .") or NO_NAME
    if len(base) <= MAX_NAME_CHARS:
        return base
    extension = base[match.start() :] if (match := _EXTENSION.search(base)) else ""
    return f"{truncated(base.removesuffix(extension), MAX_NAME_CHARS - len(extension) - 1)}…{extension}"


def extension_of(name: str) -> str:
    """In lower case, without the dot; empty if the name has none."""
    match = _EXTENSION.search(clean_name(name))
    return match[1].lower() if match else ""

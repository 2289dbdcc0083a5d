"""Ids of tool calls, as an endpoint takes them back."""

from hashlib import sha256

# Model serving gives longer ids than it takes.
MAX_ID_CHARS = 64
_HASH_CHARS = 16


def short_id(call_id: str) -> str:
    """At most MAX_ID_CHARS long, the same for the same id and another for any other."""
    if len(call_id) <= MAX_ID_CHARS:
        return call_id
    digest = sha256(call_id.encode("utf-8", "replace")).hexdigest()[:_HASH_CHARS]
    return f"{call_id[: MAX_ID_CHARS - _HASH_CHARS - 1]}-{digest}"

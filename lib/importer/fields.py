"""Reads single values of files that others wrote: what is missing or of another kind becomes None, or a default."""

import math
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from lib.labels import clean_label, truncated
from lib.storable import storable_text
from lib.store.files import Attachment
from lib.store.validation import MAX_TITLE_CHARS

NO_TITLE = "Imported chat"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_OURS = uuid5(NAMESPACE_URL, "https://lakechat.example/imported")


def source_id(app: str, *steps: object) -> UUID:
    """The same for the same chat or message of another app, whatever its ids look like."""
    return uuid5(_OURS, "\n".join(storable_text(str(step)) for step in (app, *steps)))


def title_of(value: Any) -> str:
    title = clean_label(storable_text(value)) if isinstance(value, str) else ""
    return truncated(title, MAX_TITLE_CHARS) or NO_TITLE


def text_of(value: Any) -> str | None:
    """None for what is no text, or empty."""
    return storable_text(value) or None if isinstance(value, str) else None


def dict_of(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def time_of(value: Any) -> datetime | None:
    """Seconds since 1970 as a number, or a time in ISO 8601; never outside of 1970 until now."""
    match value:
        case bool():
            return None
        case int() | float():
            return _within(value) if math.isfinite(value) else None
        case str():
            try:
                found = datetime.fromisoformat(value)
            except ValueError:
                return None
            return clamped(found if found.tzinfo else found.replace(tzinfo=UTC))
    return None


def _within(seconds: float) -> datetime:
    now = datetime.now(UTC)
    return _BEGINNING if seconds < 0 else now if seconds > now.timestamp() else datetime.fromtimestamp(seconds, UTC)


def clamped(time: datetime) -> datetime:
    """A time to come would stay on top of the list, and one before 1970 means nothing."""
    return min(max(time, _BEGINNING), datetime.now(UTC))


def attachment(name: Any, content_type: Any, size: Any = None, url: str | None = None) -> Attachment:
    return {
        "name": truncated(clean_label(str(name or "")), 200) or "A file",
        "content_type": truncated(clean_label(str(content_type or "")), 100) or "application/octet-stream",
        "size": size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        "url": url,
    }

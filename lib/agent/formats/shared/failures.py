"""What a server reports as a failure within its answer, however it dresses that up."""

from collections.abc import Mapping
from typing import Any

from lib.agent.formats.shared.text import as_json, name_of

_NAMES = ("error", "errors", "error_code", "errorCode", "error_message", "errorMessage", "exception", "fault")
"""Fields that a message has only when something failed."""
_FAILED = ("error", "failed", "failure")
_SAY_SO = (*_FAILED, "exception", "response.error")


def complaint(data: Mapping[str, Any], *, is_answer: bool) -> str | None:
    """All that a message says of a failure, for `server_error.read`; None where it reports none.

    `is_answer`: it also says something that is understood, so that only an unmistakable error counts.
    """
    if _is_unmistakable(data):
        return _told(data)
    if is_answer:
        return None
    # An empty error is one as well where nothing else is said; `null` and `false` say that there was none.
    is_empty_error = "error" in data and data["error"] not in (None, False, 0)
    return _told(data) if is_empty_error or _has_words(data.get("detail")) or _is_bad_code(data) else None


def _told(data: Mapping[str, Any]) -> str:
    """Without the fields that only say that it is an error."""
    told = {key: value for key, value in data.items() if name_of(value).lower() not in _SAY_SO}
    return as_json(told["error"] if set(told) == {"error"} else told)


def _is_unmistakable(data: Mapping[str, Any]) -> bool:
    if _is_kind(data) or data.get("error") is True or data.get("success") is False:
        return True
    # An item of an answer may have failed, such as a tool call, without the answer having failed.
    has_failed = "type" not in data and name_of(data.get("status")).lower() in _FAILED
    return has_failed or any(name in data and _has_words(data[name]) for name in _NAMES)


def _is_kind(data: Mapping[str, Any]) -> bool:
    """It says of itself that it is an error."""
    kind = name_of(data.get("type"))
    says_so = "error" in (kind, data.get("object"), data.get("event")) or kind in ("response.error", "exception")
    return says_so or (kind.lower().endswith(("_error", "exception")) and "message" in data)


def _has_words(value: Any) -> bool:
    """Whether an `error` beside other things is one: `null`, `""`, `{}` and `0` mean that there was none."""
    if isinstance(value, str):
        return value.strip().upper() not in ("", "OK", "SUCCESS", "NONE", "NULL")
    return bool(value) and not isinstance(value, bool)


def _is_bad_code(data: Mapping[str, Any]) -> bool:
    codes = (data.get(key) for key in ("code", "status", "status_code", "statusCode"))
    return any(isinstance(code, int) and 400 <= code < 600 for code in codes)

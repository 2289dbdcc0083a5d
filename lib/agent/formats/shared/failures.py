"""Finds failures within an answer: a reported error, an answer that was cut short, a missing sign-in."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lib.agent.formats.shared.values import as_json, name_of
from lib.messages.parts import SignIn

_ERROR_FIELDS = ("error", "errors", "error_code", "errorCode", "error_message", "errorMessage", "exception", "fault")
"""Fields that only a message about a failure has."""
_FAILED = ("error", "failed", "failure")
_ERROR_WORDS = (*_FAILED, "exception", "response.error")

_COMPLETE = {
    *("stop", "end", "end_turn", "stop_sequence", "stop_token", "eos", "eos_token", "complete", "completed", "done"),
    *("finish", "finished", "success", "tool_calls", "tool_call", "tool_use", "function_call", "refusal", "load"),
}
_LENGTH_LIMIT = {
    "length",
    "max_tokens",
    "max_output_tokens",
    "max_length",
    "max_new_tokens",
    "model_length",
    "token_limit",
}
_CONTENT_FILTER = {"content_filter", "content_filtered", "safety", "guardrail_intervened", "blocklist", "recitation"}

MISSING_CREDENTIAL = "Credential for user identity"
_NO_CREDENTIAL = re.compile(
    rf"{MISSING_CREDENTIAL}\([^)]*\) is not found for the connection(?:\s+'([^']{{1,200}})')?", re.IGNORECASE
)
_HTTPS_URL = re.compile(r"https://[^\s<>\"'\\)\]}]+")
# Anybody may have written a tool's output, and users click on buttons. So only pages of Databricks get a button.
_DATABRICKS_DOMAINS = (
    "databricks.com",
    "azuredatabricks.net",
    "databricks.us",
    "databricks.mil",
    "databricks.azure.cn",
)
_SEARCHED_CHARS = 2_000


def reported_error(data: Mapping[str, Any], *, is_answer: bool) -> str | None:
    """The failure that a message reports, for `server_error.read`; None if it reports none.

    `is_answer`: the message was also read as an answer, so only an unmistakable error counts.
    """
    if _is_unmistakable(data):
        return _report(data)
    if is_answer:
        return None
    # In a message that is not an answer, an empty error is an error too; null and false mean that there was none.
    is_empty_error = "error" in data and data["error"] not in (None, False, 0)
    return _report(data) if is_empty_error or _is_error_value(data.get("detail")) or _is_bad_code(data) else None


def _report(data: Mapping[str, Any]) -> str:
    """The message without fields that only tell that it is an error."""
    fields = {key: value for key, value in data.items() if name_of(value).lower() not in _ERROR_WORDS}
    return as_json(fields["error"] if set(fields) == {"error"} else fields)


def _is_unmistakable(data: Mapping[str, Any]) -> bool:
    if _has_error_type(data) or data.get("error") is True or data.get("success") is False:
        return True
    # A message with a `type` is an item of an answer, such as a tool call: the item failed, not the answer.
    has_failed = "type" not in data and name_of(data.get("status")).lower() in _FAILED
    return has_failed or any(name in data and _is_error_value(data[name]) for name in _ERROR_FIELDS)


def _has_error_type(data: Mapping[str, Any]) -> bool:
    kind = name_of(data.get("type"))
    is_error = "error" in (kind, data.get("object"), data.get("event")) or kind in ("response.error", "exception")
    return is_error or (kind.lower().endswith(("_error", "exception")) and "message" in data)


def _is_error_value(value: Any) -> bool:
    """Whether this value of an error field reports an error: null, "", {} and 0 mean that there was none."""
    if isinstance(value, str):
        return value.strip().upper() not in ("", "OK", "SUCCESS", "NONE", "NULL")
    return bool(value) and not isinstance(value, bool)


def _is_bad_code(data: Mapping[str, Any]) -> bool:
    codes = (data.get(key) for key in ("code", "status", "status_code", "statusCode"))
    return any(isinstance(code, int) and 400 <= code < 600 for code in codes)


def cut_short(reason: str) -> str:
    """The sentence for an answer that stopped early, by its finish reason; empty if it is complete."""
    word = reason.strip().lower().replace("-", "_").replace(" ", "_")
    if word in ("", "null", "none") or word in _COMPLETE:
        return ""
    if word in _LENGTH_LIMIT:
        return "The answer is incomplete: it reached the agent's length limit."
    if word in _CONTENT_FILTER:
        return "The answer is incomplete: a content filter ended it."
    if word == "error":
        return "The answer is incomplete: the agent met an error."
    return f"The answer is incomplete: the agent stopped it ({reason.strip()})."


def login_needed(text: str) -> SignIn | None:
    """A sign-in at the first Databricks page after the words about a missing credential; None if there is none."""
    missing = _NO_CREDENTIAL.search(text) if MISSING_CREDENTIAL.lower() in text.lower() else None
    if missing is None:
        return None
    following = text[missing.end() : missing.end() + _SEARCHED_CHARS]
    url = next((url for url in map(_trimmed, _HTTPS_URL.findall(following)) if _is_databricks(url)), None)
    if url is None:
        return None
    connection = f" {missing[1]}" if missing[1] else ""
    return SignIn(url, f"The connection{connection} needs you to sign in once. Then ask again.")


def _trimmed(url: str) -> str:
    return url.rstrip(".,;:!?")


def _is_databricks(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return any(host == domain or host.endswith(f".{domain}") for domain in _DATABRICKS_DOMAINS)

"""Tells whether a tool failed, which only its output says."""

import json
from functools import lru_cache
from typing import Any

_NAMES = ('"error"', '"isError"', '"FAILED"')


# A page draws all its answers again in every run.
@lru_cache(maxsize=128)
def is_failure(output: str) -> bool:
    """An object with an `error`, an MCP result with `isError`, or a SQL statement of Databricks that failed."""
    if not any(name in output for name in _NAMES):
        return False
    try:
        data = json.loads(output)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and (
        bool(data.get("error")) or data.get("isError") is True or _state(data) == "FAILED"
    )


def _state(data: dict[str, Any]) -> object:
    status = data.get("status")
    return status.get("state") if isinstance(status, dict) else status

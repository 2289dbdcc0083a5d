"""Tells whether a tool failed, which only its output says."""

import json
from functools import lru_cache
from typing import Any

_NAMES = ('"error"', '"isError"', '"FAILED"')


# A page draws all its answers again in every run.
@lru_cache(maxsize=128)
def is_failure(output: str) -> bool:
    """An object with an `error`, an MCP result with `isError`, or a SQL statement of Databricks that failed.

    Not any `status` that is FAILED: that of a job is what a tool found out, and the tool did its work.
    """
    if not any(name in output for name in _NAMES):
        return False
    try:
        data = json.loads(output)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and (
        bool(data.get("error")) or data.get("isError") is True or _is_failed_statement(data)
    )


def _is_failed_statement(data: dict[str, Any]) -> bool:
    status = data.get("status")
    return "statement_id" in data and isinstance(status, dict) and status.get("state") == "FAILED"

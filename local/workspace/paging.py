"""Lists in pages, as Databricks' APIs give them: `page_size`, `page_token`, and a `next_page_token` until the last."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from local.workspace.errors import ApiError

MOST_ITEMS = 100
"""A page has no more, whatever is asked for; and as many if nothing is asked for."""


def page(request: Request, field: str, items: Sequence[Any]) -> dict[str, Any]:
    """`field` is left out of an empty page. Raises ApiError 400 for parameters that are not valid."""
    start = _offset(request.query_params.get("page_token", ""))
    end = start + _size(request.query_params.get("page_size", ""))
    body: dict[str, Any] = {field: list(items[start:end])} if items[start:end] else {}
    return body | ({"next_page_token": _token(end)} if end < len(items) else {})


def _size(text: str) -> int:
    if text and not text.isdecimal():
        raise ApiError(400, "Field 'page_size' cannot be negative.", "INVALID_PARAMETER_VALUE")
    return min(int(text or 0) or MOST_ITEMS, MOST_ITEMS)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from {offset}".encode()).decode()


def _offset(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from ") or 0)
    except (binascii.Error, ValueError) as error:
        raise ApiError(400, "Field 'page_token' is not valid.", "INVALID_PARAMETER_VALUE") from error

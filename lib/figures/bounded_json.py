"""Reads the JSON of a figure, within bounds that keep the page quick."""

import json
import math
from typing import Any

from lib.figures.figure import NotDrawn

MAX_CHARS = 100_000
MAX_DEPTH = 30
MAX_SAFE_INTEGER = 2**53
"""In a browser, larger numbers are inexact anyway."""


def read_json(code: str) -> Any:
    """Numbers that are none (NaN, Infinity), as Python and Plotly write them, become None."""
    if len(code) > MAX_CHARS:
        raise NotDrawn(f"It has more than {MAX_CHARS:,} characters.")
    try:
        value = json.loads(code, parse_constant=lambda _: None, parse_float=_float, parse_int=_int)
    except (ValueError, RecursionError) as exc:
        raise NotDrawn("It is not complete, valid JSON.") from exc
    if _is_deeper(value, MAX_DEPTH):
        raise NotDrawn("It is nested too deeply.")
    return value


def _float(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _int(digits: str) -> int | float | None:
    number = int(digits) if len(digits) < 300 else None
    return float(number) if number and abs(number) > MAX_SAFE_INTEGER else number


def _is_deeper(value: Any, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    return depth == 0 or any(
        _is_deeper(each, depth - 1) for each in (value.values() if isinstance(value, dict) else value)
    )

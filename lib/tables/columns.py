"""What a column of a table has: dates and times as such, numbers that measure something, and their decimals."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

_CODE = re.compile(
    r"(?:^|[\W_])(?i:id|year|month|code|zip|postcode|plz|key|no|nr|number|rank)$"
    r"|[a-z](?:Id|ID|Year|Month|Code|Zip|Key|No|Nr|Number|Rank)$"
)
"""The names of columns whose numbers name something: nobody writes thousands separators in them."""
_YEARS = range(1900, 2101)
_EXACT = 2**53
"""The browser's numbers are exact up to here. A larger integer is shown as text."""
MAX_DECIMALS = 4
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?")


def values_of(column: list[Any]) -> list[Any]:
    """Texts that are all dates or times as such, and numbers that are too large for the browser as text."""
    if _all(column, _is_number):
        return column if _all(column, _is_exact) else [_convert(str, value) for value in column]
    if _all(column, partial(_is_written, _DATE)):
        return _converted(column, date.fromisoformat)
    if _all(column, partial(_is_written, _MOMENT)):
        moments = _converted(column, datetime.fromisoformat)
        # The browser shows a column in one time zone: with several, moments would be shown as others than were sent.
        return moments if len({moment.tzinfo for moment in moments if isinstance(moment, datetime)}) == 1 else column
    return column


def _converted(column: list[Any], convert: Callable[[str], Any]) -> list[Any]:
    try:
        return [_convert(convert, value) for value in column]
    except ValueError:  # such as 30 February
        return column


def _convert(convert: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else convert(value)


def decimals_of(name: str, column: Sequence[Any]) -> int | None:
    """With how many decimals all its numbers are shown.

    None if they do not measure anything, or would lose what they say when they are rounded.
    """
    if not is_measure(name, column):
        return None
    numbers = [abs(value) for value in column if value is not None and math.isfinite(value)]
    decimals = max(map(_decimals, numbers), default=0)
    if decimals > MAX_DECIMALS:
        smallest = min((number for number in numbers if number), default=1)
        if smallest < 10 ** (2 - MAX_DECIMALS):
            return None
        decimals = MAX_DECIMALS if smallest < 1 else 2
    return decimals


def _decimals(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def is_measure(name: str, column: Sequence[Any]) -> bool:
    """Whether it has numbers that count or measure something."""
    return not _CODE.search(name) and _all(column, _is_number) and not _all(column, _YEARS.__contains__)


def _is_written(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or _is_integer(value)


def _is_exact(value: float) -> bool:
    return isinstance(value, float) or abs(value) <= _EXACT


def is_exact_number(value: Any) -> bool:
    """Whether the browser and a float have it unchanged."""
    return _is_number(value) and _is_exact(value)


def _all(column: Sequence[Any], holds: Callable[[Any], bool]) -> bool:
    """Whether it holds for all values, of which there is at least one. None counts as no value."""
    values = [value for value in column if value is not None]
    return bool(values) and all(map(holds, values))

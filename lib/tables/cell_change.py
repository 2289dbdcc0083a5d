"""How a value of a table has changed."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lib.tables.columns import is_exact_number

TOLERANCE = 1e-12
"""Of sums that were added up in another order. Cents of billions are larger."""
SIGNIFICANT_DIGITS = 12


@dataclass(frozen=True)
class Change:
    """`percent` is of the old value; None where that is 0."""

    difference: float
    percent: float | None


def change_of(old: Any, new: Any) -> Change | None:
    """None for what are not two numbers."""
    if not (is_exact_number(old) and is_exact_number(new) and math.isfinite(old) and math.isfinite(new)):
        return None
    # As people work it out: 0.3 - 0.1 is 0.2.
    difference = Decimal(repr(new)) - Decimal(repr(old))
    is_whole = isinstance(old, int) and isinstance(new, int)
    percent = float(100 * difference / abs(Decimal(repr(old)))) if old else None
    return Change(int(difference) if is_whole else float(difference), percent)


def is_same(old: Any, new: Any) -> bool:
    """Whole numbers are compared exactly."""
    if is_exact_number(old) and is_exact_number(new) and (isinstance(old, float) or isinstance(new, float)):
        is_no_number = math.isnan(old) and math.isnan(new)
        return is_no_number or math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def comparable(value: Any) -> Any:
    """Equal for values that are the same, and hashable."""
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else str(value)
    return (bool, value) if isinstance(value, bool) else value

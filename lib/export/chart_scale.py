"""Where a value is on an axis, and which values are named there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

TICKS = 5


@dataclass(frozen=True)
class Scale:
    """From the values between `low` and `high` to the places between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        step = _step(self.low, self.high)
        return [number * step for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


def scale_of(values: Sequence[float], start: float, end: float, *, from_zero: bool) -> Scale:
    """Between round numbers. A single value is in the middle."""
    low, high = min([*values, *[0] * from_zero]), max([*values, *[0] * from_zero])
    if low == high:
        low, high = low - (abs(low) or 1), high + (abs(high) or 1)
    step = _step(low, high)
    return Scale(math.floor(low / step) * step, math.ceil(high / step) * step, start, end)


def _step(low: float, high: float) -> float:
    """1, 2 or 5 times a power of ten."""
    rough = (high - low) / TICKS
    power: float = 10.0 ** math.floor(math.log10(rough))
    return power * next(factor for factor in (1, 2, 5, 10) if rough <= factor * power * 1.000001)

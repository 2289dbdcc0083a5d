"""Percentiles, and the table of results."""

import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

Work = Callable[[], object]
HEADER = ("what", "p50 / p99", "bare p50 / p99", "against bare", "budget", "")


@dataclass(frozen=True)
class Row:
    """One line of the table; `is_kept` is None where there is no budget to keep."""

    what: str
    measured: str
    bare: str
    compared: str
    budget: str
    is_kept: bool | None


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def p50(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def p99(values: Sequence[float]) -> float:
    return percentile(values, 0.99)


def p95(values: Sequence[float]) -> float:
    return percentile(values, 0.95)


def as_ms(seconds: Sequence[float], high: Callable[[Sequence[float]], float] = p99) -> str:
    """Median and a high percentile, in milliseconds."""
    return f"{p50(seconds) * 1000:.2f} / {high(seconds) * 1000:.2f} ms"


def duration(work: Work) -> float:
    """In seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def interleaved(first: Work, second: Work, times: int) -> tuple[list[float], list[float]]:
    """Durations of both in seconds, measured alternately so that both meet the same noise."""
    for work in (first, second) * 3:  # warms up connections, caches and plans
        work()
    pairs = [(duration(first), duration(second)) for _ in range(times)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def table(rows: Sequence[Row]) -> str:
    """Columns as wide as they need to be."""
    lines = [HEADER, *([*astuple(row)[:-1], _verdict(row)] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _verdict(row: Row) -> str:
    return {True: "ok", False: "OVER", None: ""}[row.is_kept]

"""Draws what a tool gave: a table that can be sorted, searched, seen in full screen and downloaded, or text."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import streamlit as st

from lib.tables.csv_file import to_csv
from lib.tables.parse import Table, parse_output

SHOWN_ROWS = 1_000
_CODE = re.compile(
    r"(?:^|[\W_])(?i:id|year|month|code|zip|postcode|plz|key|no|nr|number)$"
    r"|[a-z](?:Id|ID|Year|Month|Code|Zip|Key|No|Nr|Number)$"
)
"""The names of columns whose numbers name something: nobody writes thousands separators in them."""
_YEARS = range(1900, 2101)
_EXACT = 2**53
"""The browser's numbers are exact up to here. A larger integer is shown as text."""
MAX_DECIMALS = 4
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True)
class ShownTable:
    """The first rows of a table as values by column, and the formats of those columns that need one."""

    table: Table
    values: dict[str, list[Any]]
    formats: dict[str, Any]

    @property
    def count(self) -> int:
        return min(len(self.table.rows), SHOWN_ROWS)


def draw_output(output: str, key: str) -> None:
    """Draw as many rows of a table as stay quick, and offer the others as CSV. `key` is unique on the page."""
    shown = prepared(output)
    if isinstance(shown, str):
        st.code(shown, language=None, wrap_lines=True)
        return
    st.dataframe(shown.values, hide_index=True, column_config=shown.formats)
    table = shown.table
    if table.total > shown.count:
        st.caption(f"Showing {shown.count:,} of {table.total:,} rows.")
    if len(table.rows) > shown.count:
        st.download_button(
            f"Download {'all ' if table.total == len(table.rows) else ''}{len(table.rows):,} rows as CSV",
            # A function, so that the CSV is built only when the user downloads it.
            lambda: to_csv(table.columns, table.rows),
            file_name="rows.csv",
            mime="text/csv",
            key=f"csv-{key}",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
        )


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def prepared(output: str) -> ShownTable | str:
    """The table in the output, else the text in it."""
    table = parse_output(output)
    if isinstance(table, str):
        return table
    columns = [_values([row[place] for row in table.rows[:SHOWN_ROWS]]) for place in range(len(table.columns))]
    values = dict(zip(table.columns, columns, strict=True))
    formats = {name: _format(column) for name, column in values.items() if _is_measure(name, column)}
    return ShownTable(table, values, formats)


def _values(column: list[Any]) -> list[Any]:
    """Texts that are all dates or times as such, and numbers that are too large for the browser as text."""
    if _all(column, _is_integer):
        return column if _all(column, _is_exact) else [_convert(str, value) for value in column]
    for pattern, convert in ((_DATE, date.fromisoformat), (_MOMENT, datetime.fromisoformat)):
        if _all(column, partial(_is_written, pattern)):
            try:
                return [_convert(convert, value) for value in column]
            except ValueError:  # such as 30 February
                return column
    return column


def _convert(convert: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else convert(value)


def _format(column: Sequence[Any]) -> Any:
    """Numbers as they are written where the reader is, all with the same number of decimals."""
    numbers = [abs(value) for value in column if value is not None and math.isfinite(value)]
    decimals = max(map(_decimals, numbers), default=0)
    if decimals > MAX_DECIMALS:
        smallest = min((number for number in numbers if number), default=1)
        if smallest < 10 ** (2 - MAX_DECIMALS):
            return None  # rounded, it would lose what it says
        decimals = MAX_DECIMALS if smallest < 1 else 2
    return st.column_config.NumberColumn(format="localized", step=1 if decimals == 0 else 10**-decimals)


def _decimals(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _is_measure(name: str, column: Sequence[Any]) -> bool:
    """Whether it has numbers that count or measure something."""
    return not _CODE.search(name) and _all(column, _is_number) and not _all(column, _YEARS.__contains__)


def _is_written(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or _is_integer(value)


def _is_exact(value: int) -> bool:
    return abs(value) <= _EXACT


def _all(column: Sequence[Any], holds: Callable[[Any], bool]) -> bool:
    """Whether it holds for all values, of which there is at least one. None counts as no value."""
    values = [value for value in column if value is not None]
    return bool(values) and all(map(holds, values))

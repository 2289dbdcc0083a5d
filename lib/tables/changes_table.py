"""Writes the differences of two versions of a table as a table of its own, for people.

Its first column says what has happened to a row, and a changed value has beside it how it has changed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib.tables.cell_change import change_of
from lib.tables.columns import decimals_of
from lib.tables.diff import Column, Row, TableDiff
from lib.tables.number_locale import number_text

SHOWN_CHANGES = 1_000
NO_VALUE = "—"
_PERCENTAGE = re.compile(
    r"(?:^|[\W_])(?i:share|percent|percentage|pct|rate|ratio)$|%|[a-z](?:Share|Percent|Pct|Rate|Ratio)$"
)
"""The names of columns that are percentages themselves: nobody wants a percentage of these."""


@dataclass(frozen=True)
class ChangesTable:
    """The first SHOWN_CHANGES rows that differ: first those added, then those gone.

    The columns of `numbers` measure something and have a changed value, and are therefore of texts.
    """

    values: dict[str, list[Any]]
    numbers: frozenset[str]


@dataclass(frozen=True)
class ChangeWords:
    """What the table says of the changes, perhaps in another language."""

    change: str = "Change"
    added: str = "Added"
    gone: str = "Gone"
    changed: str = "Changed"
    was: str = "{value} (was {old})"


ENGLISH = ChangeWords()


@dataclass(frozen=True)
class _Line:
    """`row` has the values as they are now, or as they were last, and `old` those before a change."""

    kind: str
    row: Row
    old: Row = ()
    changed: Sequence[str] = ()


def changes_table(diff: TableDiff, locale: str | None, words: ChangeWords = ENGLISH) -> ChangesTable:
    """The key comes first, then the columns in which something has changed. `locale` is a tag such as "de-AT"."""
    added, gone = [_Line(words.added, row) for row in diff.added], [_Line(words.gone, row) for row in diff.gone]
    changed = [_Line(words.changed, row.new, row.old, row.columns) for row in diff.changed]
    lines = [*added, *gone, *changed][:SHOWN_CHANGES]
    texts = frozenset(name for line in lines for name in line.changed)
    values: dict[str, list[Any]] = {_unused_name(words.change, diff): [line.kind for line in lines]}
    for column in sorted(diff.columns, key=lambda column: (column.name not in diff.key, column.name not in texts)):
        place = diff.columns.index(column)
        is_text = column.name in texts
        values[column.name] = (
            _texts(column, place, lines, locale, words.was) if is_text else [line.row[place] for line in lines]
        )
    numbers = frozenset(column.name for column in diff.columns if column.is_measure and column.name in texts)
    return ChangesTable(values, numbers)


def _unused_name(name: str, diff: TableDiff) -> str:
    while any(column.name == name for column in diff.columns):
        name += " "
    return name


def _texts(column: Column, place: int, lines: Sequence[_Line], locale: str | None, was: str) -> list[str]:
    values = [row[place] for line in lines for row in (line.row, line.old) if row]
    decimals = decimals_of(column.name, values) if column.is_measure else None

    def text(value: Any) -> str:
        if value is None:
            return NO_VALUE
        return number_text(value, decimals, locale) if column.is_measure else str(value)

    def change(old: Any, new: Any) -> str:
        if not column.is_measure:
            return f"{text(old)} → {text(new)}"
        how = _difference(old, new, decimals, locale) if _PERCENTAGE.search(column.name) else _percent(old, new, locale)
        return f"{text(new)} ({how})" if how else was.format(value=text(new), old=text(old))

    return [
        change(line.old[place], line.row[place]) if column.name in line.changed else text(line.row[place])
        for line in lines
    ]


def _difference(old: Any, new: Any, decimals: int | None, locale: str | None) -> str | None:
    change = change_of(old, new)
    return number_text(change.difference, decimals, locale, sign=True) if change else None


def _percent(old: Any, new: Any, locale: str | None) -> str | None:
    """With one decimal, or as many as a small change needs to be seen."""
    change = change_of(old, new)
    percent = change.percent if change else None
    if percent is None:
        return None
    decimals = 0 if abs(percent) >= 1000 else next((each for each in range(1, 5) if round(percent, each)), None)
    return None if decimals is None else f"{number_text(percent, decimals, locale, sign=True)}\u00a0%"

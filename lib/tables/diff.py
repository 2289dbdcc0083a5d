"""Compares two versions of a table: rows added, gone and changed.

The order of the rows does not matter. Where a key tells the rows apart, a row with the same key is the same row;
otherwise a row that differs in anything counts as gone and added. The time grows with the number of cells.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib.tables.cell_change import comparable, is_same
from lib.tables.pairing import PairedColumn, find_key, pair_columns
from lib.tables.parse import Table

COMPARED_ROWS = 100_000
"""Nearly all of what an answer of 2 MB holds. Beyond the limit, a row that is gone moves another across it, which then
counts as added. Comparing so many rows of two columns takes 0.7 s."""
Row = tuple[Any, ...]


@dataclass(frozen=True)
class ChangedRow:
    """`columns` are the names of those whose values differ."""

    old: Row
    new: Row
    columns: Sequence[str]


@dataclass(frozen=True)
class Column:
    """Of both versions. `old_name` differs where the column was renamed."""

    name: str
    old_name: str
    is_measure: bool


@dataclass(frozen=True)
class TableDiff:
    """All rows have a value for each of `columns`, which both versions have. `key` are names of some of them.

    `added_columns` and `gone_columns` are in one version only and not compared.
    """

    columns: Sequence[Column]
    key: Sequence[str]
    added: Sequence[Row]
    gone: Sequence[Row]
    changed: Sequence[ChangedRow]
    added_columns: Sequence[str]
    gone_columns: Sequence[str]
    is_cut: bool
    """Not all rows of both were there to be compared: one that moved across the limit counts as added or gone."""

    @property
    def count(self) -> int:
        """How many rows differ."""
        return len(self.added) + len(self.gone) + len(self.changed)

    @property
    def renamed(self) -> dict[str, str]:
        """The new names by the old ones."""
        return {column.old_name: column.name for column in self.columns if column.old_name != column.name}


def diff_of(old: Table, new: Table) -> TableDiff:
    """An empty table without columns has those of the other."""
    if not (old.columns and new.columns):
        columns = old.columns or new.columns
        old, new = (table if table.columns else Table(columns, [], 0) for table in (old, new))
    old_values, new_values = _columns(old), _columns(new)
    paired = pair_columns(old_values, new_values)
    key = find_key(paired)
    old_rows, new_rows = _rows([column.old for column in paired]), _rows([column.new for column in paired])
    if key or len(old_rows) == len(new_rows) == 1:
        gone, added, changed = _by_key(paired, key, old_rows, new_rows)
    else:
        gone, added, changed = _left_over(old_rows, new_rows), _left_over(new_rows, old_rows), []
    names, old_names = {column.name for column in paired}, {column.old_name for column in paired}
    return TableDiff(
        columns=[Column(column.name, column.old_name, column.is_measure) for column in paired],
        key=[column.name for column in key],
        added=added,
        gone=gone,
        changed=changed,
        added_columns=[name for name in new_values if name not in names],
        gone_columns=[name for name in old_values if name not in old_names],
        is_cut=any(table.total > min(len(table.rows), COMPARED_ROWS) for table in (old, new)),
    )


def _by_key(
    paired: Sequence[PairedColumn], key: Sequence[PairedColumn], old_rows: Sequence[Row], new_rows: Sequence[Row]
) -> tuple[list[Row], list[Row], list[ChangedRow]]:
    """Rows gone, added and changed. Without a key, of two tables of one row."""
    names = [column.name for column in paired]
    places = [names.index(column.name) for column in key]
    old_by_key = {_at(places, row): row for row in old_rows}
    new_keys = {_at(places, row) for row in new_rows}
    gone = [row for row_key, row in old_by_key.items() if row_key not in new_keys]
    added = [row for row in new_rows if _at(places, row) not in old_by_key]
    pairs = [(old_by_key[row_key], row) for row in new_rows if (row_key := _at(places, row)) in old_by_key]
    compared = [ChangedRow(before, after, _differing(names, before, after)) for before, after in pairs]
    return gone, added, [row for row in compared if row.columns]


def _differing(names: Sequence[str], old: Row, new: Row) -> list[str]:
    return [name for name, before, after in zip(names, old, new, strict=True) if not is_same(before, after)]


def _left_over(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """The rows that are not among the others. Of equal ones, as many as are more."""
    spare = Counter(tuple(map(comparable, row)) for row in others)
    left = []
    for row in rows:
        spare[equal := tuple(map(comparable, row))] -= 1
        if spare[equal] < 0:
            left.append(row)
    return left


def _at(places: Sequence[int], row: Row) -> Row:
    return tuple(row[place] for place in places)


def _columns(table: Table) -> dict[str, list[Any]]:
    rows = table.rows[:COMPARED_ROWS]
    return {name: [row[place] for row in rows] for place, name in enumerate(table.columns)}


def _rows(columns: Sequence[Sequence[Any]]) -> list[Row]:
    return list(zip(*columns, strict=True))

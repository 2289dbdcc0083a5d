"""Pairs the columns of two versions of a table, and finds those that tell the rows apart in both."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

from lib.tables.charts import Columns, is_time, rank
from lib.tables.columns import is_measure, values_of

MAX_COMBINED = 6
"""So many columns are tried two by two."""
RENAMED_SHARE = 0.8
"""A column under another name is the same one if at least so many of its values are."""
MAX_RENAMED = 10
"""With more other columns it is another table, and to compare the values of all would take long."""


@dataclass(frozen=True)
class PairedColumn:
    """A column that both versions have, perhaps under another name. Its values in both are of the same type."""

    name: str
    old_name: str
    old: Sequence[Any]
    new: Sequence[Any]

    @property
    def both(self) -> Sequence[Any]:
        return [*self.old, *self.new]

    @property
    def is_time(self) -> bool:
        return is_time(self.name, self.both)

    @property
    def is_measure(self) -> bool:
        return is_measure(self.name, self.both) and not self.is_time

    @property
    def is_count(self) -> bool:
        """Whether it numbers the rows of each version."""
        return not self.is_time and all(
            set(values) == set(range(1, len(values) + 1)) for values in (self.old, self.new)
        )


def pair_columns(old: Columns, new: Columns) -> list[PairedColumn]:
    """In the order of the new version."""
    old_names = {name: name for name in new if name in old} | _renamed(old, new)
    return [_paired(name, old_names[name], old[old_names[name]], new[name]) for name in new if name in old_names]


def find_key(columns: Sequence[PairedColumn]) -> list[PairedColumn]:
    """The columns that together tell the rows apart in each version; none if there are no such.

    Of several choices the one that finds the most rows in both versions, then the shortest. Columns that only number
    the rows are the last resort: a row has another number when one comes before it.
    """
    has_one_row = all(len(column.old) == len(column.new) == 1 for column in columns)
    named = [
        column
        for column in columns
        if not column.is_measure and len(set(column.both)) > 1 and not (has_one_row and column.is_time)
    ]
    named.sort(key=lambda column: rank(column.name, column.both))
    key = _best_key([column for column in named if not column.is_count]) or _best_key(named)
    names = {column.name for column in key}
    return [column for column in columns if column.name in names]


def _best_key(named: Sequence[PairedColumn]) -> list[PairedColumn]:
    choices = [[column] for column in named] + [list(pair) for pair in combinations(named[:MAX_COMBINED], 2)]
    if len(named) > 2:
        choices.append(list(named))
    found = {place: _found_in_both(choice) for place, choice in enumerate(choices)}
    fitting = [place for place, count in found.items() if count is not None]
    best = max(fitting, key=lambda place: (found[place], -len(choices[place])), default=None)
    return [] if best is None else choices[best]


def _found_in_both(key: Sequence[PairedColumn]) -> int | None:
    """How many values both versions have. None if they do not tell the rows of each apart."""
    old = list(zip(*(column.old for column in key), strict=True))
    new = list(zip(*(column.new for column in key), strict=True))
    old_values, new_values = set(old), set(new)
    is_unique = len(old_values) == len(old) and len(new_values) == len(new)
    return len(old_values & new_values) if is_unique else None


def _paired(name: str, old_name: str, old: Sequence[Any], new: Sequence[Any]) -> PairedColumn:
    typed = values_of([*old, *new])
    return PairedColumn(name, old_name, typed[: len(old)], typed[len(old) :])


def _renamed(old: Columns, new: Columns) -> dict[str, str]:
    """The old names of columns whose name is written otherwise, or which have mostly the same values."""
    gone, added = ([name for name in one if name not in other] for one, other in ((old, new), (new, old)))
    renamed: dict[str, str] = {}
    signs: list[Callable[[str, str], bool]] = [_is_written_otherwise]
    if len(gone) <= MAX_RENAMED and len(added) <= MAX_RENAMED:
        signs.append(partial(_has_same_values, old, new))
    for is_renamed in signs:
        for name in added:
            old_name = next((each for each in gone if is_renamed(each, name)), None)
            if name not in renamed and old_name is not None:
                renamed[name] = old_name
                gone.remove(old_name)
    return renamed


def _is_written_otherwise(old_name: str, new_name: str) -> bool:
    """Only in capitals and signs."""
    return "".join(filter(str.isalnum, old_name.casefold())) == "".join(filter(str.isalnum, new_name.casefold()))


def _has_same_values(old: Columns, new: Columns, old_name: str, new_name: str) -> bool:
    """Columns that have only yes and no, or always the same value, look alike without being the same."""
    before, after = old[old_name], new[new_name]
    if any(isinstance(value, bool) for value in before) or len(set(before)) < 2:
        return False
    return (Counter(before) & Counter(after)).total() >= RENAMED_SHARE * max(len(before), len(after))

"""What has changed between two versions of a table."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.tables.cell_change import Change, change_of, comparable, is_same
from lib.tables.diff import COMPARED_ROWS, ChangedRow, Row, TableDiff, diff_of
from lib.tables.pairing import MAX_RENAMED
from lib.tables.parse import Table

SALES = [["Nordics", 100.0, 5], ["Alps", 50.0, 2], ["Iberia", 20.0, 1]]


def table(columns: str, *rows: Sequence[Any]) -> Table:
    return Table(columns.split(), [list(row) for row in rows], len(rows))


def diff(columns: str, old: Sequence[Sequence[Any]], new: Sequence[Sequence[Any]]) -> TableDiff:
    return diff_of(table(columns, *old), table(columns, *new))


def test_rows_are_added_gone_and_changed_whatever_their_order() -> None:
    found = diff("region revenue orders", SALES, [["Benelux", 9.0, 1], ["Iberia", 22.0, 1], ["Nordics", 100.0, 5]])
    assert found.key == ["region"]
    assert (found.added, found.gone) == ([("Benelux", 9.0, 1)], [("Alps", 50.0, 2)])
    assert found.changed == [ChangedRow(("Iberia", 20.0, 1), ("Iberia", 22.0, 1), ["revenue"])]
    assert [column.name for column in found.columns if column.is_measure] == ["revenue", "orders"]


@pytest.mark.parametrize("new", [SALES, SALES[::-1], [["Nordics", 100, 5], ["Alps", 50, 2], ["Iberia", 20 + 1e-13, 1]]])
def test_the_same_rows_in_another_order_have_not_changed(new: list[list[Any]]) -> None:
    assert diff("region revenue orders", SALES, new).count == 0


@pytest.mark.parametrize(
    ("columns", "old", "new", "key"),
    [
        ("month revenue", [["2026-01", 1], ["2026-02", 2]], [["2026-02", 2], ["2026-03", 2]], ["month"]),
        ("year revenue", [[2025, 1], [2026, 2]], [[2025, 1], [2026, 3]], ["year"]),
        ("month revenue", [[1, 10], [2, 20]], [[1, 10], [2, 20], [3, 30]], ["month"]),
        ("id revenue", [[71, 10], [72, 10]], [[71, 10], [73, 20]], ["id"]),
        # The place in a ranking names nobody.
        ("rank who sold", [[1, "Ann", 9], [2, "Bob", 8]], [[1, "Bob", 10], [2, "Ann", 9]], ["who"]),
        ("rank sold", [[1, 9], [2, 8]], [[1, 10], [2, 9]], ["rank"]),
        # A text and a time that are only by chance different in each row are not found again.
        ("month best", [["2026-01", "Ann"], ["2026-02", "Bob"]], [["2026-01", "Cid"], ["2026-02", "Ann"]], ["month"]),
        (
            "region seen",
            [["Alps", "2026-01-01"], ["Nordics", "2026-01-02"]],
            [["Alps", "2026-02-01"], ["Nordics", "2026-02-02"]],
            ["region"],
        ),
        (
            "region year sold",
            [["Alps", 2025, 1], ["Alps", 2026, 2], ["Nordics", 2025, 3]],
            [["Alps", 2025, 1], ["Alps", 2026, 4], ["Nordics", 2025, 3]],
            ["region", "year"],
        ),
        (
            "a b c n",
            [["x", "x", "x", 1], ["x", "x", "y", 2], ["x", "y", "x", 3], ["y", "x", "x", 4], ["y", "y", "x", 5]],
            [["x", "x", "x", 1], ["x", "x", "y", 2], ["x", "y", "x", 3], ["y", "x", "x", 9], ["y", "y", "x", 5]],
            ["a", "b", "c"],
        ),
        ("region sold", [["Alps", 1], [None, 2]], [["Alps", 1], [None, 3]], ["region"]),
        ("height weight", [[1.5, 2.5], [3.5, 4.5]], [[1.5, 2.5], [3.5, 5.5]], []),
        ("region sold", [["Alps", 1], ["Alps", 2]], [["Alps", 1], ["Nordics", 2]], []),
        ("region sold", [["Alps", 1]], [["Nordics", 2]], ["region"]),
        ("revenue orders", [[1.5, 3]], [[2.5, 4]], []),
        ("last revenue", [["2026-01-01", 3]], [["2026-01-02", 4]], []),
    ],
)
def test_what_tells_the_rows_apart_in_both_is_the_key(columns: str, old: Any, new: Any, key: list[str]) -> None:
    assert diff(columns, old, new).key == key


def test_without_a_key_rows_are_compared_whole_and_equal_ones_are_counted() -> None:
    found = diff("a b", [[1.5, 2], [1.5, 2], [3.5, 4]], [[1.5, 2], [5.5, 6], [3.5, 4.0], [5.5, 6]])
    assert (found.key, found.changed) == ([], [])
    assert (found.added, found.gone) == ([(5.5, 6), (5.5, 6)], [(1.5, 2)])


def test_one_row_of_numbers_is_the_same_row_as_before() -> None:
    found = diff("revenue orders last", [[10.0, 3, "2026-01-01"]], [[12.5, 3, "2026-01-02"]])
    (row,) = found.changed
    assert (row.columns, row.new[-1], found.added, found.gone) == (["revenue", "last"], date(2026, 1, 2), [], [])


def test_columns_that_came_and_went_are_named_and_not_compared() -> None:
    old = table("region orders since", *[[region, count, "x"] for region, _, count in SALES])
    new = table("region orders share", *[[region, count, 0.5] for region, _, count in SALES])
    found = diff_of(old, new)
    assert (found.added_columns, found.gone_columns, found.count) == (["share"], ["since"], 0)
    assert not diff_of(table("a", [1]), table("b", ["x"])).columns


@pytest.mark.parametrize(
    ("old", "new", "renamed"),
    [
        ("region Total_Revenue", "region totalRevenue", {"Total_Revenue": "totalRevenue"}),
        ("region revenue", "territory revenue", {"region": "territory"}),
        ("region revenue", "region turnover", {"revenue": "turnover"}),
    ],
)
def test_a_renamed_column_is_the_same_column(old: str, new: str, renamed: dict[str, str]) -> None:
    rows = [row[:2] for row in SALES]
    found = diff_of(table(old, *rows), table(new, *rows))
    assert (found.renamed, found.added_columns, found.gone_columns, found.count) == (renamed, [], [], 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([["Alps", 1000.5], ["Nordics", 2000.5]], [["Alps", 3], ["Nordics", 5]]),
        ([["Alps", True], ["Nordics", False]], [["Alps", True], ["Nordics", False]]),
        ([["Alps", 0], ["Nordics", 0]], [["Alps", 0], ["Nordics", 0]]),
    ],
)
def test_columns_that_measure_something_else_are_not_taken_for_renamed(old: Any, new: Any) -> None:
    found = diff_of(table("region a", *old), table("region b", *new))
    assert (found.renamed, found.added_columns, found.gone_columns) == ({}, ["b"], ["a"])


def test_a_table_with_many_other_columns_is_another_one() -> None:
    rows = [list("abcdefghijk"), list("lmnopqrstuv")]
    old, new = (table(" ".join(f"{name}{number}" for number in range(MAX_RENAMED + 1)), *rows) for name in "xy")
    assert not diff_of(old, new).columns


def test_all_rows_of_a_large_result_are_compared() -> None:
    old = [[f"C{number}", number * 2] for number in range(30_000)]
    new = [[name, amount + (number % 7 == 0)] for number, (name, amount) in enumerate(old) if number % 11]
    found = diff("who sold", old, [*new, ["D1", 1], ["D2", 2]])
    left = [number for number in range(30_000) if number % 11]
    assert (len(found.added), len(found.gone)) == (2, 30_000 - len(left))
    assert len(found.changed) == sum(number % 7 == 0 for number in left)
    assert not found.is_cut


def test_a_result_of_which_not_all_rows_are_there_says_so() -> None:
    rows = [[f"C{number}", number * 2] for number in range(COMPARED_ROWS + 1)]
    assert diff("who sold", rows, rows).is_cut
    assert not diff("who sold", rows[1:], rows[1:]).is_cut
    assert diff_of(Table(["a"], [["x"]], 7), Table(["a"], [["x"]], 1)).is_cut


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (100, 103, Change(3, 3.0)),
        (0.1, 0.3, Change(0.2, 200.0)),
        (-50, -25.5, Change(24.5, 49.0)),
        (0, 5, Change(5, None)),
        (5, 0, Change(-5, -100.0)),
        (None, 5, None),
        (5, None, None),
        (math.nan, 5.0, None),
        (True, 2, None),
        ("5", 6, None),
    ],
)
def test_a_number_has_changed_by_so_much(old: Any, new: Any, change: Change | None) -> None:
    assert change_of(old, new) == change


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (0.1 + 0.2, 0.3, True),
        (5, 5.0, True),
        (0.0, 1e-17, True),
        (math.nan, math.nan, True),
        (1_234_567_890.12, 1_234_567_890.13, False),
        (10**12, 10**12 + 1, False),
        (1, True, False),
        (None, 0.0, False),
        (10**400, 1.5, False),
        ("a", "A", False),
    ],
)
def test_numbers_are_the_same_but_for_the_error_of_adding_up(old: Any, new: Any, same: bool) -> None:
    assert is_same(old, new) is same
    assert (comparable(old) == comparable(new)) is same or (old, new) == (0.0, 1e-17)


CELLS = st.none() | st.integers(0, 3) | st.sampled_from([0.5, 1.25, 2.0]) | st.sampled_from("abc")
ROWS = st.integers(1, 4).flatmap(lambda width: st.tuples(*[st.lists(st.tuples(*[CELLS] * width), max_size=8)] * 2))


@given(ROWS)
def test_the_old_rows_with_the_differences_are_the_new_rows(versions: tuple[list[Row], list[Row]]) -> None:
    old, new = versions
    names = "abcd"[: len((old or new or [()])[0])]
    found = diff(" ".join(names), old, new)
    rows = Counter(old)
    rows -= Counter([*found.gone, *(row.old for row in found.changed)])
    assert rows.total() == len(old) - len(found.gone) - len(found.changed)
    rows += Counter([*found.added, *(row.new for row in found.changed)])
    assert rows == Counter(new)
    assert all(row.columns for row in found.changed)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 99)), unique_by=lambda row: row[0], min_size=2))
def test_nothing_has_changed_between_a_table_and_itself(rows: list[Row]) -> None:
    assert diff("who sold", rows, rows[::-1]).count == 0

"""Differences written as a table for people."""

from typing import Any

import pytest

from lib.tables.changes_table import SHOWN_CHANGES, changes_table
from lib.tables.diff import diff_of
from lib.tables.parse import Table


def cell(old: Any, new: Any, column: str = "revenue", locale: str | None = None) -> Any:
    """How the change of a value is written, beside one that has not changed."""
    versions = [Table(["who", column], [["Ann", value], ["Bob", 10]], 2) for value in (old, new)]
    (written,) = changes_table(diff_of(*versions), locale).values[column]
    return written


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        (121_500, 125_387, "125,387 (+3.2\u00a0%)"),
        (200.5, 100.25, "100.25 (-50.0\u00a0%)"),
        (1_000_000, 1_000_123, "1,000,123 (+0.01\u00a0%)"),
        (10**12, 10**12 + 1, "1,000,000,000,001 (was 1,000,000,000,000)"),
        (1, 2_000, "2,000 (+199,900\u00a0%)"),
        (0, 5, "5 (was 0)"),
        (None, 5, "5 (was —)"),
        (5, None, "— (was 5)"),
    ],
)
def test_a_number_has_its_change_beside_it(old: Any, new: Any, written: str) -> None:
    assert cell(old, new) == written


@pytest.mark.parametrize(
    ("old", "new", "column", "written"),
    [
        ("open", "paid", "status", "open → paid"),
        ("2026-01-01", None, "ends", "2026-01-01 → —"),
        (2, 3, "rank", "2 → 3"),
        (8.9, 9.0, "share", "9.0 (+0.1)"),
        (8.5, 7.25, "returnRate", "7.25 (-1.25)"),
    ],
)
def test_codes_texts_and_percentages_have_no_percentage(old: Any, new: Any, column: str, written: str) -> None:
    assert cell(old, new, column) == written


def test_numbers_are_written_as_in_the_readers_language() -> None:
    assert cell(121_500.5, 125_387.25, locale="de-DE") == "125.387,25 (+3,2\u00a0%)"


def test_the_key_comes_first_then_what_has_changed_and_all_columns_have_a_name_of_their_own() -> None:
    names = ["n", "Change", "sold", "who"]
    old, new = (Table(names, [[1, 7, 10, "Ann"], [1, 8, sold, "Bob"]], 2) for sold in (20, 25))
    table = changes_table(diff_of(old, new), None)
    assert list(table.values) == ["Change ", "who", "sold", "n", "Change"]
    assert table.values["Change "] == ["Changed"] and table.values["Change"] == [8]
    assert table.numbers == {"sold"}


def test_of_many_rows_the_first_are_written() -> None:
    rows = [[f"C{number}", "x"] for number in range(SHOWN_CHANGES + 1)]
    diff = diff_of(Table(["who", "what"], [["Nobody", "y"]], 1), Table(["who", "what"], rows, len(rows)))
    assert len(changes_table(diff, None).values["who"]) == SHOWN_CHANGES

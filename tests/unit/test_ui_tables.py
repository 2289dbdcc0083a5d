"""What of a tool's output is a table."""

import pytest

from lib.ui.tables import MAX_ROWS, rows_of

ROWS = [{"region": "Nordics", "revenue": 2}, {"region": "Alps", "revenue": 1}]


@pytest.mark.parametrize(
    "output", [ROWS, {"rows": ROWS}, {"columns": ["region", "revenue"], "rows": [["Nordics", 2], ["Alps", 1]]}]
)
def test_rows_are_found_in_the_shapes_in_which_tools_give_them(output: object) -> None:
    assert rows_of(output) == ROWS


@pytest.mark.parametrize("output", [None, 7, "text", [], {}, ["a", "b"], {"rows": []}, {"rows": [1]}, {"columns": []}])
def test_what_is_no_table_has_no_rows(output: object) -> None:
    assert rows_of(output) == []


def test_a_table_is_cut_at_its_most_rows() -> None:
    assert len(rows_of([{"n": n} for n in range(MAX_ROWS + 5)])) == MAX_ROWS
    assert len(rows_of({"columns": ["n"], "rows": [[n] for n in range(MAX_ROWS + 5)]})) == MAX_ROWS


def test_a_row_shorter_than_its_columns_shows_what_it_has() -> None:
    assert rows_of({"columns": ["a", "b"], "rows": [[1]]}) == [{"a": 1}]


def test_columns_of_the_same_name_are_told_apart() -> None:
    [row] = rows_of({"columns": ["n", "n"], "rows": [[1, 2]]})
    assert sorted(row.values()) == [1, 2]


def test_what_is_nested_is_shown_as_text() -> None:
    assert rows_of([{"a": {"b": 1}}, {"a": "c"}]) == [{"a": "{'b': 1}"}, {"a": "c"}]

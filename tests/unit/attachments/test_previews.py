"""The first rows of attached tables."""

import tracemalloc
from io import BytesIO

import pyarrow as pa
import pytest
from pyarrow import parquet

from lib.attachments.kinds import CSV, PARQUET, TSV
from lib.attachments.previews import MAX_CELL_CHARS, MAX_COLUMNS, MAX_ROWS, table_head
from lib.errors import BadInput


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        (CSV, 'a,b\r\n1,"x\r\ny"\r\n2\r\n\r\n'),
        (CSV, 'a;b\n1;"x\r\ny"\n2\n'),
        (TSV, 'a\tb\n1\t"x\r\ny"\n2'),
    ],
)
def test_a_csv_file_is_read_as_spreadsheets_write_it(content_type: str, text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        head = table_head("a", content_type, text.encode(encoding))
        assert head == (("a", "b"), (("1", "x\r\ny"), ("2", "")), 2, 2)


def test_a_preview_is_bounded_in_all_directions() -> None:
    row = ",".join(["x" * 500] * 100)
    for lines in (600, 20_000):
        head = table_head("a", CSV, f"{row}\n".encode() * lines)
        assert (len(head.columns), len(head.rows[0]), len(head.rows[0][0])) == (
            MAX_COLUMNS,
            MAX_COLUMNS,
            MAX_CELL_CHARS,
        )
        assert len(head.rows) <= MAX_ROWS and (head.row_count, head.column_count) == (None, 100)


@pytest.mark.parametrize("content", [b"x" * 10_000_000, b"\n\n", b'"' + b"x," * 200_000, b"\0"])
def test_what_holds_no_table_is_said_to_hold_none(content: bytes) -> None:
    with pytest.raises(BadInput, match=r"“a\.csv” holds no table"):
        table_head("a.csv", CSV, content)


def test_rows_are_counted_where_that_is_cheap_and_every_column_has_a_name_of_its_own() -> None:
    head = table_head("a", CSV, b"n,,n\n" + b"1,2,3\n" * 1_000)
    assert (head.columns, len(head.rows), head.row_count) == (("n", "Column 2", "n (3)"), MAX_ROWS, 1_000)


def test_a_parquet_file_shows_its_first_rows_and_how_many_there_are() -> None:
    out = BytesIO()
    parquet.write_table(pa.table({"n": range(200), "text": ["x" * 300] * 200}), out)
    head = table_head("a", PARQUET, out.getvalue())
    assert (head.columns, len(head.rows), head.row_count, head.column_count) == (("n", "text"), MAX_ROWS, 200, 2)
    assert head.rows[49] == ("49", "x" * (MAX_CELL_CHARS - 1) + "…")


def test_one_long_line_among_many_short_ones_does_not_fill_the_memory() -> None:
    """Making all lines as long as the longest would take 40 GB here."""
    tracemalloc.start()
    try:
        head = table_head("a", CSV, b"," * 100_000 + b"\n" + b"a\n" * 49_000)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 100_000_000
    assert (len(head.columns), len(head.rows), head.row_count, head.column_count) == (20, 50, 49_000, 100_001)
    assert set(map(len, head.rows)) == {20}

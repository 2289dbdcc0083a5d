"""The tables of a chat as CSV."""

import csv
import io
from zipfile import ZipFile

import pytest

from lib.export.as_csv import tables_of, zip_of
from lib.messages.parts import Text, ToolCall, ToolResult
from lib.tables.csv_file import to_tsv
from lib.tables.markdown_tables import tables_in
from tests.unit.export.chats import Chats

MARKDOWN = "So:\n\n| *a* | b |\n|---|--:|\n| `x` | 1.50 |\n| =1+1 |  |\n\nand\n\n> | c |\n> |---|\n> | y\\|z |\n"


def test_the_tables_of_tools_and_of_answers_are_found_in_their_order() -> None:
    chats = Chats()
    chat_id = chats.add(
        "How?", ToolCall("1", "run/sql", "{}"), ToolResult("1", '[{"n": 1}, {"n": 2}]'), ToolResult("2", "no table")
    )
    chats.add("| not | mine |\n|---|---|\n| 1 | 2 |", Text(MARKDOWN), chat_id=chat_id)
    tables = list(tables_of(chats.source(chat_id)))
    assert [(table.name, list(table.columns), table.rows) for table in tables] == [
        ("01 run sql", ["n"], [[1], [2]]),
        ("02 Table", ["a", "b"], [["x", "1.50"], ["=1+1", ""]]),
        ("03 Table", ["c"], [["y|z"]]),
    ]
    with zip_of(iter(tables)) as file, ZipFile(file) as archive:
        assert archive.namelist() == ["01 run sql.csv", "02 Table.csv", "03 Table.csv"]
        rows = list(csv.reader(io.StringIO(archive.read("02 Table.csv").decode("utf-8-sig"), newline="")))
        assert rows == [["a", "b"], ["x", "1.50"], ["'=1+1", ""]]


@pytest.mark.parametrize("text", ["", "a | b", "---", "| a |\n| b |", "```\n| a |\n|---|\n| b |\n```"])
def test_what_is_no_table_is_none(text: str) -> None:
    assert list(tables_in(text)) == []


def test_the_clipboard_gets_a_line_for_each_row_and_no_formula() -> None:
    rows = [["A\tB\nC", None], ["=1+1", -2.5]]
    assert to_tsv(["name", "value"], rows) == "name\tvalue\nA B C\t\n'=1+1\t-2.5"

"""Which table of an answer is its result."""

import json

from lib.messages.parts import Part, Text, ToolCall, ToolResult
from lib.messages.result import find_result

ROWS = [{"region": "Nordics", "revenue": 1}, {"region": "Alps", "revenue": 2}]


def gave(output: object) -> list[Part]:
    return [ToolCall("1", "run_sql", "{}"), ToolResult("1", json.dumps(output)), Text("So it is.")]


def test_the_last_table_counts_and_text_does_not() -> None:
    table, error = gave(ROWS), gave({"error": "no such column"})
    found = find_result([*gave([{"name": "orders"}, {"name": "items"}]), *table, *error])
    assert found and found.output is table[1] and found.table.rows == [["Nordics", 1], ["Alps", 2]]
    assert find_result(error) is None
    assert find_result([Text("Nothing was asked.")]) is None


def test_a_single_number_is_a_result_and_a_single_text_is_not() -> None:
    found = find_result(gave([{"count": 5}]))
    assert found and found.is_trivial
    row = find_result(gave([{"count": 5, "sum": 7}]))
    assert row and not row.is_trivial
    assert find_result(gave([{"status": "done"}])) is None


def test_a_result_without_rows_is_one() -> None:
    columns = {"schema": {"columns": [{"name": "region", "type_text": "STRING"}]}}
    found = find_result(gave({"statement_response": {"manifest": columns, "result": {"data_array": []}}}))
    assert found and found.is_trivial and found.table.columns == ["region"]


def test_an_empty_list_is_a_result_where_there_is_no_table() -> None:
    found = find_result([*gave([]), *gave({"error": "no such column"})])
    assert found and found.is_trivial and not found.table.rows
    beside = find_result([*gave(ROWS), *gave([])])
    assert beside and len(beside.table.rows) == 2


def test_documents_are_no_result_and_hide_an_earlier_one() -> None:
    assert find_result([*gave(ROWS), *gave([{"text": "word " * 50, "score": 1}, {"text": "", "score": 2}])]) is None

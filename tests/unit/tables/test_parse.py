"""Which outputs of tools are tables, and how they are read."""

import csv
import io
import json
from typing import Any

import pytest

from lib.tables.csv_file import to_csv
from lib.tables.parse import Table, parse_output

RECORDS = [{"region": "Nordics", "revenue": 2}, {"region": "Alps", "revenue": 1}]
SPLIT = {"columns": ["region", "revenue"], "rows": [["Nordics", 2], ["Alps", 1]]}
TABLE = Table(["region", "revenue"], [["Nordics", 2], ["Alps", 1]], 2)
COLUMNS = [{"name": "region", "type_text": "STRING"}, {"name": "revenue", "type_text": "BIGINT"}]
DATA_ARRAY = [["Nordics", "2"], ["Alps", "1"]]
STATEMENT = {"manifest": {"schema": {"columns": COLUMNS}}, "result": {"data_array": DATA_ARRAY, "row_count": 2}}


def statement(types: list[str], rows: list[list[Any]], **manifest: Any) -> str:
    columns = [{"name": f"c{n}", "type_text": each} for n, each in enumerate(types)]
    return json.dumps({"manifest": {"schema": {"columns": columns}, **manifest}, "result": {"data_array": rows}})


@pytest.mark.parametrize(
    "output",
    [
        RECORDS,
        {"rows": RECORDS},
        {"result": RECORDS, "row_count": 2},
        {"data": {"records": RECORDS}},
        SPLIT,
        {"columns": SPLIT["columns"], "data": SPLIT["rows"], "index": [0, 1]},
        {"columns": [{"name": "region"}, {"name": "revenue"}], "data_array": SPLIT["rows"]},
        {"region": ["Nordics", "Alps"], "revenue": [2, 1]},
        {"region": {"0": "Nordics", "1": "Alps"}, "revenue": {"0": 2, "1": 1}},
        {"0": RECORDS[0], "1": RECORDS[1]},
        {"schema": {"fields": [{"name": "region"}]}, "data": RECORDS},
        [["region", "revenue"], ["Nordics", 2], ["Alps", 1]],
        STATEMENT,
        {"statement_id": "1", "status": {"state": "SUCCEEDED"}, **STATEMENT},
        {"statement_response": STATEMENT},
        {
            "manifest": STATEMENT["manifest"],
            "result": {"data_typed_array": [{"values": [{"str": a}, {"str": b}]} for a, b in DATA_ARRAY]},
        },
        [{"type": "text", "text": json.dumps(RECORDS)}],
        {"content": [{"type": "text", "text": "region,revenue\nNordics,2\nAlps,1"}], "isError": False},
        {"content": [{"type": "text", "text": "two rows"}], "structuredContent": {"result": RECORDS}},
    ],
)
def test_a_table_is_found_in_each_shape_that_tools_return(output: object) -> None:
    assert parse_output(json.dumps(output)) == TABLE
    assert parse_output(json.dumps(json.dumps(output))) == TABLE


@pytest.mark.parametrize(
    "text",
    [
        "region,revenue\nNordics,2\nAlps,1",
        'region,revenue\r\n"Nordics",2\r\nAlps,"1"\r\n',
        "\ufeffregion;revenue\nNordics;2\nAlps;1\n",
        "region\trevenue\nNordics\t2\nAlps\t1",
        "| region | revenue |\n|---|---:|\n| Nordics | 2 |\n| Alps | 1 |",
        "+-------+-------+\n| region|revenue|\n+-------+-------+\n|Nordics|      2|\n|   Alps|      1|\n+-------+---+",
        '{"region": "Nordics", "revenue": 2}\n{"region": "Alps", "revenue": 1}\n',
    ],
)
def test_a_table_is_found_in_text(text: str) -> None:
    assert parse_output(text) == TABLE


@pytest.mark.parametrize(
    "output",
    [
        "",
        "7",
        "null",
        "text",
        "[]",
        "{}",
        '["a", "b"]',
        '{"rows": []}',
        '{"rows": [1]}',
        '{"columns": []}',
        '{"user": {"name": "Ann"}, "org": {"name": "ACME"}}',
        "[[1, 2], [3, 4]]",
        "[" * 5_000,
        "Hello, Ann\nDear, Bob",
        "We sold much, more than ever.\nIt was, they say, the Nordics.",
        "First,\nsecond,",
        "a,b\n1,2,3",
        "a,a\n1,2",
        'a,b\n"1,2',
        "2024-01-01 10:00:00,123 INFO started\n2024-01-01 10:00:01,456 INFO ended",
        "| only one line |",
        "Error: no such table",
    ],
)
def test_output_that_is_not_a_table_is_not_changed(output: str) -> None:
    assert parse_output(output) == output


def test_text_parts_for_the_model_are_joined() -> None:
    parts = [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
    assert parse_output(json.dumps(parts)) == "One.\n\nTwo."
    assert parse_output(json.dumps({"content": parts})) == "One.\n\nTwo."
    records = [{"type": "text", "text": "One.", "author": "Ann"}]
    assert parse_output(json.dumps(records)) == Table(["type", "text", "author"], [["text", "One.", "Ann"]], 1)


def test_numeric_columns_of_a_statement_are_numbers_and_others_unchanged() -> None:
    types = ["INT", "DECIMAL(10,2)", "DOUBLE", "BOOLEAN", "STRING", "DATE", "BIGINT"]
    found = parse_output(statement(types, [["7", "1.50", "1e3", "true", "007", "2025-01-31", "9" * 18], [None] * 7]))
    assert isinstance(found, Table)
    assert found.rows == [[7, 1.5, 1000.0, True, "007", "2025-01-31", int("9" * 18)], [None] * 7]


@pytest.mark.parametrize("value", ["12345678901234567.89", "NaN", "9" * 25])
def test_a_number_that_would_lose_precision_stays_text(value: str) -> None:
    found = parse_output(statement(["DECIMAL(38,2)"], [[value], ["1"]]))
    assert isinstance(found, Table) and found.rows == [[value], ["1"]]


def test_codes_with_leading_zeros_stay_text() -> None:
    assert parse_output("zip,n\n01067,1\n10115,\n") == Table(["zip", "n"], [["01067", 1], ["10115", None]], 2)


def test_a_statement_result_gives_its_row_count() -> None:
    found = parse_output(statement(["INT"], [["1"], ["2"]], total_row_count=12_345, truncated=True))
    assert isinstance(found, Table) and found.total == 12_345 and len(found.rows) == 2


def test_all_rows_are_kept_although_some_are_too_short_or_too_long() -> None:
    found = parse_output(json.dumps([{"n": n} for n in range(5_000)]))
    assert isinstance(found, Table) and len(found.rows) == found.total == 5_000
    assert parse_output('{"columns": ["a", "b"], "rows": [[1], [1, 2, 3]]}') == Table(
        ["a", "b", "(3)"], [[1, None, None], [1, 2, 3]], 2
    )
    assert parse_output('[{"a": 1}, {"b": 2}]') == Table(["a", "b"], [[1, None], [None, 2]], 2)


def test_duplicate_column_names_are_made_unique_and_a_meaningful_index_is_a_column() -> None:
    assert parse_output('{"columns": ["n", "n"], "rows": [[1, 2]]}') == Table(["n", "n (2)"], [[1, 2]], 1)
    assert parse_output('{"columns": ["n"], "rows": []}') == Table(["n"], [], 0)
    assert parse_output('{"columns": ["n"], "index": ["x"], "data": [[1]]}') == Table(["", "n"], [["x", 1]], 1)


def test_nested_values_are_shown_as_json() -> None:
    assert parse_output('[{"a": {"b": null}}, {"a": "c"}]') == Table(["a"], [['{"b": null}'], ["c"]], 2)


def test_the_csv_has_all_rows_and_no_spreadsheet_formulas() -> None:
    rows = [["=1+2", "+49 170", -5], ["@x", "-", None], ["+cmd|x", "a,\n\"b'", 1.5], ["-5 %", "-x()", True]]
    data = to_csv(["=a", "b", "c"], rows).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data))) == [
        ["'=a", "b", "c"],
        ["'=1+2", "+49 170", "-5"],
        ["'@x", "-", ""],
        ["'+cmd|x", "a,\n\"b'", "1.5"],
        ["-5 %", "'-x()", "True"],
    ]


def test_the_csv_is_in_utf_8_with_its_mark_and_ends_lines_as_the_standard_has_it() -> None:
    assert to_csv(["é"], [["a\nb"], ['"'], ["x,y"]]) == '\ufeffé\r\n"a\nb"\r\n""""\r\n"x,y"\r\n'.encode()


@pytest.mark.parametrize("begin", ["=", "@", "\t", "\r", "\n", "+a", "-a", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_sign_that_begins_a_formula_is_left_alone(begin: str) -> None:
    [_, [cell]] = csv.reader(io.StringIO(to_csv(["x"], [[f"{begin}1"]]).decode("utf-8-sig"), newline=""))
    assert cell == f"'{begin}1"


@pytest.mark.parametrize("number", [-5, 1.5, "-5", "+49 170", "-1,234.50", "12 %", "€ 5"])
def test_numbers_stay_numbers(number: object) -> None:
    [_, [cell]] = csv.reader(io.StringIO(to_csv(["x"], [[number]]).decode("utf-8-sig"), newline=""))
    assert cell == str(number)


@pytest.mark.parametrize(
    "text", [r'[{"\ud800n": "\udc00x"}, {"\ud800n": "y\u0000"}]', r'{"columns": ["n\ud800"], "rows": [["x"], ["y"]]}']
)
def test_halves_of_characters_are_left_out(text: str) -> None:
    assert parse_output(text) == Table(["n"], [["x"], ["y"]], 2)

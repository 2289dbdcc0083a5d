"""Which outputs of tools say that the tool failed."""

import json

import pytest

from lib.messages.tool_failure import is_failure


@pytest.mark.parametrize(
    "output",
    [
        {"error": "no such table: nowhere"},
        {"error": {"code": "TABLE_OR_VIEW_NOT_FOUND", "message": "…"}},
        {"isError": True, "content": [{"type": "text", "text": "It did not work."}]},
        {"statement_id": "1", "status": {"state": "FAILED", "error": {"message": "…"}}},
    ],
)
def test_an_output_that_says_so_is_a_failure(output: object) -> None:
    assert is_failure(json.dumps(output))


@pytest.mark.parametrize(
    "output",
    [
        "",
        "error",
        '{"error": ',
        "[" * 100_000 + '"error"',
        json.dumps({"error": None, "rows": [1]}),
        json.dumps({"error": ""}),
        json.dumps({"isError": False, "content": []}),
        json.dumps({"status": {"state": "SUCCEEDED"}, "rows": [["FAILED"]]}),
        json.dumps({"job": "nightly", "status": "FAILED"}),
        json.dumps({"run_id": 7, "status": {"state": "FAILED"}}),
        json.dumps([{"error": "a column of the result"}]),
        json.dumps({"rows": [{"error": "a column of the result"}]}),
    ],
)
def test_any_other_output_is_none(output: str) -> None:
    assert not is_failure(output)

"""What the box of a tool call says."""

import json
from dataclasses import replace

import pytest

from lib.messages.groups import Call, group_parts
from lib.messages.parts import Approval, ToolCall, ToolResult
from lib.ui.answer.call_label import label_of

FAILED = json.dumps({"error": "There is no table a."})
DENIED = Approval("1", is_approved=False)
ROWS = json.dumps([{"a": 1}, {"a": 2}])


def called(
    name: str, arguments: object, output: str | None = None, ms: int | None = None, approval: Approval | None = None
) -> Call:
    result = None if output is None else ToolResult("1", output, duration_ms=ms)
    return Call(ToolCall("1", name, json.dumps(arguments)), result, approval)


@pytest.mark.parametrize(
    ("calls", "label"),
    [
        ([called("run_sql", {"sql": "SELECT * FROM orders"}, ROWS, 410)], "Queried orders · 2 rows · 0.4 s"),
        ([called("run_sql", {"sql": "SELECT * FROM orders"})], "Querying orders"),
        ([called("run_sql", {"query": "SELECT * FROM a, b"}, "[]", 7)], "Queried a · 7 ms"),
        ([called("run_sql", {"sql": "SELECT 1"}, '[{"n": 1}]')], "run\\_sql · 1 row"),
        ([called("look_up", {"name": "from sales"}, "Nothing.")], "look\\_up"),
        (
            [
                called("q", {"sql": "SELECT * FROM a JOIN b"}, "", 100),
                called("q", {"sql": "SELECT x FROM c, d"}, "", 50),
            ],
            "Queried a, b, c · 2 calls · 0.1 s",
        ),
        (
            [called("q", {"sql": "SELECT 1 FROM a JOIN b JOIN c JOIN d JOIN e"}, "x")],
            "Queried a, b, c and 2 more",
        ),
        ([called("run_sql", {"sql": "SELECT * FROM a"}, approval=DENIED)], "run\\_sql · denied"),
        ([called("run_sql", {"sql": "SELECT * FROM a"}, approval=Approval("1"))], "run\\_sql · not decided"),
        ([called("run_sql", {"sql": "DELETE FROM orders"}, "")], "run\\_sql"),
        ([called("q", {"sql": "SELECT 1 FROM a"}, FAILED, 410)], "Queried a · failed · 0.4 s"),
        ([called("q", {}, FAILED), called("q", {}, ROWS)], "q · 2 calls · 1 failed"),
        ([called("one", {}, "x", 1), called("two", {}, "x")], "one and 1 more · 2 calls"),
        ([called("agent-hr-policies", {"query": "SELECT it FROM us"})], "Asking Hr policies"),
        ([called("transfer_to_sql_agent", {}, "Done.", 410)], "Asked Sql agent · 0.4 s"),
        ([called("q", {"sql": "SELECT 1 FROM `:red[a]`"}, "x")], "Queried \\:red\\[a\\]"),
    ],
)
def test_the_box_says_what_was_done(calls: list[Call], label: str) -> None:
    numbered = [
        (
            replace(call, id=str(number)),
            approval and replace(approval, call_id=str(number)),
            result and replace(result, call_id=str(number)),
        )
        for number, (call, result, approval) in enumerate(calls)
    ]
    [group] = group_parts([part for call in numbered for part in call if part])
    assert label_of(group) == label

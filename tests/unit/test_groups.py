"""The runs in which the parts of an answer are shown."""

from dataclasses import replace

from lib.messages.groups import Call, group_parts
from lib.messages.parts import Text, ToolCall, ToolResult

CALL = ToolCall("1", "run_sql", "{}")
RESULT = ToolResult("1", "[]")


def test_texts_stay_separate_and_consecutive_tools_are_grouped() -> None:
    other = replace(CALL, id="2")
    found = group_parts([Text("a"), Text("b"), CALL, RESULT, other, Text("c"), CALL])
    assert [group.kind for group in found] == ["text", "text", "tools", "text", "tools"]
    assert [group.text for group in found if group.kind == "text"] == ["a", "b", "c"]
    assert found[2].calls == [Call(CALL, RESULT), Call(other, None)]


def test_a_tool_result_without_its_call_is_shown() -> None:
    [group] = group_parts([RESULT])
    [(call, result, _approval)] = group.calls
    assert result == RESULT and call.id == "1"


def test_no_parts_make_no_segments() -> None:
    assert group_parts([]) == []

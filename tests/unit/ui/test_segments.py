"""The runs in which the parts of an answer are shown."""

from lib.store.models import Part
from lib.ui.segments import segments

CALL: Part = {"type": "tool_call", "id": "1", "name": "run_sql", "arguments": "{}"}
RESULT: Part = {"type": "tool_result", "call_id": "1", "output": "[]"}


def text(words: str) -> Part:
    return {"type": "text", "text": words}


def test_texts_stay_apart_and_tools_in_a_row_stand_together() -> None:
    other = {**CALL, "id": "2"}
    found = segments([text("a"), text("b"), CALL, RESULT, other, text("c"), CALL])
    assert [segment.kind for segment in found] == ["text", "text", "tools", "text", "tools"]
    assert [segment.text for segment in found if segment.kind == "text"] == ["a", "b", "c"]
    assert found[2].calls == [(CALL, RESULT), (other, None)]


def test_a_result_without_its_call_is_shown_all_the_same() -> None:
    [segment] = segments([RESULT])
    [(call, result)] = segment.calls
    assert result == RESULT and call["id"] == "1"


def test_no_parts_make_no_segments() -> None:
    assert segments([]) == []

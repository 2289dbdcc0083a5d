"""What Genie said, as the messages that the app logs: read again, they give the same answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.agent.endpoints.genie.raw_messages import Progress, begun, ended
from lib.agent.endpoints.genie.results import _that_fit
from lib.chat.replay import answer_from_log
from lib.messages.genie_id import GenieId
from lib.messages.parts import Reasoning, Text, ToolCall, ToolResult

ID = GenieId("01f0a", "c-1", "m_2")
ids = st.from_regex(r"[0-9A-Za-z_-]{1,40}", fullmatch=True)


@given(space=ids, conversation=ids, message=ids)
def test_an_id_is_read_as_it_was_written(space: str, conversation: str, message: str) -> None:
    id = GenieId(space, conversation, message)
    assert GenieId.read(str(id)) == id


@pytest.mark.parametrize("other", [None, "", "tr-1", "trace:/a.b/c", "genie:/a/b", "genie:/a/b/c/d", "genie:/a/../c"])
def test_no_other_id_is_one_of_genies(other: str | None) -> None:
    assert GenieId.read(other) is None


def query(sql: str, **more: Any) -> dict[str, Any]:
    return {"attachments": [{"attachment_id": "a", "query": {"query": sql, **more}}]}


def test_a_crash_right_after_the_question_does_not_lose_its_id() -> None:
    assert answer_from_log([begun(ID)]).trace_id == str(ID)


def test_a_query_is_said_once_and_a_changed_one_again_with_the_result() -> None:
    progress = Progress()
    thought = {"thoughts": [{"content": "Orders."}]}
    looks = [
        query("SELECT 1"),
        query("SELECT 1", **thought),
        query("SELECT 2", **thought),
        query("SELECT 2", **thought),
    ]
    log = [begun(ID), *(raw for look in looks for raw in progress.new(look))]
    log.append(progress.result(looks[-1]["attachments"][0], {"error": "No."}))
    first, reasoning, second, result = answer_from_log(log).parts
    assert isinstance(first, ToolCall) and isinstance(second, ToolCall) and isinstance(result, ToolResult)
    assert [json.loads(call.arguments)["sql"] for call in (first, second)] == ["SELECT 1", "SELECT 2"]
    assert reasoning == Reasoning("Orders.") and first.id != second.id == result.call_id


def test_several_texts_are_paragraphs_and_anything_else_is_no_text() -> None:
    attachments = [
        {"text": {"content": "One."}},
        {"text": {"content": " "}},
        {"text": None},
        7,
        {"text": {"content": "Two."}},
    ]
    parts = answer_from_log([begun(ID), *ended({"attachments": attachments})]).parts
    assert [part.text for part in parts if isinstance(part, Text)] == ["One.", "Two."]


@given(rows=st.lists(st.lists(st.text(max_size=20), max_size=3), max_size=20), most_bytes=st.integers(0, 500))
def test_as_many_rows_are_kept_as_fit_in_their_order(rows: list[list[str]], most_bytes: int) -> None:
    kept = _that_fit(rows, most_bytes)
    assert kept == rows[: len(kept)]
    assert len(json.dumps(kept, ensure_ascii=False).encode()) <= max(most_bytes, 2)
    if len(kept) < len(rows):
        assert len(json.dumps(rows[: len(kept) + 1], ensure_ascii=False).encode()) > most_bytes - 2

"""The file format of a chat: what is written is read again unchanged, and the documentation says what it is."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from lib.export import format as file_format
from lib.export.format import (
    FOOT,
    ChatFile,
    FileAttachment,
    FileChat,
    FileMessage,
    FileVote,
    head_json,
    message_json,
    read_chat_file,
)
from lib.messages.parts import Text, ToolCall, Unknown
from lib.tables.charts import Chart

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 26, 21, 0, 7, 123456, tzinfo=UTC)
QUESTION = FileMessage(
    id=uuid4(),
    parent_id=None,
    role="user",
    status="complete",
    parts=[Text('Why "] , }\n\u2028?')],
    content='Why "] , }\n\u2028?',
    created_at=NOW,
    attachments=[FileAttachment(name="a.csv", content_type="text/csv", size=7, url="https://host/a.csv")],
)
ANSWER = FileMessage(
    id=uuid4(),
    parent_id=QUESTION.id,
    role="assistant",
    status="stopped",
    parts=[ToolCall("1", "run", "{}", extra={"new": [1]}), Unknown({"type": "video", "z": None}), Text("So.")],
    content="So.",
    created_at=NOW,
    agent="sales",
    asked_as="user",
    trace_id="tr-1",
    usage={"total_tokens": 12, "details": {"cached": 0}},
    first_event_ms=210,
    vote=FileVote(is_upvoted=False, comment="No."),
)
CHAT = FileChat(
    id=uuid4(),
    title="Why?",
    title_source="model",
    visibility="public",
    agent="sales",
    pinned_at=NOW,
    archived_at=None,
    created_at=NOW,
    updated_at=NOW,
    leaf_id=ANSWER.id,
)


def written(*messages: FileMessage) -> str:
    return head_json(CHAT, NOW) + ",\n".join(map(message_json, messages)) + FOOT


@pytest.mark.parametrize("messages", [(), (QUESTION,), (QUESTION, ANSWER)])
def test_a_file_that_was_written_piece_by_piece_is_read_as_it_was(messages: tuple[FileMessage, ...]) -> None:
    assert read_chat_file(written(*messages)) == ChatFile(exported_at=NOW, chat=CHAT, messages=list(messages))


def test_parts_that_this_version_does_not_know_are_in_the_file_as_they_are() -> None:
    [_, answer] = json.loads(written(QUESTION, ANSWER))["messages"]
    assert answer["parts"][0] == {"type": "tool_call", "id": "1", "name": "run", "arguments": "{}", "new": [1]}
    assert answer["parts"][1] == {"type": "video", "z": None}


def test_times_are_written_in_utc_to_the_microsecond() -> None:
    elsewhere = CHAT.model_copy(update={"created_at": NOW})
    here = FileChat.model_validate(
        {**elsewhere.model_dump(), "created_at": NOW.astimezone(timezone(timedelta(hours=5)))}
    )
    assert json.loads(here.model_dump_json(by_alias=True))["createdAt"] == "2026-11-26T21:00:07.123456Z"


@pytest.mark.parametrize(
    "change",
    [
        {"format": "something else"},
        {"version": 2},
        {"exportedAt": "2026-11-26T21:00:07"},
        {"messages": [{"id": "1"}]},
        {"messages": [{**json.loads(message_json(ANSWER)), "status": "running"}]},
        {"chat": None},
    ],
)
def test_what_is_no_such_file_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read_chat_file(json.dumps({**json.loads(written(QUESTION)), **change}))


def test_fields_of_a_later_version_are_ignored() -> None:
    data = {**json.loads(written(QUESTION)), "new": 1}
    data["messages"][0]["new"] = {}
    assert read_chat_file(json.dumps(data)).messages == [QUESTION]


@pytest.mark.parametrize("chart", ["bar", {"kind": "pie", "x": "a", "y": "b"}, {"kind": "bar", "x": 1, "y": "b"}])
def test_a_chart_that_is_none_is_ignored(chart: object) -> None:
    data = json.loads(written(QUESTION, ANSWER))
    data["messages"][1]["chart"] = chart
    assert read_chat_file(json.dumps(data)).messages == [QUESTION, ANSWER]


def test_a_chart_is_read_as_it_was_written() -> None:
    drawn = ANSWER.model_copy(update={"chart": Chart("bar", "region", "revenue", "year")})
    assert read_chat_file(written(QUESTION, drawn)).messages == [QUESTION, drawn]


def test_the_documentation_has_every_field_and_no_other() -> None:
    said = (ROOT / "docs" / "export-format.md").read_text()
    for section in (ChatFile, FileChat, FileMessage, FileAttachment, FileVote):
        rows = said.partition(f"## {_heading(section)}\n")[2].partition("\n## ")[0]
        named = re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)
        assert named == [field.alias for field in section.model_fields.values()], section
    assert f'"format": "{file_format.FORMAT}", "version": {file_format.VERSION}' in said


def _heading(section: type) -> str:
    return {
        ChatFile: "The file",
        FileChat: "chat",
        FileMessage: "A message",
        FileAttachment: "An attachment",
        FileVote: "vote",
    }[section]

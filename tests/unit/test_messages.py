"""The parts of a message, their JSON and back."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from lib.messages.parts import (
    Approval,
    Citation,
    Error,
    File,
    FollowUp,
    Note,
    Part,
    Reasoning,
    SignIn,
    Speaker,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
    content_of,
)
from lib.messages.serialise import Parts, parts_from_json, parts_to_json

STORED: list[tuple[Part, dict[str, Any]]] = [
    (Text("Hi"), {"type": "text", "text": "Hi"}),
    (Reasoning("Hm"), {"type": "reasoning", "text": "Hm"}),
    (ToolCall("1", "run_sql", "{}"), {"type": "tool_call", "id": "1", "name": "run_sql", "arguments": "{}"}),
    (Approval("1"), {"type": "approval", "call_id": "1"}),
    (
        Approval("1", is_approved=False, reason="Not today", server="mail"),
        {"type": "approval", "call_id": "1", "is_approved": False, "reason": "Not today", "server": "mail"},
    ),
    (ToolResult("1", "[]"), {"type": "tool_result", "call_id": "1", "output": "[]"}),
    (ToolResult("1", "", 7), {"type": "tool_result", "call_id": "1", "output": "", "duration_ms": 7}),
    (Speaker("agent-hr"), {"type": "speaker", "name": "agent-hr"}),
    (Citation("https://host", "Host"), {"type": "citation", "url": "https://host", "title": "Host"}),
    (
        Citation("", "M", "/Volumes/a/b/c/m.pdf", "page 3", "Oil it.", ("it.",)),
        {"type": "citation", "url": "", "title": "M", "path": "/Volumes/a/b/c/m.pdf", "place": "page 3"}
        | {"snippet": "Oil it.", "after": ["it."]},
    ),
    (File("image/png", "", "chart"), {"type": "file", "media_type": "image/png", "url": "", "name": "chart"}),
    (SignIn("https://host", "Sign in."), {"type": "login", "url": "https://host", "text": "Sign in."}),
    (FollowUp("And by month?"), {"type": "follow_up", "text": "And by month?"}),
    (Note("Cut."), {"type": "note", "text": "Cut."}),
    (Error("It failed."), {"type": "error", "text": "It failed."}),
    (Unknown({"type": "video", "z": 1, "a": [None]}), {"type": "video", "z": 1, "a": [None]}),
]


@pytest.mark.parametrize(("part", "stored"), STORED)
def test_each_kind_has_its_json(part: Part, stored: dict[str, Any]) -> None:
    assert json.dumps(parts_to_json([part])) == json.dumps([stored])
    assert parts_from_json([stored]) == [part]


def test_every_kind_of_part_is_tested_here() -> None:
    assert {type(part) for part, _ in STORED} == set(get_args(Part))


@pytest.mark.parametrize(("part", "stored"), STORED)
def test_fields_of_a_newer_version_survive_a_round_trip(part: Part, stored: dict[str, Any]) -> None:
    newer = {**stored, "confidence": 0.5, "extra": {"type": "text"}}
    [read] = parts_from_json([newer])
    assert type(read) is type(part)
    assert json.dumps(parts_to_json([read])) == json.dumps([newer])


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "text"},
        {"type": "text", "text": None},
        {"type": "text", "text": ["Hi"]},
        {"type": "text", "Text": "Hi"},
        {"type": "tool_call", "id": 1, "name": "f", "arguments": "{}"},
        {"type": "unknown", "data": 1},
        {"type": ["text"], "text": "Hi"},
        {"type": None},
        {"text": "Hi"},
        {},
        [],
        "text",
        5,
        None,
    ],
)
def test_an_unreadable_part_is_kept_unchanged(odd: Any) -> None:
    assert parts_from_json([odd]) == [Unknown(odd)]
    assert json.dumps(parts_to_json([Unknown(odd)])) == json.dumps([odd])


@pytest.mark.parametrize("duration", [None, "7", 0.5])
def test_an_invalid_duration_is_kept_but_not_read(duration: Any) -> None:
    stored = {"type": "tool_result", "call_id": "1", "output": "", "duration_ms": duration}
    [result] = parts_from_json([stored])
    assert isinstance(result, ToolResult) and result.duration_ms is None
    assert parts_to_json([result]) == [stored]


@pytest.mark.parametrize("odd", [None, {}, {"type": "text", "text": "Hi"}, "Hi", 5])
def test_json_that_is_not_a_list_of_parts_becomes_one_unknown_part(odd: Any) -> None:
    assert parts_from_json(odd) == [Unknown(odd)]


def test_pydantic_reads_and_writes_parts_in_the_same_form() -> None:
    adapter: TypeAdapter[list[Part]] = TypeAdapter(Parts)
    parts, stored = [part for part, _ in STORED], [stored for _, stored in STORED]
    assert json.loads(adapter.dump_json(parts)) == adapter.dump_python(parts, mode="json") == stored
    assert adapter.validate_python(stored) == adapter.validate_json(json.dumps(stored)) == parts


def test_the_visible_text_consists_of_the_text_parts() -> None:
    assert content_of(part for part, _ in STORED) == "Hi"
    assert content_of([Text("One."), Note("Cut."), Text("Two.")]) == "One.\n\nTwo."
    assert content_of([]) == ""


def test_the_api_is_documented_with_each_kind_and_its_fields() -> None:
    api = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    table = api.partition("## The parts of an answer")[2].partition("\n## ")[0]
    documented = {
        kind: set(re.findall(r"`(\w+)`", row[2]))
        for row in re.finditer(r"^\| (`.*`) \| (.*) \|$", table, re.MULTILINE)
        for kind in re.findall(r"`(\w+)`", row[1])
    }
    known = {type(part): part.type for part, _ in STORED if not isinstance(part, Unknown)}
    assert documented == {
        word: {field.name for field in fields(kind) if field.name != "extra"} for kind, word in known.items()
    }

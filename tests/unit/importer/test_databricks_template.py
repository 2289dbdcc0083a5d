"""Chats of Databricks' chat template: what their messages say, and whose they are."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lib.admin.users_file import read_users
from lib.errors import BadInput
from lib.importer.ai_sdk_content import DENIED, attachments_of, parts_of
from lib.importer.databricks_template import Content, TemplateChat, TemplateMessage, outline, with_contents
from lib.importer.refused import NotTakenChat
from lib.messages.parts import Citation, Error, File, Part, Reasoning, Text, ToolCall, ToolResult, Unknown
from lib.store.record_models import MessageRecord

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ({"type": "text", "text": "Hi"}, [Text("Hi")]),
        ({"type": "text", "text": ""}, []),
        ({"type": "reasoning", "text": "Hm", "providerMetadata": {}}, [Reasoning("Hm")]),
        ({"type": "step-start"}, []),
        ({"type": "data-usage", "data": {"totalTokens": 3}}, []),
        ({"type": "data-error", "data": "No."}, [Error("No.")]),
        (
            {"type": "tool-sql", "toolCallId": "c", "state": "output-available", "input": {"ü": 1}, "output": [1]},
            [ToolCall("c", "sql", '{"ü": 1}'), ToolResult("c", "[1]")],
        ),
        (
            {
                "type": "tool-databricks-tool-call",
                "toolCallId": "c",
                "state": "input-available",
                "input": "{}",
                "callProviderMetadata": {"databricks": {"toolName": "genie"}},
            },
            [ToolCall("c", "genie", "{}")],
        ),
        (
            {"type": "dynamic-tool", "toolName": "sql", "toolCallId": "c", "state": "output-error", "errorText": "No"},
            [ToolCall("c", "sql", ""), ToolResult("c", "No")],
        ),
        (
            {"type": "dynamic-tool", "toolName": "mcp", "state": "output-denied", "input": None},
            [ToolCall("0", "mcp", ""), ToolResult("0", DENIED)],
        ),
        (
            {
                "type": "tool-invocation",
                "toolInvocation": {"toolCallId": "c", "toolName": "x", "args": {}, "result": 4},
            },
            [ToolCall("c", "x", "{}"), ToolResult("c", "4")],
        ),
        ({"type": "source-url", "url": "https://a.example", "title": "A"}, [Citation("https://a.example", "A")]),
        ({"type": "source-url", "url": "javascript:x", "title": "A"}, [Citation("", "A")]),
        ({"type": "source-document", "filename": "a.pdf"}, [Citation("", "a.pdf")]),
        (
            {"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AA"},
            [File("image/png", "data:image/png;base64,AA", "A file")],
        ),
        (
            {"type": "data-chart", "data": 1},
            [Unknown({"type": "databricks-template", "content": {"type": "data-chart", "data": 1}})],
        ),
        ("odd", [Unknown({"type": "databricks-template", "content": "odd"})]),
    ],
)
def test_each_kind_of_part_is_known_or_kept_as_it_is(said: Any, parts: list[Part]) -> None:
    assert parts_of("assistant", [said]) == parts


def test_what_is_no_list_of_parts_is_kept_too() -> None:
    assert parts_of("user", {"type": "text", "text": "Hi"}) == [Text("Hi")]


def test_files_of_a_question_are_its_attachments() -> None:
    file = {"type": "file", "filename": "a.png", "mediaType": "image/png", "url": "data:image/png;base64,AA"}
    linked = {"name": "b.csv", "contentType": "text/csv", "url": "https://files.example/b.csv"}
    assert parts_of("user", [file]) == []
    assert [(each["name"], each["content_type"], each["url"]) for each in attachments_of([linked], [file])] == [
        ("b.csv", "text/csv", "https://files.example/b.csv"),
        ("a.png", "image/png", None),
    ]


def answer_of(parts: str) -> MessageRecord:
    question, answer = (TemplateMessage(uuid4(), role, NOON) for role in ("user", "assistant"))
    chat = outline(TemplateChat(uuid4(), "u", " ", "public", NOON), [question, answer], keeps_public=False)
    assert (chat.chat.title, chat.chat.visibility, chat.leaf_id) == ("Imported chat", "private", answer.id)
    contents = {question.id: Content("[]", "[]", None, True), answer.id: Content(parts, "[]", "tr", True)}
    first, second = with_contents(chat, contents).messages
    assert (first.vote, second.message.parent_id) == (None, first.message.id)
    return second


def test_an_answer_that_is_only_an_error_has_failed() -> None:
    error = {"type": "data-error", "data": "No."}
    assert answer_of(json.dumps([error])).message.status == "failed"
    assert answer_of(json.dumps([{"type": "text", "text": "Hi"}, error])).message.status == "complete"


@pytest.mark.parametrize("parts", ["[" * 100_000 + "]" * 100_000, f"[{'1' * 5_000}]"])
def test_json_that_cannot_be_read_is_refused(parts: str) -> None:
    with pytest.raises(NotTakenChat, match="cannot be read"):
        answer_of(parts)


def test_a_message_deleted_meanwhile_is_refused() -> None:
    message = TemplateMessage(uuid4(), "user", NOON)
    with pytest.raises(NotTakenChat, match="deleted while"):
        with_contents(outline(TemplateChat(uuid4(), "u", "x", "private", NOON), [message], keeps_public=True), {})


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("userId,email\n1, ann@example.com\n\n2,\n", {"1": "ann@example.com", "2": None}),
        ("\ufeffid,email\n1,ann@example.com\n1,ann@example.com\n", {"1": "ann@example.com"}),
        ("1@2,ann@example.com\n", {"1@2": "ann@example.com"}),
    ],
)
def test_a_list_of_users_is_read(tmp_path: Path, text: str, users: dict[str, str | None]) -> None:
    (path := tmp_path / "users.csv").write_text(text, encoding="utf-8")
    assert read_users(path) == users


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1\n", "Line 1 .* two columns"),
        (",ann@example.com\n", "Line 1 .* two columns"),
        ("1,ann\n", "Line 1 .* ann is no e-mail address"),
        ("1,ann@example.com\n1,bob@example.com\n", "Line 2 .* second time"),
    ],
)
def test_a_broken_list_of_users_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (path := tmp_path / "users.csv").write_text(text)
    with pytest.raises(BadInput, match=problem):
        read_users(path)


def test_a_list_of_users_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_users(tmp_path / "none.csv")

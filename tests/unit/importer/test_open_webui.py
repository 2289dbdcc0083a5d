"""Chats of Open WebUI's export."""

from typing import Any

import pytest

from lib.importer.read_chat import read_chat
from lib.messages.parts import Citation, Error, Reasoning, Text, ToolCall, ToolResult, Unknown
from lib.store.imports import ImportedChat
from lib.store.models import Vote

AT = 1_700_000_000


def message(parent: str | None, role: str, content: Any, **fields: Any) -> dict[str, Any]:
    return {"parentId": parent, "childrenIds": [], "role": role, "content": content, "timestamp": AT, **fields}


def chat(messages: Any, current: Any = None, **fields: Any) -> ImportedChat:
    inside = {"title": "Inside", "history": {"messages": messages, "currentId": current}, "timestamp": AT * 1000}
    return read_chat({"id": "c-1", "user_id": "u", "title": "Sales", "chat": inside, "updated_at": AT + 60, **fields})


def test_a_chat_keeps_its_branches_marks_and_times() -> None:
    messages = {
        "q": message(None, "user", "Hi"),
        "a": message("q", "assistant", "One", model="llama3", annotation={"rating": 1, "comment": "Good"}),
        "b": message("q", "assistant", "Two", done=False),
    }
    found = chat(messages, "a", pinned=True, archived=True)
    question, first, second = found.messages
    assert first.message.parent_id == second.message.parent_id == question.message.id
    assert (first.message.agent, first.vote, second.message.status) == ("llama3", Vote(True, "Good"), "interrupted")
    assert found.leaf_id == first.message.id
    assert (found.chat.title, found.chat.created_at.timestamp()) == ("Sales", AT)
    assert found.chat.updated_at.timestamp() == AT + 60
    assert found.chat.pinned_at and found.chat.archived_at


def test_thoughts_and_tools_in_the_text_become_parts() -> None:
    text = (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought</summary>\n> Look\n> it up\n'
        "</details>\nFirst.\n"
        '<details type="tool_calls" done="true" id="call-1" name="search" arguments="{&quot;q&quot;: 1}" '
        'result="&quot;found&quot;">\n<summary>Tool Executed</summary>\n</details>\nThen.'
    )
    found = chat({"q": message(None, "user", text), "a": message("q", "assistant", text)})
    question, answer = (each.message for each in found.messages)
    assert question.parts == [Text(text)]
    assert answer.parts == [
        Reasoning("Look\nit up"),
        Text("First."),
        ToolCall("call-1", "search", '{"q": 1}'),
        ToolResult("call-1", '"found"'),
        Text("Then."),
    ]


def test_sources_errors_and_files_are_kept() -> None:
    sources = [
        {"source": {"name": "a.pdf"}, "metadata": [{"source": "https://a.example", "name": "A"}, {"name": "b.pdf"}]},
        {"source": {"name": "c", "url": "javascript:1"}},
        None,
    ]
    messages = {
        "q": message(None, "user", "Hi", files=[{"type": "file", "name": "a.csv", "size": 3}, 7]),
        "a": message("q", "assistant", "So", sources=sources, error={"content": "Out of memory"}),
    }
    question, answer = (each.message for each in chat(messages).messages)
    assert [each["name"] for each in question.attachments] == ["a.csv", "A file"]
    assert answer.parts == [
        Text("So"),
        Error("Out of memory"),
        Citation("https://a.example", "A"),
        Citation("", "b.pdf"),
        Citation("", "c"),
    ]
    assert answer.status == "failed"


def test_a_list_without_a_tree_is_a_chat_too() -> None:
    found = read_chat(
        {"chat": {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]}}
    )
    assert [each.message.content for each in found.messages] == ["Hi", "Yo"]
    assert found.messages[1].message.parent_id == found.messages[0].message.id
    assert found.leaf_id == found.messages[1].message.id


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, []),
        ("", []),
        (
            [{"type": "text", "text": "a"}, {"type": "x"}],
            [Text("a"), Unknown({"type": "open-webui", "content": {"type": "x"}})],
        ),
        (7, [Unknown({"type": "open-webui", "content": 7})]),
    ],
)
def test_odd_content_is_kept(content: Any, parts: list[Any]) -> None:
    found = chat({"q": message(None, "user", content, timestamp="?")})
    assert [each.message.parts for each in found.messages] == [parts]


@pytest.mark.parametrize("messages", [{"a": None}, {"a": {"parentId": "a"}}, {"a": []}])
def test_whatever_stands_in_the_place_of_a_message_breaks_nothing(messages: Any) -> None:
    assert chat(messages, 7, updated_at=None).leaf_id is None

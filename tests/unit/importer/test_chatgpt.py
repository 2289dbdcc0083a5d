"""Chats of ChatGPT's export, as odd as they come."""

from typing import Any

import pytest

from lib.importer.read_chat import read_chat
from lib.messages.parts import Citation, Error, File, Note, Part, Reasoning, Text, ToolCall, ToolResult, Unknown
from lib.store.imports import ImportedChat

AT = 1_700_000_000.25


def node(parent: str | None, role: str = "user", content: Any = "", **message: Any) -> dict[str, Any]:
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    said = {"author": {"role": role}, "content": content, "create_time": AT, "metadata": {}, "recipient": "all"}
    return {"parent": parent, "children": [], "message": {**said, **message}}


def chat(mapping: dict[str, Any], **fields: Any) -> ImportedChat:
    given = {"id": "c-1", "title": "Sales", "create_time": AT, "update_time": AT + 60, "mapping": mapping}
    return read_chat({**given, **fields})


def said(found: ImportedChat) -> list[tuple[str, str]]:
    return [(each.message.role, each.message.content) for each in found.messages]


def test_a_conversation_is_its_questions_and_answers() -> None:
    found = chat(
        {"r": {"parent": None, "message": None}, "q": node("r", content="Hi 🏔"), "a": node("q", "assistant", "Hello")},
        current_node="a",
    )
    assert said(found) == [("user", "Hi 🏔"), ("assistant", "Hello")]
    question, answer = (each.message for each in found.messages)
    assert (question.parent_id, answer.parent_id, found.leaf_id) == (None, question.id, answer.id)
    assert (found.chat.title, found.chat.updated_at.timestamp(), question.created_at.timestamp()) == (
        "Sales",
        AT + 60,
        AT,
    )
    assert not found.keeps_ids


def test_regenerated_answers_are_siblings_and_the_current_one_is_open() -> None:
    mapping = {"q": node(None, content="Hi"), "a": node("q", "assistant", "One"), "b": node("q", "assistant", "Two")}
    found = chat(mapping, current_node="a")
    question, first, second = (each.message for each in found.messages)
    assert first.parent_id == second.parent_id == question.id
    assert found.leaf_id == first.id


def test_the_steps_of_an_answer_are_the_parts_of_one_message() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Plan", "content": "Look it up"}, None]}
    references = [{"type": "webpage", "url": "https://a.example/x", "title": "A"}, {"items": [{"url": "javascript:1"}]}]
    output = {"content_type": "execution_output", "text": "2"}
    found = chat(
        {
            "q": node(None, content="Hi"),
            "t": node("q", "assistant", thoughts),
            "c": node("t", "assistant", {"content_type": "code", "text": "1+1"}, recipient="python"),
            "o": node("c", content=output, author={"role": "tool", "name": "python"}),
            "a": node(
                "o",
                "assistant",
                "It is 2\ue200cite\ue202turn0search0\ue201.",
                metadata={"model_slug": "gpt-4o", "content_references": references},
            ),
        }
    )
    _, answer = (each.message for each in found.messages)
    assert answer.parts == [
        Reasoning("Plan\n\nLook it up"),
        ToolCall("c", "python", "1+1"),
        ToolCall("o", "python", ""),
        ToolResult("o", "2"),
        Text("It is 2."),
        Citation("https://a.example/x", "A"),
    ]
    assert (answer.agent, found.chat.agent) == ("gpt-4o", None)


def test_what_the_reader_never_saw_is_a_remark_to_the_answer() -> None:
    context = {"content_type": "user_editable_context", "user_profile": "An analyst", "user_instructions": None}
    found = chat(
        {
            "s": node(None, "system", "", metadata={"is_visually_hidden_from_conversation": True}),
            "u": node("s", "user", context, metadata={"is_visually_hidden_from_conversation": True}),
            "q": node("u", content="Hi"),
            "a": node("q", "assistant", "Hello"),
        }
    )
    assert said(found) == [("user", "Hi"), ("assistant", "Hello")]
    assert found.messages[1].message.parts == [Note("ChatGPT was told: An analyst"), Text("Hello")]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, []),
        ({"content_type": "text", "parts": None}, []),
        ({"content_type": "text", "parts": ["a", None, "b"]}, [Text("a\nb")]),
        ({"content_type": "code", "language": "sql", "text": "SELECT 1"}, [Text("```sql\nSELECT 1\n```")]),
        ({"content_type": "code", "language": "unknown", "text": "```"}, [Text("````\n```\n````")]),
        ({"content_type": "reasoning_recap", "content": "Thought for 4s"}, [Reasoning("Thought for 4s")]),
        ({"content_type": "system_error", "text": "Broken"}, [Error("Broken")]),
        (
            {"content_type": "hologram", "text": "x"},
            [Unknown({"type": "chatgpt", "content": {"content_type": "hologram", "text": "x"}})],
        ),
        (
            {
                "content_type": "multimodal_text",
                "parts": [
                    {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"},
                    "See",
                    {"content_type": "audio_transcription", "text": "spoken"},
                    7,
                ],
            },
            [File("image/*", "", "file-1"), Text("See\nspoken"), Unknown({"type": "chatgpt", "content": 7})],
        ),
    ],
)
def test_each_kind_of_content_is_kept(content: Any, parts: list[Part]) -> None:
    mapping = {"q": node(None, content="Hi"), "a": node("q", "assistant"), "b": node("a", "assistant", "End")}
    mapping["a"]["message"]["content"] = content
    answer = chat(mapping).messages[1].message
    assert answer.parts == [*parts, Text("End")]


def test_the_files_of_a_question_are_named() -> None:
    pieces = {
        "content_type": "multimodal_text",
        "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1", "size_bytes": 7},
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_2", "size_bytes": -7},
            "What is this?",
        ],
    }
    about = {"attachments": [{"id": "file_1", "name": "a.png", "mime_type": "image/png", "size": 7}, None]}
    [question] = chat({"q": node(None, "user", pieces, metadata=about)}).messages
    named = [(each["name"], each["content_type"], each["size"]) for each in question.message.attachments]
    assert named[0] == ("a.png", "image/png", 7)
    assert named[-1] == ("file_2", "image/*", None)
    assert question.message.content == "What is this?"


def test_of_a_broken_tree_every_node_is_kept() -> None:
    found = chat(
        {
            "lost": node("nowhere", content="Lost"),
            "x": node("z", content="X"),
            "y": node("x", "assistant", "Y"),
            "z": node("y", content="Z"),
            "self": node("self", content="Self"),
        }
    )
    assert sorted(content for _, content in said(found)) == ["Lost", "Self", "X", "Y", "Z"]
    known = set()
    for each in found.messages:
        assert each.message.parent_id is None or each.message.parent_id in known
        known.add(each.message.id)


@pytest.mark.parametrize(
    "mapping",
    [{}, {"a": None}, {"a": 7}, {"a": {"message": []}}, {"a": {"message": {"author": None, "content": "x"}}}],
)
def test_whatever_stands_in_the_place_of_a_node_breaks_nothing(mapping: dict[str, Any]) -> None:
    found = chat(mapping, title=None, create_time="yesterday", update_time=float("inf"), current_node=["a"])
    assert (found.chat.title, found.leaf_id) == ("Imported chat", None)


def test_titles_and_times_are_held_within_limits() -> None:
    found = chat({"q": node(None, content="Hi")}, title="x\x00\n" * 10_000, create_time=-5, update_time=1e300)
    assert len(found.chat.title) <= 80
    assert 1970 <= found.chat.created_at.year <= found.chat.updated_at.year < 2200


def test_a_chain_of_ten_thousand_nodes_is_read() -> None:
    mapping = {str(n): node(str(n - 1) if n else None, "assistant" if n % 2 else "user", f"{n}") for n in range(10_000)}
    assert len(chat(mapping).messages) == 10_000


def test_the_same_chat_has_the_same_ids_again() -> None:
    mapping = {"q": node(None, content="Hi")}
    assert chat(mapping) == chat(mapping)
    assert chat(mapping).chat.id != chat(mapping, id="c-2").chat.id
    assert chat(mapping).messages[0].message.id != chat(mapping, id="c-2").messages[0].message.id

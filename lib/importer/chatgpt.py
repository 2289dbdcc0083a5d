"""A chat of ChatGPT, as it is in the `conversations.json` of its export: a tree of nodes, `mapping`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from lib.importer.chatgpt_content import attachments_of, citations_of, parts_of
from lib.importer.fields import dict_of, source_id, text_of, time_of, title_of
from lib.importer.foreign import Node, build
from lib.messages.parts import Note, Part, Reasoning, Role, Text
from lib.store.imports import ImportedChat
from lib.store.models import Chat, Status

APP = "chatgpt"
_ROLES: dict[Any, Role] = {"user": "user", "assistant": "assistant", "tool": "tool", "system": "system"}
_CONTEXT = ("user_editable_context", "model_editable_context")


def is_chatgpt(document: dict[str, Any]) -> bool:
    return isinstance(document.get("mapping"), dict)


def read_chatgpt(document: dict[str, Any]) -> ImportedChat:
    mapping = document["mapping"]
    nodes = {node.id: node for node in _nodes(mapping)}
    known_as = document.get("conversation_id") or document.get("id") or sorted(mapping)
    now = datetime.now(UTC)
    created_at = time_of(document.get("create_time")) or min(_times(nodes), default=now)
    updated_at = time_of(document.get("update_time")) or max(_times(nodes), default=created_at)
    chat = Chat(
        id=source_id(APP, known_as),
        title=title_of(document.get("title")),
        title_source="user",
        visibility="private",
        agent=None,
        pinned_at=None,
        archived_at=updated_at if document.get("is_archived") is True else None,
        created_at=created_at,
        updated_at=updated_at,
        running=False,
    )
    leaf = document.get("current_node")
    return build(chat, nodes, leaf if isinstance(leaf, str) else None, lambda node: source_id(APP, known_as, node))


def _times(nodes: dict[str, Node]) -> Iterator[datetime]:
    return (node.created_at for node in nodes.values() if node.created_at)


def _nodes(mapping: dict[str, Any]) -> Iterator[Node]:
    for id, value in mapping.items():
        node = dict_of(value)
        parent = node.get("parent")
        yield _node(id, parent if isinstance(parent, str) else None, dict_of(node.get("message")))


def _node(id: str, parent: str | None, message: dict[str, Any]) -> Node:
    content, about = dict_of(message.get("content")), dict_of(message.get("metadata"))
    role = _ROLES.get(dict_of(message.get("author")).get("role"), "tool")
    is_aside = (
        role == "system"
        or content.get("content_type") in _CONTEXT
        or about.get("is_visually_hidden_from_conversation") is True
    )
    parts = parts_of(id, role, message) if message else []
    if is_aside:
        parts = _remarks(parts)
    return Node(
        id=id,
        parent=parent,
        role="system" if is_aside else role,
        parts=[*parts, *(citations_of(about) if role == "assistant" else [])],
        created_at=time_of(message.get("create_time")),
        agent=text_of(about.get("model_slug")) if role == "assistant" else None,
        status=_status(message, about),
        is_aside=is_aside,
        attachments=attachments_of(content, about) if role == "user" and not is_aside else [],
    )


def _remarks(parts: list[Part]) -> list[Part]:
    """What the model was told and the reader never saw, as remarks to the answer."""
    texts = [part.text for part in parts if isinstance(part, Text | Note | Reasoning)]
    others = [part for part in parts if not isinstance(part, Text | Note | Reasoning)]
    return [*(Note(f"ChatGPT was told: {text}") for text in texts), *others]


def _status(message: dict[str, Any], about: dict[str, Any]) -> Status:
    if message.get("status") == "in_progress":
        return "interrupted"
    finish = dict_of(about.get("finish_details")).get("type")
    return "stopped" if finish in ("interrupted", "max_tokens") else "complete"

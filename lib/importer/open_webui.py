"""A chat of Open WebUI, as it is in the JSON of its export: one row of its table of chats each."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from lib.importer.fields import attachment, dict_of, list_of, source_id, text_of, time_of, title_of
from lib.importer.foreign import Node, build
from lib.importer.open_webui_content import parts_of
from lib.messages.parts import Role
from lib.store.files import Attachment
from lib.store.imports import ImportedChat
from lib.store.models import Chat, Status, Vote

APP = "open-webui"
_ROLES: dict[Any, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
_MILLISECONDS_FROM = 100_000_000_000
"""A larger number cannot be seconds: it would be after the year 5000."""


def is_open_webui(document: dict[str, Any]) -> bool:
    chat = _inside(document)
    return isinstance(dict_of(chat.get("history")).get("messages"), dict) or (
        "chat" in document and isinstance(chat.get("messages"), list)
    )


def read_open_webui(document: dict[str, Any]) -> ImportedChat:
    inside = _inside(document)
    history = dict_of(inside.get("history"))
    messages = dict_of(history.get("messages")) or _as_mapping(list_of(inside.get("messages")))
    nodes = {node.id: node for node in _nodes(messages)}
    known_as = document.get("id") or inside.get("id") or sorted(messages)
    now = datetime.now(UTC)
    times = [node.created_at for node in nodes.values() if node.created_at]
    created_at = _time(document.get("created_at")) or _time(inside.get("timestamp")) or min(times, default=now)
    updated_at = _time(document.get("updated_at")) or max(times, default=created_at)
    chat = Chat(
        id=source_id(APP, known_as),
        title=title_of(document.get("title") or inside.get("title")),
        title_source="user",
        visibility="private",
        agent=None,
        pinned_at=updated_at if document.get("pinned") is True else None,
        archived_at=updated_at if document.get("archived") is True else None,
        created_at=created_at,
        updated_at=updated_at,
        running=False,
    )
    leaf = history.get("currentId") or next(reversed(nodes), None)
    return build(chat, nodes, leaf if isinstance(leaf, str) else None, lambda node: source_id(APP, known_as, node))


def _inside(document: dict[str, Any]) -> dict[str, Any]:
    """The chat within its row; a single chat that was saved may come without the row."""
    return dict_of(document.get("chat")) or document


def _as_mapping(messages: list[Any]) -> dict[str, Any]:
    """A list without a tree, each following the one before."""
    known = [{**dict_of(each), "id": str(dict_of(each).get("id") or place)} for place, each in enumerate(messages)]
    before = [None, *(each["id"] for each in known)]
    return {each["id"]: {"parentId": parent, **each} for each, parent in zip(known, before, strict=False)}


def _time(value: Any) -> datetime | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return time_of(value / 1000 if is_number and value > _MILLISECONDS_FROM else value)


def _nodes(messages: dict[str, Any]) -> Iterator[Node]:
    for id, value in messages.items():
        message = dict_of(value)
        parent, role = message.get("parentId"), _ROLES.get(message.get("role"), "tool")
        yield Node(
            id=id,
            parent=parent if isinstance(parent, str) else None,
            role=role,
            parts=parts_of(id, role, message),
            created_at=_time(message.get("timestamp")),
            agent=text_of(message.get("model")) if role == "assistant" else None,
            status=_status(message),
            attachments=_attachments(message) if role == "user" else [],
            vote=_vote(message),
        )


def _status(message: dict[str, Any]) -> Status:
    if message.get("error"):
        return "failed"
    return "interrupted" if message.get("done") is False else "complete"


def _vote(message: dict[str, Any]) -> Vote | None:
    said = dict_of(message.get("annotation"))
    rating = said.get("rating")
    return Vote(rating > 0, text_of(said.get("comment"))) if rating in (1, -1) else None


def _attachments(message: dict[str, Any]) -> list[Attachment]:
    """Names only: the files are not in the JSON."""
    files = [dict_of(each) for each in list_of(message.get("files"))]
    return [
        attachment(
            each.get("name") or dict_of(each.get("file")).get("filename"),
            dict_of(dict_of(dict_of(each.get("file"))).get("meta")).get("content_type") or each.get("type"),
            each.get("size"),
        )
        for each in files
    ]

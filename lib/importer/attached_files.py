"""Brings back the files of a chat from the zip that holds both."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol
from uuid import UUID, uuid4

from lib.attachments.kinds import recognised
from lib.errors import BadInput, NoSuchFile, TooMany
from lib.store.files import Attachment, Files
from lib.store.imports import ImportedChat
from lib.store.record_models import MessageRecord
from lib.store.store import ChatEdits

ReadFile = Callable[[UUID], bytes | None]
"""The bytes of a file by its id; None for one that is not in the zip."""


class ImportStore(ChatEdits, Files, Protocol):
    pass


def no_files(_: UUID) -> bytes | None:
    return None


def with_files(store: Files, chat: ImportedChat, read: ReadFile) -> tuple[ImportedChat, int]:
    """The chat with its files stored, to be taken with it, and how many are missing: those it only names from then on.

    A file that the user has already is not stored again.
    """
    known: dict[str, Attachment] = {}
    kept: list[MessageRecord] = []
    for record in chat.messages:
        attachments = [_with_file(store, each, read, known) for each in record.message.attachments]
        kept.append(replace(record, message=replace(record.message, attachments=attachments)))
    return replace(chat, messages=kept), sum("id" not in each for each in known.values())


def _with_file(store: Files, attachment: Attachment, read: ReadFile, known: dict[str, Attachment]) -> Attachment:
    if "id" not in attachment:
        return attachment
    file_id = attachment["id"]
    if file_id not in known:
        known[file_id] = _stored(store, attachment, read(UUID(file_id))) or _only_named(attachment)
    return known[file_id]


def _stored(store: Files, attachment: Attachment, content: bytes | None) -> Attachment | None:
    if content is None:
        return None
    try:
        content_type = recognised(attachment["name"], content)
    except BadInput:
        return None
    try:
        return store.add_file(UUID(attachment["id"]), attachment["name"], content_type, content)
    except NoSuchFile:  # somebody else has this id
        return _stored(store, Attachment(**{**attachment, "id": str(uuid4())}), content)
    except TooMany:
        return None


def _only_named(attachment: Attachment) -> Attachment:
    plain = Attachment(**{**attachment})
    plain.pop("id", None)
    return plain

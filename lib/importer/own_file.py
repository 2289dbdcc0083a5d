"""A chat in Lakechat's own format, as `lib.export.format` describes it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from lib.chat.attachments import validated_attachments
from lib.errors import BadInput
from lib.export.format import FORMAT, VERSION, ChatFile, FileAttachment, FileMessage, FileVote, read_chat_object
from lib.importer.fields import clamped, dict_of, list_of, title_of
from lib.importer.refused import NotTakenChat
from lib.labels import clean_label
from lib.settings.feedback import MAX_TAG_CHARS, MAX_TAGS
from lib.storable import storable
from lib.store.files import Attachment
from lib.store.imports import ImportedChat
from lib.store.models import Chat, Message, Vote
from lib.store.record_models import MessageRecord
from lib.store.validation import MAX_COMMENT_CHARS, valid_comment, valid_tags

NOT_AS_DESCRIBED = "The chat is not as the format describes it ({})."
NO_TREE = "A message of the chat follows one that does not come before it."
TWICE = "The chat has two messages with the same id."

MAX_MODEL_CHARS = 200
_WORD = re.compile(r"[a-z_]{1,40}")


def is_own(document: dict[str, Any]) -> bool:
    return document.get("format") == FORMAT


def read_own(document: dict[str, Any]) -> ImportedChat:
    """Raises NotTakenChat."""
    if document.get("version") != VERSION:
        raise NotTakenChat(f"The file has version {document.get('version')} of the format; {VERSION} can be read.")
    for message in list_of(document.get("messages")):
        if dict_of(message).get("status") == "running":
            message["status"] = "interrupted"
    try:
        file = read_chat_object(storable(document))
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise NotTakenChat(NOT_AS_DESCRIBED.format(place)) from None
    _check_tree(file.messages)
    return _imported(file)


def _check_tree(messages: Sequence[FileMessage]) -> None:
    known = set()
    for message in messages:
        if message.id in known:
            raise NotTakenChat(TWICE)
        if message.parent_id is not None and message.parent_id not in known:
            raise NotTakenChat(NO_TREE)
        known.add(message.id)


def _imported(file: ChatFile) -> ImportedChat:
    about, ids = file.chat, {message.id for message in file.messages}
    updated_at = clamped(about.updated_at)
    chat = Chat(
        id=about.id,
        title=title_of(about.title),
        title_source=about.title_source,
        visibility="private",
        agent=about.agent,
        pinned_at=clamped(about.pinned_at) if about.pinned_at else None,
        archived_at=clamped(about.archived_at) if about.archived_at else None,
        created_at=min(clamped(about.created_at), updated_at),
        updated_at=updated_at,
        running=False,
        uses_instructions=about.uses_instructions,
    )
    leaf_id = about.leaf_id if about.leaf_id in ids else None
    return ImportedChat(chat, [_record(file, message) for message in file.messages], leaf_id, keeps_ids=True)


def _record(file: ChatFile, said: FileMessage) -> MessageRecord:
    message = Message(
        id=said.id,
        chat_id=file.chat.id,
        parent_id=said.parent_id,
        role=said.role,
        status=said.status,
        parts=said.parts,
        content=said.content,
        created_at=clamped(said.created_at),
        attachments=_attachments(said),
        trace_id=said.trace_id,
        usage=said.usage,
        asked_as=said.asked_as,
        agent=said.agent,
        chart=said.chart,
        model=clean_label(said.model or "")[:MAX_MODEL_CHARS] or None,
        started_at=_started_at(said),
        first_event_ms=said.first_event_ms,
        failure=said.failure if said.failure and _WORD.fullmatch(said.failure) else None,
    )
    return MessageRecord(message, _vote(said.vote) if said.vote else None)


def _vote(said: FileVote) -> Vote:
    """Held to the limits for votes. Its tags may be those of another app."""
    tags = [tag[:MAX_TAG_CHARS] for tag in said.tags[:MAX_TAGS]]
    return Vote(said.is_upvoted, valid_comment((said.comment or "")[:MAX_COMMENT_CHARS]), valid_tags(tags))


def _started_at(said: FileMessage) -> datetime | None:
    took = said.duration_ms
    return clamped(said.created_at) - timedelta(milliseconds=took) if took else None


def _attachments(said: FileMessage) -> list[Attachment]:
    """Held to the rules for questions, because they are shown as links."""
    given = [_attachment(each) for each in said.attachments]
    try:
        return validated_attachments(given)
    except BadInput as error:
        raise NotTakenChat(str(error)) from None


def _attachment(each: FileAttachment) -> Attachment:
    plain = Attachment(name=each.name, content_type=each.content_type, size=each.size, url=each.url)
    return Attachment(**{**plain, "id": str(each.id)}) if each.id else plain

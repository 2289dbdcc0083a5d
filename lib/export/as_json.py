"""A chat in Lakechat's own format."""

from collections.abc import Iterator

from lib.export.format import FOOT, FileAttachment, FileChat, FileMessage, FileVote, head_json, message_json
from lib.export.source import ChatSource
from lib.store.record_models import MessageRecord
from lib.tables.chart_json import chart_to_json


def write_json(source: ChatSource) -> Iterator[str]:
    """One message a line."""
    yield head_json(_chat(source), source.exported_at)
    comma = ""
    for record in source.records():
        yield comma + message_json(_message(record))
        comma = ",\n"
    yield FOOT


def _chat(source: ChatSource) -> FileChat:
    chat, branch = source.chat, source.extent.branch
    return FileChat.model_validate(
        {
            "id": chat.id,
            "title": chat.title,
            "title_source": chat.title_source,
            "visibility": chat.visibility,
            "shared_at": chat.shared_at,
            "shared_until": chat.shared_until,
            "snapshot_id": chat.snapshot_id,
            "agent": chat.agent,
            "pinned_at": chat.pinned_at,
            "archived_at": chat.archived_at,
            "uses_instructions": chat.uses_instructions,
            "created_at": chat.created_at,
            "updated_at": chat.updated_at,
            "leaf_id": branch[-1] if branch else None,
        }
    )


def _message(record: MessageRecord) -> FileMessage:
    message, vote = record.message, record.vote
    return FileMessage.model_validate(
        {
            "id": message.id,
            "parent_id": message.parent_id,
            "role": message.role,
            "status": message.status,
            "parts": message.parts,
            "content": message.content,
            "created_at": message.created_at,
            "attachments": [FileAttachment.model_validate(each) for each in message.attachments],
            "agent": message.agent,
            "asked_as": message.asked_as,
            "trace_id": message.trace_id,
            "usage": message.usage,
            "model": message.model,
            "first_event_ms": message.first_event_ms,
            "duration_ms": message.duration_ms,
            "failure": message.failure,
            "vote": FileVote(is_upvoted=vote.is_upvoted, comment=vote.comment, tags=list(vote.tags)) if vote else None,
            "chart": chart_to_json(message.chart),
        }
    )

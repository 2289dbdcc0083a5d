"""From the app's own objects to the schemas of the API."""

import time
from typing import Any
from uuid import UUID

from lib.api.approval_schemas import AwaitedCallSchema
from lib.api.attachment_schemas import AttachmentSchema
from lib.api.chart_schemas import ChartSchema
from lib.api.schemas import (
    AgentSchema,
    ChatSchema,
    HitSchema,
    LakebaseSchema,
    MessageSchema,
    SessionSchema,
    SharingSchema,
    UserSchema,
)
from lib.api.usage_schemas import UsageSchema
from lib.attachments.limits import file_url
from lib.chat.turn import Turn
from lib.identity import AskedAs, Asker
from lib.messages.approvals import calls_to_decide
from lib.messages.parts import follow_ups_of
from lib.messages.serialise import parts_to_json
from lib.messages.usage import tokens_of
from lib.profiles import AgentFace
from lib.runtime import Runtime
from lib.store.files import Attachment
from lib.store.models import Chat, Message
from lib.store.search_hit import MARK_END, MARK_START, SearchHit


def session_schema(asker: Asker, asked_as: AskedAs | None) -> SessionSchema:
    user = asker.user
    expires_at = asker.access_token.expires_at if asker.access_token and asked_as == "user" else None
    return SessionSchema(
        user=UserSchema(id=user.id, email=user.email, name=user.name),
        authenticated=user.authenticated,
        asked_as=asked_as,
        expires_in_seconds=None if expires_at is None else max(0, int(expires_at - time.time())),
    )


def agent_schema(face: AgentFace) -> AgentSchema:
    return AgentSchema(
        id=face.id, name=face.name, description=face.description, icon=face.icon, starters=list(face.starters)
    )


def lakebase_schema(process: Runtime) -> LakebaseSchema:
    migration, connection_state = process.migration_version(), process.connection_state
    reason = connection_state.reason or _waiting(process)
    return LakebaseSchema(mode=connection_state.mode, since=connection_state.since, reason=reason, migration=migration)


def _waiting(process: Runtime) -> str | None:
    """What is not saved although the database answers, and why."""
    diagnosis = process.connection_state.last_diagnosis
    if not (waiting := len(process.outbox)):
        return None
    return f"{waiting} writes wait to be saved.{f' {diagnosis.sentence}' if diagnosis else ''}"


def hit_schema(hit: SearchHit) -> HitSchema:
    """The snippet goes out without the marks around what was found."""
    snippet = hit.snippet.replace(MARK_START, "").replace(MARK_END, "")
    return HitSchema(
        chat_id=hit.chat_id,
        message_id=hit.message_id,
        title=hit.title,
        snippet=snippet,
        created_at=hit.created_at,
        agent=hit.agent,
        role=hit.role,
    )


def chat_schema(chat: Chat) -> ChatSchema:
    """The chat's fields that the schema has, and whether it is pinned and archived."""
    fields = {name: value for name, value in vars(chat).items() if name in ChatSchema.model_fields}
    marks = {"pinned": chat.pinned_at is not None, "archived": chat.archived_at is not None}
    marks["waiting"] = chat.running and chat.is_waiting
    return ChatSchema.model_validate({**fields, **marks, "sharing": _sharing(chat)})


def _sharing(chat: Chat) -> SharingSchema | None:
    if chat.visibility == "private":
        return None
    is_snapshot = chat.snapshot_id is not None
    return SharingSchema(snapshot=is_snapshot, shared_at=chat.shared_at, expires_at=chat.shared_until)


def message_schema(message: Message) -> MessageSchema:
    return MessageSchema(
        id=message.id,
        role=message.role,
        parts=parts_to_json(message.parts),
        content=message.content,
        attachments=list(map(_attachment, message.attachments)),
        status=message.status,
        trace_id=message.trace_id,
        asked_as=message.asked_as,
        agent=message.agent,
        model=message.model,
        usage=_usage(message.usage),
        first_word_ms=message.first_event_ms,
        duration_ms=message.duration_ms,
        failure=message.failure,
        parent_id=message.parent_id,
        siblings=message.siblings,
        chart=ChartSchema(**vars(message.chart)) if message.chart else None,
        follow_ups=follow_ups_of(message.parts),
        created_at=message.created_at,
    )


def awaited_calls(turn: Turn) -> list[AwaitedCallSchema]:
    """What the agent waits for; empty while it does not wait."""
    calls = calls_to_decide(turn.answer.parts) if turn.is_waiting else []
    return [
        AwaitedCallSchema(call_id=call.id, name=call.name, arguments=call.arguments, server=approval.server)
        for call, approval in calls
    ]


def running_schema(turn: Turn, siblings: list[UUID]) -> MessageSchema:
    """The running answer as far as it has come."""
    return MessageSchema(
        id=turn.id,
        role="assistant",
        parts=parts_to_json(turn.answer.parts),
        content=turn.answer.content,
        attachments=[],
        status="running",
        trace_id=turn.answer.trace_id,
        asked_as=turn.asked_as,
        agent=turn.agent,
        model=turn.answer.model,
        usage=_usage(turn.answer.usage),
        first_word_ms=turn.first_event_ms,
        parent_id=turn.question_id,
        siblings=siblings,
        waiting_for=awaited_calls(turn),
        created_at=None,
    )


def _usage(counts: dict[str, Any] | None) -> UsageSchema | None:
    tokens = tokens_of(counts)
    return UsageSchema(**{f"{name}_tokens": count for name, count in vars(tokens).items()}) if tokens else None


def _attachment(about: Attachment) -> AttachmentSchema:
    """With the address of a file that is kept here."""
    return AttachmentSchema.model_validate({**about, "url": file_url(about["id"]) if "id" in about else about["url"]})

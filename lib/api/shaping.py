"""What the app knows, put into the shapes that programs see."""

from lib.api.shapes import AttachmentShape, ChatShape, HitShape, LakebaseShape, MessageShape, SessionShape, UserShape
from lib.chat.turn import Turn
from lib.identity import User
from lib.runtime import Runtime
from lib.store.models import MARK_END, MARK_START, Chat, Message, SearchHit, SharedChat


def session_shape(user: User) -> SessionShape:
    return SessionShape(user=UserShape(id=user.id, email=user.email, name=user.name), authenticated=user.authenticated)


def lakebase_shape(process: Runtime) -> LakebaseShape:
    migration, connection_state = process.migration_version(), process.connection_state
    reason = connection_state.reason or _waiting(process)
    return LakebaseShape(mode=connection_state.mode, since=connection_state.since, reason=reason, migration=migration)


def _waiting(process: Runtime) -> str | None:
    """What is not saved though the database is there, and why."""
    trouble = process.connection_state.last_trouble
    if not (waiting := len(process.outbox)):
        return None
    return f"{waiting} writes wait to be saved.{f' {trouble.sentence}' if trouble else ''}"


def hit_shape(hit: SearchHit) -> HitShape:
    """Programs get the snippet without its marks."""
    snippet = hit.snippet.replace(MARK_START, "").replace(MARK_END, "")
    return HitShape(chat_id=hit.chat_id, message_id=hit.message_id, title=hit.title, snippet=snippet)


def chat_shape(chat: Chat) -> ChatShape:
    owner = {"is_owner": chat.is_owner, "owner_name": chat.owner_name} if isinstance(chat, SharedChat) else {}
    return ChatShape.model_validate(
        {
            "id": chat.id,
            "title": chat.title,
            "visibility": chat.visibility,
            "pinned": chat.pinned_at is not None,
            "archived": chat.archived_at is not None,
            "created_at": chat.created_at,
            "updated_at": chat.updated_at,
            "running": chat.running,
            **owner,
        }
    )


def message_shape(message: Message) -> MessageShape:
    return MessageShape(
        id=message.id,
        role=message.role,
        parts=message.parts,
        content=message.content,
        attachments=[AttachmentShape.model_validate(each) for each in message.attachments],
        status=message.status,
        trace_id=message.trace_id,
        asked_as=message.asked_as,
        parent_id=message.parent_id,
        created_at=message.created_at,
    )


def running_shape(turn: Turn) -> MessageShape:
    """The answer as far as it has come."""
    return MessageShape(
        id=turn.id,
        role="assistant",
        parts=list(turn.answer.parts),
        content=turn.answer.content,
        attachments=[],
        status="running",
        trace_id=turn.answer.trace_id,
        asked_as=turn.asked_as,
        parent_id=turn.question_id,
        created_at=None,
    )

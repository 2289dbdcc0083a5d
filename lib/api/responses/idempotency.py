"""The ids of a question that may be sent more than once. A repeat gets the same ones, so that it asks nothing twice."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from lib.identity import User
from lib.store.models import Message
from lib.store.store import Store

_IDS = UUID("0d5b5bd1-5b7d-4a0e-9a55-6f3a1f0f7a64")
RETRY_WINDOW = timedelta(minutes=15)
"""The openai client waits 10 minutes for an answer before it sends its request again."""
RECENT_CHATS = 5


def idempotency_key(metadata: Mapping[str, Any] | None, headers: Mapping[str, str], message_id: str | None) -> str:
    """The name that the caller gave the question; empty without one."""
    given = (metadata or {}).get("question_id")
    return (given if isinstance(given, str) else "") or headers.get("idempotency-key") or message_id or ""


def question_id_for(key: str, user: User) -> UUID:
    """The key itself if it is a UUID. Other keys are the user's own: the same key of another user gives another id."""
    try:
        return UUID(key)
    except ValueError:
        return uuid5(_IDS, f"{user.id}\n{key}")


def new_chat_id_for(question_id: UUID) -> UUID:
    """The id of the chat that a question begins, derived from the question's so that a repeat finds the same chat."""
    return uuid5(_IDS, str(question_id))


def earlier_attempt(chats: Store, headers: Mapping[str, str], chat_id: UUID | None, text: str) -> Message | None:
    """The stored question, if this request repeats one that was cut off.

    The openai client repeats requests by itself and says so in a header, but sends no key. The question is then the
    same as the newest one of the conversation, or as the only one of a recent chat, if the text is equal and the
    question was asked within RETRY_WINDOW.
    """
    if headers.get("x-stainless-retry-count", "0") == "0":
        return None
    for id in [chat_id] if chat_id else [chat.id for chat in chats.list_chats(RECENT_CHATS).chats]:
        questions = [message for message in chats.list_messages(id, 2) if message.role == "user"]
        for question in questions:
            is_in_place = chat_id is not None or question.parent_id is None
            if is_in_place and question.content == text and datetime.now(UTC) - question.created_at < RETRY_WINDOW:
                return question
    return None

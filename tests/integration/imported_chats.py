"""Chats as they come from a file."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from lib.messages.parts import Text
from lib.store.answer_ids import new_answer_id
from lib.store.imports import ImportedChat
from lib.store.models import Chat, Message
from lib.store.record_models import MessageRecord

NOON = datetime(2026, 3, 4, 12, 0, 0, 123456, tzinfo=UTC)


def made_chat(question_id: UUID | None = None, answer_id: UUID | None = None, said: str = "42") -> ImportedChat:
    chat_id, question_id = uuid4(), question_id or uuid4()
    question = Message(question_id, chat_id, None, "user", "complete", [Text("How much?")], "How much?", NOON)
    answer = Message(
        answer_id or new_answer_id(), chat_id, question_id, "assistant", "complete", [Text(said)], said, NOON
    )
    chat = Chat(chat_id, "Sales", "user", "private", "demo", None, None, NOON, NOON, running=False)
    return ImportedChat(chat, [MessageRecord(question), MessageRecord(answer)], answer.id, keeps_ids=True)


def with_question(chat: ImportedChat) -> ImportedChat:
    last = chat.messages[-1].message
    more = replace(chat.messages[0].message, id=uuid4(), parent_id=last.id)
    return replace(chat, messages=[*chat.messages, MessageRecord(more)], leaf_id=more.id)

"""Chats in memory, to be exported."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID, uuid4

from lib.export.source import ChatSource, open_source
from lib.identity import User
from lib.messages.parts import Part, Text, content_of
from lib.store.answer_ids import new_answer_id
from lib.store.files import Attachment
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import Ending, NewTurn, Status

ANN = User("ann@example.com", "ann@example.com", "Ann", authenticated=True)
BOB = User("bob@example.com", "bob@example.com", "Bob", authenticated=True)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Chats:
    """Of Ann, who has one store; `of` gives that of somebody else over the same chats."""

    def __init__(self) -> None:
        self._chats = MemoryChats()
        self.store = self.of(ANN)

    def of(self, user: User) -> MemoryStore:
        return MemoryStore(self._chats, user)

    def ask(self, question: str, chat_id: UUID | None = None, **fields: Any) -> NewTurn:
        ids = {"turn_id": new_answer_id(), "chat_id": chat_id or uuid4(), "question_id": uuid4()}
        given = {"title": question[:60], "agent": "sales", "owner": "me", "said_at": NOON, **fields}
        turn = NewTurn(**{**ids, "question": question, **given})
        self.store.start_turn(turn)
        return turn

    def answer(self, turn: NewTurn, parts: Sequence[Part], status: Status = "complete") -> None:
        self.store.finish_turn(
            Ending(
                turn_id=turn.turn_id,
                chat_id=turn.chat_id,
                question_id=turn.question_id,
                status=status,
                parts=list(parts),
                content=content_of(parts),
                trace_id="tr-1",
                usage={"output_tokens": 2},
                first_event_ms=7,
                ended_at=NOON,
            )
        )

    def add(self, question: str = "How much?", *parts: Part, chat_id: UUID | None = None, **fields: Any) -> UUID:
        turn = self.ask(question, chat_id, **fields)
        self.answer(turn, parts or [Text("42")])
        return turn.chat_id

    def source(self, chat_id: UUID, user: User = ANN, zone: tzinfo = UTC) -> ChatSource:
        return open_source(self.of(user), chat_id, NOON.astimezone(zone))


def attachment(name: str, url: str | None = None) -> Attachment:
    return Attachment(name=name, content_type="text/csv", size=None, url=url)

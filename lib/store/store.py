"""What a store of one user's chats can do, whether it keeps them in Lakebase or in memory."""

from typing import Protocol
from uuid import UUID

from lib.store.models import Chat, Ending, Message, NewTurn, Page, RunningTurn, Started

PAGE_LIMIT = 20
MESSAGES_LIMIT = 40


class Store(Protocol):
    """Bound to its owner: what is somebody else's is simply not there. All may raise DatabaseUnavailable."""

    def list_chats(
        self, limit: int = PAGE_LIMIT, *, older_than: UUID | None = None, newer_than: UUID | None = None
    ) -> Page:
        """Raises BadInput for a cursor that is no chat of the owner's."""

    def get_chat(self, chat_id: UUID) -> Chat | None: ...

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        """The last of the open branch, oldest first; with `before`, those that lead up to that message."""

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[Message]:
        """What led to a question, oldest first, the question last; not more than `max_chars` of stored parts."""

    def start_turn(self, turn: NewTurn) -> Started:
        """Raises NotFound for somebody else's ids, ChatBusy while another turn runs in the chat."""

    def finish_turn(self, ending: Ending) -> None:
        """Write the answer. Nothing happens when its chat is gone."""

    def running_turn(self, chat_id: UUID) -> RunningTurn | None: ...

    def delete_chat(self, chat_id: UUID) -> bool:
        """Whether there was such a chat."""

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        """Whether it was taken: never over a title that the user gave."""


class Caretaker(Protocol):
    """What a process does for its turns as a whole, whoever their users are."""

    def beat(self, owner: str) -> None: ...

    def end_dead_turns(self, silent_seconds: float) -> list[UUID]:
        """The ids of the turns that this call ended."""

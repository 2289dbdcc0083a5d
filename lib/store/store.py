"""What a store of one user's chats can do, whether it keeps them in Lakebase or in memory."""

from typing import Protocol
from uuid import UUID

from lib.store.models import Chat, Ending, LogReading, Message, NewTurn, Page, RunningTurn, Spoken, Started

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

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[Spoken]:
        """What led to a question, oldest first, the question last; not more than `max_chars` of stored parts."""

    def start_turn(self, turn: NewTurn) -> Started:
        """Raises NotFound for somebody else's ids, ChatBusy while another turn runs in the chat."""

    def finish_turn(self, ending: Ending) -> None:
        """Write the answer. Nothing happens when its chat is gone."""

    def get_message(self, message_id: UUID) -> Message | None: ...

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        """How a turn stands, and what was said after that number; None when it is not the owner's."""

    def request_stop(self, chat_id: UUID) -> bool:
        """Have the running turn stopped, wherever it runs. Whether one does."""

    def mark_read(self, chat_id: UUID) -> None: ...

    def running_turn(self, chat_id: UUID) -> RunningTurn | None: ...

    def delete_chat(self, chat_id: UUID) -> bool:
        """Whether there was such a chat."""

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        """Whether it was taken: never over a title that the user gave."""

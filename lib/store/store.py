"""The protocols of a store of one user's chats, in Lakebase or in memory."""

from typing import Protocol
from uuid import UUID

from lib.messages.parts import ContextMessage
from lib.store.cursor import Cursor
from lib.store.edits import Edit
from lib.store.models import (
    Chat,
    Ending,
    FoundTurn,
    LogReading,
    Message,
    NewTurn,
    Page,
    RunningTurn,
    SearchHit,
    SharedChat,
    Started,
    Vote,
)

PAGE_LIMIT = 20
MESSAGES_LIMIT = 40
PINNED_LIMIT = 50


class ChatReads(Protocol):
    """Everything that can be read."""

    def list_chats(
        self,
        limit: int = PAGE_LIMIT,
        *,
        older_than: UUID | Cursor | None = None,
        newer_than: UUID | Cursor | None = None,
        archived: bool = False,
    ) -> Page:
        """The archived ones or the others. Raises BadInput for a cursor that is no chat of the owner's, or too old.

        From `Page.cursor` to `Page.cursor` a walk meets every chat once that was there at its beginning and still is,
        in the order of then; with chats for cursors it repeats and misses those that become active meanwhile.
        """

    def list_pinned(self, limit: int = PINNED_LIMIT) -> list[Chat]:
        """The last pinned first, without archived ones."""

    def get_chat(self, chat_id: UUID) -> Chat | None:
        """One of the user's own chats."""

    def find_chat(self, chat_id: UUID) -> SharedChat | None:
        """A chat that the user may read: their own, or a public one."""

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        """The last of the open branch, oldest first; with `before`, those that lead up to that message."""

    def search(self, query: str, limit: int = PAGE_LIMIT) -> list[SearchHit]:
        """Finds all the words in the user's own chats: titles first, then messages, the newest first.

        The last word may be unfinished once it has three letters. As on the web: "a phrase", -without, this or
        that. Raises BadInput for more than 200 characters.
        """

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[ContextMessage]:
        """The branch up to a question, oldest first: the question, and what fits `max_chars` of stored parts."""

    def get_message(self, message_id: UUID) -> Message | None: ...

    def running_turn(self, chat_id: UUID) -> RunningTurn | None: ...

    def find_turn(self, turn_id: UUID) -> FoundTurn | None:
        """By the id of its answer, while it runs and after it has ended."""

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        """The status of a turn and its log after that number. None if the user may not read it."""

    def was_deleted(self, chat_id: UUID) -> bool:
        """Whether the id was that of a chat of the user."""

    def votes(self, chat_id: UUID) -> dict[UUID, Vote]:
        """The user's own votes, by message."""


class ChatEdits(Protocol):
    """How users change their chats besides talking. The first argument is the id of what is changed.

    While the database is away they are refused, and open pages learn of them. No edit needs a line of its own for that.
    """

    def edit_chat(self, chat_id: UUID, edit: Edit) -> bool:
        """Make one of the edits of `lib.store.edits`. Whether there was such a chat. Raises Gone if it was deleted."""

    def delete_chat(self, chat_id: UUID) -> bool:
        """Whether there was such a chat. Its id is never used again."""

    def copy_chat(self, chat_id: UUID, new_chat_id: UUID) -> bool:
        """Make the open branch a private chat of the user's own; again under the same id changes nothing.

        False when the chat cannot be read, or the new id is somebody else's. Raises Gone for the id of a
        deleted chat, NotFound where that was somebody else's.
        """

    def vote(self, message_id: UUID, is_upvoted: bool | None, comment: str | None = None) -> bool:
        """The user's opinion of an answer that they may read; None takes it back. Whether there is such an answer.

        Raises BadInput for a comment of more than 2,000 characters.
        """


class TurnWrites(Protocol):
    """What a turn writes to its chat."""

    def start_turn(self, turn: NewTurn) -> Started:
        """Raises NotFound for somebody else's ids, Gone for a deleted chat, ChatBusy while another turn runs in it.

        A question that is there already is answered again. Raises MovedOn when it is no longer the chat's last, or
        when the chat does not end with what the turn follows.
        """

    def finish_turn(self, ending: Ending) -> None:
        """Write the answer. Does nothing if its chat has been deleted."""

    def request_stop(self, chat_id: UUID) -> bool:
        """Stop the running turn, in whichever process. Whether one is running."""

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        """Whether it was set. It never replaces a title that the user gave."""

    def mark_read(self, chat_id: UUID) -> None: ...


class Store(ChatReads, ChatEdits, TurnWrites, Protocol):
    """Bound to its user: what is somebody else's is simply not there. All may raise DatabaseUnavailable.

    A chat that its owner made public can be read by everybody: by `find_chat`, `list_messages`, `get_message`,
    `find_turn`, `running_turn`, `read_log`, `copy_chat`, `vote` and `votes`, and by nothing else. Only its owner can
    change it, and gets Gone once it has been deleted.
    """

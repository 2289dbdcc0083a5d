"""The protocols of a store of one user's chats, in Postgres or in memory."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from lib.store.allowed_tools import AllowedTool
from lib.store.chat_summary import BulkEdits, SummaryReads
from lib.store.context import ContextReads, ContextSummaries
from lib.store.cursor import Cursor
from lib.store.deleted_chats import DeletedChats
from lib.store.edits import Edit
from lib.store.files import Files
from lib.store.imports import ImportedChat, ImportOutcome
from lib.store.instructions import Instructions
from lib.store.models import Chat, Message, Page, RunningTurn, SharedChat, Vote
from lib.store.record_models import Extent, MessageRecord
from lib.store.search_cursor import SearchCursor
from lib.store.search_hit import FoundChats, HitPage
from lib.store.turn_models import FoundTurn, LogReading
from lib.store.turn_writes import TurnWrites
from lib.tables.charts import Chart

PAGE_LIMIT, PINNED_LIMIT, MESSAGES_LIMIT, RECORDS_LIMIT = 20, 50, 40, 100


class ChatReads(Protocol):
    def list_chats(
        self,
        limit: int = PAGE_LIMIT,
        *,
        older_than: UUID | Cursor | None = None,
        newer_than: UUID | Cursor | None = None,
        archived: bool = False,
    ) -> Page:
        """The archived chats or the others. Raises BadInput for a cursor that is too old or no chat of the user's.

        A walk that goes on from `Page.cursor` each time shows every chat exactly once that existed when it began and
        still exists, in the order of that moment. A walk that goes on from the id of a chat repeats or misses chats
        that become active meanwhile.
        """

    def list_pinned(self, limit: int = PINNED_LIMIT) -> list[Chat]:
        """The last pinned first, without archived ones."""

    def get_chat(self, chat_id: UUID) -> Chat | None:
        """One of the user's own chats."""

    def find_chat(self, chat_id: UUID) -> SharedChat | None:
        """A chat that the user may read: their own, or a public one."""

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        """The last messages of the open branch, oldest first; with `before`, the last ones before that message."""

    def list_chat_ids(self, limit: int, *, after: UUID | None = None) -> list[UUID]:
        """The user's own chats, archived or not, in the order of their ids: a walk meets each once."""

    def extent(self, chat_id: UUID) -> Extent | None:
        """What of a chat the user may read, as of now. None where that is nothing."""

    def list_records(
        self, chat_id: UUID, limit: int = RECORDS_LIMIT, *, after: UUID | None = None
    ) -> list[MessageRecord]:
        """The messages of `extent` after one of them, in the order in which they came; fewer where they are long."""

    def search(self, query: str, limit: int = PAGE_LIMIT, *, after: SearchCursor | None = None) -> HitPage:
        """Finds all the words in the user's own chats: in titles, then in messages, each the newest first.

        The last word may be unfinished once it has three letters. As on the web: "a phrase", -without, this or
        that. Raises BadInput for more than 200 characters.
        """

    def search_chats(self, query: str, limit: int = PAGE_LIMIT, *, after: SearchCursor | None = None) -> FoundChats:
        """The same, each chat once with its newest hits: first those whose titles have the words."""

    def get_message(self, message_id: UUID) -> Message | None: ...

    def list_replies(self, chat_id: UUID, message_id: UUID) -> list[UUID]:
        """What follows a message of the user's directly: oldest first, then the answer that is being written to it."""

    def running_turn(self, chat_id: UUID) -> RunningTurn | None: ...

    def find_turn(self, turn_id: UUID) -> FoundTurn | None:
        """A turn by its id, which is also that of its answer, while it runs and after it has ended."""

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        """The status of a turn, and its log after the message with that number. None if the user may not read it."""

    def list_allowed_tools(self, chat_id: UUID) -> list[AllowedTool]:
        """The tools that its owner has always allowed in a chat. Never from memory while the database is away."""

    def list_trashed(self, limit: int = PAGE_LIMIT, *, after: Cursor | None = None) -> Page:
        """The user's trash, last trashed first; from `Page.cursor` on, a walk meets every chat once."""

    def list_running_chats(self) -> list[UUID]:
        """The user's chats in which an answer is being written, in the trash or not."""

    def was_deleted(self, chat_id: UUID) -> bool:
        """Whether the id is that of a chat of the user that was deleted, or is in the trash."""

    def votes(self, chat_id: UUID) -> dict[UUID, Vote]:
        """The user's own votes, by message."""

    def liked_questions(self, limit: int) -> list[str]:
        """The questions with which the user's own chats begin and whose answers they voted up, the last vote first."""


class ChatEdits(Protocol):
    """Changes that users make to their chats, apart from asking. The first argument is the id of what is changed.

    `lib.outage` refuses all of them while the database is away, and `lib.store.change_feed` announces them to open
    pages. Both go by the names in this class, so a new edit needs no code there.
    """

    def edit_chat(self, chat_id: UUID, edit: Edit) -> bool:
        """Make one of the edits of `lib.store.edits`. Whether there was such a chat. Raises Gone if it was deleted."""

    def trash_chat(self, chat_id: UUID) -> bool:
        """Move a chat to the trash, where no other method finds it. Whether there was such a chat.

        It is private from then on. An answer that is being written, and what had to wait for the database, still comes
        to it there. Trashing it again changes nothing. Raises Gone for a chat that was deleted.
        """

    def restore_chat(self, chat_id: UUID) -> bool:
        """Take a chat out of the trash. Of one that is not in it, nothing is changed. As `trash_chat` otherwise."""

    def delete_chat(self, chat_id: UUID) -> bool:
        """For good, in the trash or not. Whether there was such a chat. Its id is never used again."""

    def delete_some_chats(self) -> DeletedChats:
        """Delete a batch of the user's chats for good, in the trash or not. Repeat it until it has deleted none."""

    def forget_user(self) -> int:
        """Delete what is left of a user whose chats are gone. How many votes on other users' answers there were."""

    def open_branch(self, chat_id: UUID, message_id: UUID) -> bool:
        """Open the branch through a message, down to the newest below it. Whether there is such a message in the chat.

        An answer that is being written counts as one. The chat does not become active by it. Raises Gone for a chat
        that was deleted.
        """

    def copy_chat(self, chat_id: UUID, new_chat_id: UUID, until: UUID | None = None) -> bool:
        """Copy a chat to a private one of the user's own: the open branch, or the branch that ends with `until`.

        Repeated with the same ids it changes nothing. False if the user cannot read the chat, if `until` is not in it,
        or if the new id is that of somebody else's chat. Raises Gone if the new id was that of a deleted chat of the
        user's, NotFound if that was somebody else's.
        """

    def import_chat(self, chat: ImportedChat) -> ImportOutcome:
        """Store a chat from elsewhere, whole or not at all: see `lib.store.imports`. Raises NotTaken."""

    def vote(
        self, message_id: UUID, is_upvoted: bool | None, comment: str | None = None, tags: Sequence[str] = ()
    ) -> bool:
        """Vote on an answer that the user may read; None deletes the vote. Which tags there are, the caller knows.

        Raises BadInput for a comment of more than 2,000 characters.
        """

    def allow_tool(self, chat_id: UUID, tool: AllowedTool, is_allowed: bool) -> bool:
        """Always allow the agent to use a tool in a chat, or no longer. Whether there was such a chat with room for it.

        Raises BadInput for a name that is too long, and Gone for a chat that was deleted.
        """

    def keep_chart(self, chat_id: UUID, message_id: UUID, chart: Chart | None) -> bool:
        """Keep which chart of its result an answer shows; None: the table. Whether there is such an answer in the chat.

        Raises Gone for a chat that was deleted.
        """


class Store(
    ChatReads,
    ContextReads,
    ContextSummaries,
    SummaryReads,
    ChatEdits,
    BulkEdits,
    TurnWrites,
    Files,
    Instructions,
    Protocol,
):
    """The store of one user. Other users' rows are treated as missing. Every method may raise DatabaseUnavailable.

    A chat that its owner made public can be read by all users, through `find_chat`, `list_messages`, `get_message`,
    `extent`, `list_records`, `find_turn`, `running_turn`, `read_log`, `read_file`, `copy_chat`, `vote` and `votes`. Its
    owner alone can change it; for them an edit raises Gone once the chat has been deleted.
    """

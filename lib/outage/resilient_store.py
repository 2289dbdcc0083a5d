"""A user's store that goes on while the database does not.

Reads are those of `lib.outage.resilient_reads`. What a turn writes waits in the outbox: questions, answers,
generated titles and next questions. The cache shows it meanwhile. Edits are refused.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lib.errors import DatabaseUnavailable, NoSuchMessage
from lib.identity import User
from lib.outage.database_records import DatabaseRecords
from lib.outage.guard import NOT_NOW, DatabaseGuard, guarded
from lib.outage.outbox import FULL, Outbox
from lib.outage.pending_write import AddedFollowUps, GeneratedTitle, PendingWrite
from lib.outage.resilient_context import ResilientContext
from lib.outage.resilient_files import ResilientFiles
from lib.outage.resilient_instructions import ResilientInstructions
from lib.outage.resilient_reads import ResilientReads
from lib.outage.resilient_table import ResilientTable
from lib.store.allowed_tools import AllowedTool
from lib.store.deleted_chats import DeletedChats
from lib.store.edits import Edit
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import Ending, NewTurn, RunningTurn, Started
from lib.store.store import Store
from lib.store.turn_models import ParkedTurn

log = logging.getLogger("lakechat.db")


class ResilientStore(
    ResilientReads, ResilientTable, ResilientFiles, DatabaseRecords, ResilientInstructions, ResilientContext
):
    """See `lib.store.store.Store`."""

    def __init__(
        self,
        inner: Store,
        user: User,
        guard: DatabaseGuard,
        chats: MemoryChats,
        outbox: Outbox,
        *,
        remembered: bool = True,
    ) -> None:
        super().__init__(inner, user, guard, chats, outbox, remembered=remembered)
        self._edits = guarded(inner, guard)
        self._seen_here = MemoryStore(chats, user)

    if not TYPE_CHECKING:  # so that mypy still finds a misspelt name in this class

        def __getattr__(self, name: str) -> Any:
            """The edits."""
            return getattr(self._edits, name)

    def start_turn(self, turn: NewTurn) -> Started:
        later = replace(turn, said_at=datetime.now(UTC))
        return self._guard.prefer(
            lambda: self._inner.start_turn(turn),
            lambda: self._start_later(later),
            # Which files it may have is decided; the cache has none.
            lambda started: self._cache.remember_turn(later, started),
            turn.chat_id,
        )

    def _start_later(self, turn: NewTurn) -> Started:
        if self._read_through.load(turn.chat_id):
            # If it is somebody else's all the same, it is refused when it is written.
            turn = replace(turn, is_new_chat=True)
        with self._guard.lock:
            if self._outbox.is_full:
                raise DatabaseUnavailable(FULL)
            try:
                started = self._cache.start_turn(turn)
            except NoSuchMessage as error:  # the database may have it on another branch
                raise DatabaseUnavailable from error
            if started.is_new:
                self._guard.keep(PendingWrite(self._user, self._cache.placed(turn)))
                log.info("Question %s of chat %s waits for the database.", turn.question_id, turn.chat_id)
        return started

    def finish_turn(self, ending: Ending) -> None:
        """Never for want of the database: the answer waits for it."""
        self._cache.finish_turn(ending)
        self._guard.write_now_or_later(PendingWrite(self._user, ending), self._inner)

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        known = self._seen_here.set_generated_title(chat_id, title)
        taken = self._guard.write_now_or_later(PendingWrite(self._user, GeneratedTitle(chat_id, title)), self._inner)
        return known if taken is None else bool(taken)

    def add_follow_ups(self, chat_id: UUID, answer_id: UUID, questions: Sequence[str]) -> bool:
        known = self._seen_here.add_follow_ups(chat_id, answer_id, questions)
        added = AddedFollowUps(chat_id, answer_id, questions)
        taken = self._guard.write_now_or_later(PendingWrite(self._user, added), self._inner)
        return known if taken is None else bool(taken)

    def mark_read(self, chat_id: UUID) -> None:
        """Not worth keeping, nor waiting: at the worst the chat is marked as unread once more."""
        self._cache.mark_read(chat_id)
        self._guard.prefer(lambda: self._inner.mark_read(chat_id), lambda: None, chat_id=chat_id, is_for_display=True)

    def edit_chat(self, chat_id: UUID, edit: Edit) -> bool:
        is_there: bool = self._edits.edit_chat(chat_id, edit)
        self._remember_edit(chat_id, edit)
        return is_there

    def open_branch(self, chat_id: UUID, message_id: UUID) -> bool:
        opened: bool = self._edits.open_branch(chat_id, message_id)
        self._cache.invalidate(chat_id)  # it has the branch that was open before
        return opened

    def trash_chat(self, chat_id: UUID) -> bool:
        is_there: bool = self._edits.trash_chat(chat_id)
        self._cache.forget(chat_id)
        return is_there

    def delete_some_chats(self) -> DeletedChats:
        """Refused while anything of the user's waits: a chat that is not saved yet would come back afterwards."""
        if self._outbox.holds(None, self._user.id):
            raise DatabaseUnavailable(NOT_NOW)
        deleted: DeletedChats = self._edits.delete_some_chats()
        for chat_id in deleted.chat_ids:
            self._cache.delete(chat_id)
        return deleted

    def delete_chat(self, chat_id: UUID) -> bool:
        deleted = self._guard.require(lambda: self._inner.delete_chat(chat_id), chat_id)
        if deleted:
            self._cache.delete(chat_id)
        else:
            self._cache.forget(chat_id)
        return deleted

    def park_turn(self, turn: ParkedTurn) -> bool:
        is_left = self._guard.require(lambda: self._inner.park_turn(turn))
        self._seen_here.park_turn(replace(turn, chunks=[]))
        return is_left

    def claim_waiting_turn(self, chat_id: UUID, owner: str) -> RunningTurn | None:
        claimed = self._guard.require(lambda: self._inner.claim_waiting_turn(chat_id, owner), chat_id)
        if claimed:
            self._seen_here.claim_waiting_turn(chat_id, owner)
        return claimed

    def list_allowed_tools(self, chat_id: UUID) -> list[AllowedTool]:
        return self._guard.require(lambda: self._inner.list_allowed_tools(chat_id))

    def request_stop(self, chat_id: UUID) -> bool:
        if self._read_through.has_pending(chat_id) and not self._guard.is_away() and not self.running_turn(chat_id):
            return False
        return self._guard.require(lambda: self._inner.request_stop(chat_id))

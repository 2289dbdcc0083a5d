"""The writes that wait for the database, in the order in which they were made.

The writes of one chat never overtake each other. Those of another chat do, so that a chat in which something stands in
the way holds up only itself. Nothing is given up for a failure that may pass. A write that the database refuses twice
for what is in it becomes a dead letter, and a sentence takes its place in the chat. A process may die between writing
something and noting that, so that it is written again; all ids are the caller's, and the second time changes nothing.

`_lock` guards the list and the journal. Only the probe delivers. It does not hold the lock meanwhile, because readers
and new writes must not wait for the database. When the process ends, the probe may deliver from a second thread while
its first one still waits for the database. That is harmless: a write that is delivered twice changes nothing.
"""

import logging
import time
from threading import RLock
from uuid import UUID

from lib.db.failures import Kind, StatementFailed, kind_of
from lib.errors import BadInput, ChatBusy, DatabaseUnavailable, LakechatError, MovedOn, NotFound
from lib.outage.dead_letters import DeadLetters
from lib.outage.journal import Journal
from lib.outage.pending_write import AddedFollowUps, GeneratedTitle, PendingWrite, placeholder_for
from lib.store.models import Ending
from lib.store.store import Store

log = logging.getLogger("lakechat.db")
MAX_WRITES = 2_000
MAX_CHARS = 64_000_000
LONGEST_PAUSE_SECONDS = 5.0
"""Between two tries of a write that has to wait."""
WARN_AGAIN_SECONDS = 60.0
MAX_REFUSALS = 2
"""After the first, another write may only have come in between."""
FULL = "Lakebase has been away for long, and no more can be held until it is back. Try again in a few minutes."


class Outbox:
    """`add` refuses nothing, because an answer must always be taken. Check `is_full` before you take a question."""

    def __init__(self, journal: Journal, max_writes: int = MAX_WRITES, max_chars: int = MAX_CHARS) -> None:
        self._lock = RLock()
        self._journal = journal
        self.dead_letters = DeadLetters(journal.dead_letters_path)
        self._max_writes = max_writes
        self._max_chars = max_chars
        self._writes: list[PendingWrite] = []
        self._chars = 0
        self._warnings: dict[str, tuple[float, int]] = {}
        """By cause: from when on it is warned of again, and how many warnings were left out."""

    def __len__(self) -> int:
        return len(self._writes)

    @property
    def chars(self) -> int:
        """In all writes."""
        return self._chars

    @property
    def is_full(self) -> bool:
        return len(self._writes) >= self._max_writes or self._chars >= self._max_chars

    def add(self, write: PendingWrite) -> None:
        with self._lock:
            self._writes.append(write)
            self._chars += write.chars
            self._journal.keep(write)

    def holds(self, chat_id: UUID | None, user_id: str | None = None) -> bool:
        """Whether a question or an answer, nothing else, waits in the chat, or in any; of that user, or of anybody."""
        with self._lock:
            return any(
                chat_id in (None, write.chat_id) and write.message_id and user_id in (None, write.user.id)
                for write in self._writes
            )

    def of_chat(self, chat_id: UUID) -> list[PendingWrite]:
        """In order."""
        with self._lock:
            return [write for write in self._writes if write.chat_id == chat_id]

    @property
    def unsaved(self) -> set[UUID]:
        """The ids of the messages that wait."""
        with self._lock:
            return {write.message_id for write in self._writes if write.message_id}

    def next(self, except_of: set[UUID]) -> PendingWrite | None:
        """The first that is due, and the first of its chat; none of the chats in `except_of`."""
        passed, now = set(except_of), time.monotonic()
        with self._lock:
            for write in self._writes:
                if write.chat_id not in passed and write.due_at <= now:
                    return write
                passed.add(write.chat_id)
        return None

    def make_due(self) -> None:
        """Have all tried now, without their pauses."""
        with self._lock:
            for write in self._writes:
                write.due_at = 0.0

    def deliver(self, write: PendingWrite, store: Store) -> bool:
        """Whether it is done with: saved, or a dead letter. Otherwise it waits, and so does the rest of its chat.

        Raises DatabaseUnavailable when no write at all can be delivered now.
        """
        try:
            self._try(write, store)
        except DatabaseUnavailable as error:
            # NOT_READY concerns all writes at first. The schema is looked at then, so that the second time, with
            # nothing missing in it, it can concern this write alone.
            if _concerns_all(error) and not (kind_of(error.failure) is Kind.NOT_READY and write.tries):
                write.postpone(LONGEST_PAUSE_SECONDS)
                raise
            return self._postpone(write, error)
        except (StatementFailed, BadInput, NotFound, MovedOn) as error:
            write.refusals += 1
            if write.refusals < MAX_REFUSALS:
                return self._postpone(write, error)
            self._refuse(write, error, store)
        except Exception as error:
            return self._postpone(write, error)
        self._drop(write)
        return True

    def take_over(self) -> list[PendingWrite]:
        """The writes that dead processes left. They wait here from now on, before all others."""
        with self._lock:
            self.dead_letters.read()
            left = self._journal.take_over()
            self._writes = [*left, *self._writes]
            self._chars += sum(write.chars for write in left)
        return left

    def close(self) -> None:
        """What still waits stays in the journal, for the next process of this machine."""
        self._journal.close()

    def _try(self, write: PendingWrite, store: Store) -> None:
        """Raises NotFound for an answer whose question is a dead letter without a placeholder.

        The database would silently ignore that answer, as it does for a chat that was deleted.
        """
        write.apply(store)
        match write.what:
            case Ending(turn_id=turn_id) if self.dead_letters.has_question_of(turn_id):
                if store.get_message(turn_id) is None:
                    raise NotFound

    def _postpone(self, write: PendingWrite, error: Exception) -> bool:
        if write.tries == 0 and not isinstance(error, ChatBusy):
            self.warn(write, error)
        write.postpone(LONGEST_PAUSE_SECONDS)
        return False

    def warn(self, write: PendingWrite, error: Exception) -> None:
        """At most once a minute for each cause: what stands in the way of one write mostly does so for all."""
        cause, now = _cause_of(error), time.monotonic()
        due_at, unsaid = self._warnings.get(cause, (0.0, 0))
        if now < due_at:
            self._warnings[cause] = (due_at, unsaid + 1)
            return
        self._warnings[cause] = (now + WARN_AGAIN_SECONDS, 0)
        more = f" ({unsaid} more for this cause since the last warning)" if unsaid else ""
        log.warning("A write of chat %s has to wait: %s%s", write.chat_id, cause, more)

    def _drop(self, write: PendingWrite) -> None:
        with self._lock:
            self._writes.remove(write)
            self._chars -= write.chars
            self._journal.drop(write)

    def _refuse(self, write: PendingWrite, error: Exception, store: Store) -> None:
        """Make it a dead letter, so that the rest of its chat can be saved."""
        log.error("A write of chat %s (message %s) was refused: %s", write.chat_id, write.message_id, _cause_of(error))
        if isinstance(write.what, GeneratedTitle | AddedFollowUps):
            return
        # Only a question that is stored can be left behind.
        self.dead_letters.keep(write, _cause_of(error), is_question_saved=isinstance(error, MovedOn))
        try:
            # Otherwise the chat would for ever end with a question that nobody answers.
            PendingWrite(write.user, placeholder_for(write.what), write.is_orphan).apply(store)
        except LakechatError as again:
            log.error("The database does not take a placeholder either: %s", _cause_of(again))


def _concerns_all(error: DatabaseUnavailable) -> bool:
    return kind_of(error.failure) in (Kind.AWAY, Kind.NOT_READY)


def _cause_of(error: Exception) -> str:
    """Never the message of an exception: it may quote what a user said."""
    match error:
        case StatementFailed(sqlstate=sqlstate, constraint=constraint):
            return f"{sqlstate} {constraint or ''}".strip()
        case DatabaseUnavailable(failure=failure):
            return str(failure)
    return type(error).__name__

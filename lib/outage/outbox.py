"""What could not be written while the database was away or busy, in order, until it can."""

import logging
import time
from threading import RLock
from uuid import UUID

from lib.db.failures import Kind, StatementFailed, kind_of
from lib.errors import ChatBusy, DatabaseUnavailable, LakechatError, MovedOn, NotFound
from lib.outage.dead_letters import DeadLetters
from lib.outage.journal import Journal
from lib.outage.pending_write import GivenTitle, PendingWrite, in_place_of
from lib.store.models import Ending
from lib.store.store import Store

log = logging.getLogger("lakechat.db")
MAX_WRITES = 2_000
MAX_CHARS = 64_000_000
LONGEST_PAUSE_SECONDS = 5.0
"""Between two tries of a chat in which something stands in the way."""
WARN_AGAIN_SECONDS = 60.0
REFUSALS = 2
"""Before it is believed that the database will never take something: another write may just have stood beside it."""
FULL = "Lakebase has been away for long, and no more can be held until it is back. Try again in a few minutes."


class Outbox:
    """In memory, and in a journal for the case that this process dies. Nothing in it is given up for what may pass.

    Refuses nothing: who adds a question asks first whether it is full, and answers are always taken.
    """

    def __init__(self, journal: Journal, max_writes: int = MAX_WRITES, max_chars: int = MAX_CHARS) -> None:
        self._lock = RLock()
        self._journal = journal
        self.dead_letters = DeadLetters(journal.dead_letters_path)
        self._max_writes = max_writes
        self._max_chars = max_chars
        self._writes: list[PendingWrite] = []
        self._chars = 0
        self._warnings: dict[str, tuple[float, int]] = {}
        """By cause: when it is due again, and how many were left out since the last."""

    def __len__(self) -> int:
        return len(self._writes)

    @property
    def is_full(self) -> bool:
        return len(self._writes) >= self._max_writes or self._chars >= self._max_chars

    def add(self, write: PendingWrite) -> None:
        with self._lock:
            self._writes.append(write)
            self._chars += write.chars
            self._journal.keep(write)

    def holds(self, chat_id: UUID, user_id: str | None = None) -> bool:
        """A question or an answer, of whose chat it is: others see what is saved. A title keeps nobody waiting."""
        with self._lock:
            return any(
                write.chat_id == chat_id and write.message_id and user_id in (None, write.user.id)
                for write in self._writes
            )

    def of(self, chat_id: UUID) -> list[PendingWrite]:
        """What waits of one chat, in order."""
        with self._lock:
            return [write for write in self._writes if write.chat_id == chat_id]

    @property
    def unsaved(self) -> set[UUID]:
        """The ids of the messages that wait."""
        with self._lock:
            return {write.message_id for write in self._writes if write.message_id}

    def next(self, except_of: set[UUID]) -> PendingWrite | None:
        """The first that is due and not of these chats; none overtakes an earlier one of its own chat."""
        passed, now = set(except_of), time.monotonic()
        with self._lock:
            for write in self._writes:
                if write.chat_id not in passed and write.due_at <= now:
                    return write
                passed.add(write.chat_id)
        return None

    def make_due(self) -> None:
        """All may be tried now."""
        with self._lock:
            for write in self._writes:
                write.due_at = 0.0

    def deliver(self, write: PendingWrite, store: Store) -> bool:
        """Write it and let it go. False: it has to wait, and its chat with it.

        Raises DatabaseUnavailable when nothing can be written: then nobody else's turn has come either.
        """
        try:
            self._try(write, store)
        except DatabaseUnavailable as error:
            # Something missing is looked into first. Where everything is in its place, it concerns this one alone.
            if _concerns_all(error) and not (kind_of(error.failure) is Kind.NOT_READY and write.tries):
                write.postpone(LONGEST_PAUSE_SECONDS)
                raise
            return self._waits(write, error)
        except (StatementFailed, NotFound, MovedOn) as error:
            write.refusals += 1
            if write.refusals < REFUSALS:
                return self._waits(write, error)
            self._refuse(write, error, store)
        except Exception as error:
            return self._waits(write, error)
        self._drop(write)
        return True

    def take_over(self) -> list[PendingWrite]:
        """What processes that died have left; it waits here now, before all else."""
        with self._lock:
            self.dead_letters.read()
            left = self._journal.take_over()
            self._writes = [*left, *self._writes]
            self._chars += sum(write.chars for write in left)
        return left

    def close(self) -> None:
        """What still waits is left for the next process of this machine."""
        self._journal.close()

    def _try(self, write: PendingWrite, store: Store) -> None:
        """Raises NotFound for the answer to a question that was refused, where the database knows nothing of either."""
        write.apply(store)
        match write.what:
            case Ending(turn_id=turn_id) if self.dead_letters.has_question_of(turn_id):
                if store.get_message(turn_id) is None:
                    raise NotFound

    def _waits(self, write: PendingWrite, error: Exception) -> bool:
        if write.tries == 0 and not isinstance(error, ChatBusy):
            self.warn_of(write, error)
        write.postpone(LONGEST_PAUSE_SECONDS)
        return False

    def warn_of(self, write: PendingWrite, error: Exception) -> None:
        """At most once a minute for the same cause: what stands in the way of one write mostly does so for all."""
        cause, now = _named(error), time.monotonic()
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
        """What the database will never take must not keep the rest from it; what was said is kept all the same."""
        log.error("A write of chat %s (message %s) was refused: %s", write.chat_id, write.message_id, _named(error))
        if isinstance(write.what, GivenTitle):
            return
        self.dead_letters.keep(write, _named(error), is_kept=isinstance(error, MovedOn))
        try:
            # Else the chat would stand open for ever at a question that nobody answers.
            PendingWrite(write.user, in_place_of(write.what), write.is_orphan).apply(store)
        except LakechatError as again:
            log.error("Nor does the database take anything in its place: %s", _named(again))


def _concerns_all(error: DatabaseUnavailable) -> bool:
    return kind_of(error.failure) in (Kind.AWAY, Kind.NOT_READY)


def _named(error: Exception) -> str:
    """Not the words of just any exception: they may quote what was said."""
    match error:
        case StatementFailed(sqlstate=sqlstate, constraint=constraint):
            return f"{sqlstate} {constraint or ''}".strip()
        case DatabaseUnavailable(failure=failure):
            return str(failure)
    return type(error).__name__

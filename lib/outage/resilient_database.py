"""The bound database of one process, with all that keeps the app going while it is away."""

import logging
from functools import partial
from threading import Lock
from typing import Protocol, cast

from lib.attachments.volume import Volume
from lib.db.database import Database
from lib.db.diagnosis import diagnose
from lib.db.schema import Schema
from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.outage.chat_cache import MAX_CHATS, ChatCache
from lib.outage.connection_state import ConnectionState
from lib.outage.guard import DatabaseGuard, guarded
from lib.outage.outbox import Outbox
from lib.outage.probe import Probe
from lib.outage.recent_waits import RecentWaits
from lib.outage.resilient_store import ResilientStore
from lib.outage.search_indexer import SearchIndexer
from lib.search_languages import DEFAULT_SEARCH_LANGUAGE
from lib.store.assessments import Assessments, PostgresAssessments
from lib.store.files import Files
from lib.store.insights import DailyCounts, Insights, PostgresDailyCounts, PostgresInsights
from lib.store.instructions import Instructions
from lib.store.memory_chats import MemoryChats
from lib.store.postgres import PostgresStore
from lib.store.rated_answers import PostgresRatedAnswers, RatedAnswers
from lib.store.retention import PostgresRetention, Retention
from lib.store.store import ChatReads, Store
from lib.store.turn_registry import PostgresTurnRegistry, TurnRegistry
from lib.store.turn_writes import TurnWrites
from lib.store.user_ids import PostgresUserIds, known

log = logging.getLogger("lakechat.db")


class _ReadsAndTurns(ChatReads, TurnWrites, Files, Instructions, Protocol):
    pass


class ResilientDatabase:
    """Asks the database nothing before it is needed."""

    def __init__(
        self,
        database: Database,
        state: ConnectionState,
        outbox: Outbox,
        search_language: str = DEFAULT_SEARCH_LANGUAGE,
        volume: Volume | None = None,
    ) -> None:
        self.user_ids = PostgresUserIds(database)
        self.cached_chats = MemoryChats(MAX_CHATS)
        self._store_of = partial(
            PostgresStore, database, user_ids=self.user_ids, language=search_language, volume=volume
        )
        self.probe = Probe(state, outbox, self._ensure_ready, self._store_of)
        self._guard = DatabaseGuard(state, outbox, self.probe)
        self._waits = RecentWaits()
        # Not before the outbox is written: the log of a turn that the database does not know yet would go nowhere.
        self.turn_registry: TurnRegistry = guarded(PostgresTurnRegistry(database), self._guard)
        self.assessments: Assessments = guarded(PostgresAssessments(database), self._guard)
        self.retention: Retention = guarded(PostgresRetention(database, volume), self._guard)
        self.daily_counts: DailyCounts = guarded(PostgresDailyCounts(database), self._guard)
        self._database = database
        self._schema = Schema(database)
        self._state = state
        self._outbox = outbox
        self._search_indexer = SearchIndexer(database, search_language)
        state.subscribe(when_recovered=self._search_indexer.start)
        self._first_try = Lock()
        self._was_tried = False

    def is_ready_for(self, user: User) -> bool:
        """Whether `store` answers at once."""
        return self._was_tried and (self._state.is_lost or self.user_ids.knows(user))

    def store(self, user: User, *, remembered: bool = True) -> Store:
        user = self._known(user)
        return self.resilient(self._store_of(user), user, remembered=remembered)

    def insights(self, user: User, *, everybody: bool) -> Insights:
        """Whether the user may see everybody's, `lib.insights.access` decides."""
        user_id = self._known(user).id
        return guarded(PostgresInsights(self._database, None if everybody else user_id, user_id), self._guard)

    def rated_answers(self, admin: User) -> RatedAnswers:
        """Of everybody. Whether the user is an admin, `lib.insights.access` decides."""
        return guarded(PostgresRatedAnswers(self._database, self._known(admin).id), self._guard)

    def _known(self, user: User) -> User:
        self._ensure_ready_once()
        if not self.user_ids.knows(user):
            self._guard.prefer(lambda: self.user_ids.id_of(user), lambda: user.id)
        return known(self.user_ids, user)

    def resilient(self, inner: Store, user: User, *, remembered: bool = True) -> Store:
        """With `remembered=False`, never serve lists from the cache: a caller would take a partial list as complete."""
        guard = DatabaseGuard(self._state, self._outbox, self.probe, user.id, self._waits)
        # Here mypy compares with the protocols what the class writes out. The edits are `inner`'s, behind the guard.
        store: _ReadsAndTurns = ResilientStore(
            inner, user, guard, self.cached_chats, self._outbox, remembered=remembered
        )
        return cast(Store, store)

    def migration_version(self) -> int | None:
        """The number of the last migration, as last seen while the database is away; None when none was seen."""
        self._ensure_ready_once()
        try:
            return self._schema.known_version if self._state.is_lost else self._schema.version()
        except DatabaseUnavailable as error:
            self._guard.failed(error)
            return self._schema.known_version

    def start(self) -> None:
        """Look at the schema, and show and write what earlier processes left unsaved like anything that waits."""
        self._ensure_ready_once()
        if not self._state.is_lost:
            self._search_indexer.start()
        for write in self._outbox.take_over():
            ChatCache(self.cached_chats, write.user).restore(write)
        if len(self._outbox):
            self.probe.start()
            self._state.changed()

    def close(self) -> None:
        """Try a last time to write what waits, then let go of the database."""
        self._search_indexer.close()
        self.probe.close()
        self._outbox.close()
        self._database.dispose()

    def _ensure_ready(self) -> None:
        diagnosis = self._state.diagnosis
        if diagnosis and diagnosis.is_not_ready:
            self._schema.invalidate()
        self._schema.ensure_ready()

    def _ensure_ready_once(self) -> None:
        """Make the schema ready, once. If that fails, the probe does it."""
        if self._was_tried:
            return
        with self._first_try:
            if self._was_tried:
                return
            try:
                self._ensure_ready()
            except DatabaseUnavailable as error:
                log.warning("The database cannot be used yet; the app goes on without it.")
                self._state.lost(diagnose(error))
                self.probe.start()
            finally:
                self._was_tried = True

"""The parts of one process, put together once: what pages and routes are given to work with."""

import logging
import os
from collections.abc import Mapping
from functools import cached_property, partial
from threading import Lock
from uuid import UUID

from lib.agent.endpoints.agents import Agents
from lib.agent.http.transport import Limits, Transport
from lib.chat.titles import TitleGenerator
from lib.chat.turn import Turn
from lib.chat.turn_manager import TurnManager
from lib.config import Settings, load
from lib.db.database import Database, connect
from lib.db.diagnosis import diagnose
from lib.db.replicas import Replicas
from lib.db.schema import Schema
from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.outage.connection_state import ConnectionState
from lib.outage.guard import DatabaseGuard
from lib.outage.journal import Journal
from lib.outage.outbox import Outbox
from lib.outage.probe import Probe
from lib.outage.resilient_store import ResilientStore, ResilientStores
from lib.outage.resilient_turn_registry import ResilientTurnRegistry
from lib.store.memory import MemoryStore
from lib.store.news import News, told
from lib.store.people import People, PeopleInMemory, PostgresPeople, known
from lib.store.postgres import PostgresStore
from lib.store.shelf import Shelf
from lib.store.store import Store
from lib.store.turn_registry import NoTurnRegistry, PostgresTurnRegistry
from lib.workspace import Workspace

log = logging.getLogger("lakechat")
DRAIN_SECONDS = 5.0


class Runtime:
    """Nothing here touches the network or the database before it is needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workspace = Workspace()
        self.agents = Agents(settings, self.workspace)
        self.closing = False
        self.connection_state = ConnectionState(is_bound=settings.database is not None)
        self.news = News()
        self._shelf = Shelf()
        self._first_look = Lock()
        self._has_looked = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Runtime":
        """Raises NotConfigured."""
        return cls(load(environ))

    @property
    def is_ephemeral(self) -> bool:
        """Nothing is bound: chats live in this process alone."""
        return self.settings.database is None

    def is_ready_for(self, user: User) -> bool:
        """Whether `store` answers at once."""
        return self.is_ephemeral or (self._has_looked and (self.connection_state.is_lost or self._people.knows(user)))

    @cached_property
    def database(self) -> Database | None:
        return connect(self.settings.database, self.workspace) if self.settings.database else None

    @cached_property
    def _replicas(self) -> Replicas | None:
        return Replicas(self.database) if self.database else None

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(Journal(self.database.location if self.database else None))

    @cached_property
    def _resilient_stores(self) -> ResilientStores:
        return ResilientStores(self.connection_state, self.outbox)

    @cached_property
    def _people(self) -> People:
        return PostgresPeople(self.database) if self.database else PeopleInMemory()

    @cached_property
    def _guard(self) -> DatabaseGuard:
        return DatabaseGuard(self.connection_state, self.outbox)

    @cached_property
    def _schema(self) -> Schema | None:
        return Schema(self.database) if self.database else None

    @cached_property
    def _probe(self) -> Probe | None:
        """Brings the database back whenever it is lost, once it is made."""
        if self.database is None or self._schema is None:
            return None
        store_of = partial(PostgresStore, self.database, people=self._people)
        return Probe(self.connection_state, self.outbox, self._ensure_schema, store_of)

    @cached_property
    def turns(self) -> TurnManager:
        turn_registry = (
            ResilientTurnRegistry(PostgresTurnRegistry(self.database), self._guard)
            if self.database
            else NoTurnRegistry()
        )
        titles = TitleGenerator(self.settings.title_endpoint, self.workspace)
        transport = Transport(
            Limits(
                connect_seconds=self.settings.agent_connect_seconds,
                first_byte_seconds=self.settings.agent_first_byte_seconds,
                idle_seconds=self.settings.agent_idle_seconds,
            )
        )
        turns = TurnManager(
            self.agents,
            turn_registry,
            titles,
            transport,
            self.store,
            history_tokens=self.settings.history_token_budget,
            answers_a_user=self.settings.running_answers_per_user,
            answer_bytes=self.settings.max_answer_bytes,
        )
        self.connection_state.when_found = turns.clean_up
        return turns

    def store(self, user: User, *, remembered: bool = True) -> Store:
        """The user's own chats. `remembered` False: no list of them is given from memory while the database is away."""
        if self.database is None:
            user = known(self._people, user)
            return told(MemoryStore(self._shelf, user), user.id, self.news)
        self._look_once()
        if not self._people.knows(user):
            self._guard.either(lambda: self._people.id_of(user), lambda: user.id)
        user = known(self._people, user)
        inner = PostgresStore(self.database, user, self._people)
        return told(ResilientStore(inner, self._resilient_stores, user, remembered=remembered), user.id, self.news)

    def has_news(self, user: User, since: int, *chat_ids: UUID) -> bool:
        """Whether something has happened here, after that number, to these chats or to any of the user's own."""
        return self.news.since(since, known(self._people, user).id, *chat_ids)

    def has_replicas(self) -> bool:
        """Whether other processes may change what is kept, as it was a moment ago."""
        return self._replicas is not None and not self.connection_state.is_lost and self._replicas.exist()

    def is_saved(self, turn: Turn) -> bool:
        """Whether the answer of a turn that has ended is in the database."""
        unsaved = self.outbox.unsaved | self.outbox.dead_letters.message_ids
        return not self.is_ephemeral and turn.is_stored and turn.id not in unsaved

    def migration_version(self) -> int | None:
        """The number of the last migration, as last seen while the database is away; None when none was seen."""
        if self._schema is None:
            return None
        self._look_once()
        try:
            return self._schema.known_version if self.connection_state.is_lost else self._schema.version()
        except DatabaseUnavailable as error:
            self._guard.lost(error)
            return self._schema.known_version

    def start(self) -> None:
        """What start-up can do ahead; a database that is away now is brought back when it can be."""
        # Made before anybody comes: from Python 3.12 on two threads that come at once might each make their own.
        turns, resilient_stores = self.turns, self._resilient_stores
        if self.settings.agents:
            self.workspace.load()
        if self.database is not None:
            self._look_once()
            resilient_stores.take_over()
            turns.recovery.check_now()
            turns.clean_up()

    def stop(self) -> None:
        """End the turns, keeping what came, then let go of the database."""
        self.closing = True
        self.turns.drain(DRAIN_SECONDS)
        if self.database and self._probe:
            self._probe.close()
            self.outbox.close()
            self.database.dispose()

    def _ensure_schema(self) -> None:
        if self._schema is None:
            return
        trouble = self.connection_state.trouble
        if trouble and trouble.is_not_ready:
            self._schema.invalidate()
        self._schema.ensure_ready()

    def _look_once(self) -> None:
        """Make the schema ready, once; if that fails, whoever brings the database back does it."""
        if self._has_looked or self._schema is None or self._probe is None:
            return
        with self._first_look:
            if self._has_looked:
                return
            try:
                self._ensure_schema()
            except DatabaseUnavailable as error:
                log.warning("The database cannot be used yet; the app goes on without it.")
                self.connection_state.lost(diagnose(error))
            finally:
                self._has_looked = True

"""The parts of one process, put together once: what pages and routes are given to work with."""

import logging
import os
import time
from collections.abc import Mapping
from functools import cached_property
from threading import Lock

from lib.agent.agents import Agents
from lib.agent.transport import Limits, Transport
from lib.chat.titles import Titles
from lib.chat.turns import Turns
from lib.config import Settings, load
from lib.db.database import Database, connect
from lib.db.migrate import migrate
from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.store.ledger import NoLedger, PostgresLedger
from lib.store.memory import MemoryStore
from lib.store.postgres import PostgresStore
from lib.store.shelf import Shelf
from lib.store.store import Store
from lib.workspace import Workspace

log = logging.getLogger("lakechat")
MIGRATE_AGAIN_SECONDS = 2.0
DRAIN_SECONDS = 5.0


class Runtime:
    """Nothing here touches the network or the database before it is needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workspace = Workspace()
        self.agents = Agents(settings, self.workspace)
        self.closing = False
        self._shelf = Shelf()
        self._schema = Lock()
        self._schema_ready = False
        self._migrated_at = 0.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Runtime":
        """Raises NotConfigured."""
        return cls(load(environ))

    @property
    def is_ephemeral(self) -> bool:
        """Nothing is bound: chats live in this process alone."""
        return self.settings.database is None

    @property
    def is_ready(self) -> bool:
        """Whether `store` answers at once."""
        return self.is_ephemeral or self._schema_ready

    @cached_property
    def database(self) -> Database | None:
        return connect(self.settings.database, self.workspace) if self.settings.database else None

    @cached_property
    def turns(self) -> Turns:
        ledger = PostgresLedger(self.database) if self.database else NoLedger()
        titles = Titles(self.settings.title_endpoint, self.workspace)
        transport = Transport(
            Limits(
                connect_seconds=self.settings.agent_connect_seconds,
                first_byte_seconds=self.settings.agent_first_byte_seconds,
                idle_seconds=self.settings.agent_idle_seconds,
            )
        )
        return Turns(self.agents, ledger, titles, transport, self.store, self.settings.history_token_budget)

    def store(self, user: User) -> Store:
        """The user's own chats. Raises DatabaseUnavailable while the schema cannot be made ready."""
        if self.database is None:
            return MemoryStore(self._shelf, user)
        self._make_ready(self.database)
        return PostgresStore(self.database, user)

    def start(self) -> None:
        """What start-up can do ahead; a database that is away now is tried again when it is needed."""
        if self.database is None:
            return
        try:
            self._make_ready(self.database)
            self.turns.end_dead()
        except DatabaseUnavailable:
            log.warning("The database cannot be reached yet; the app starts without it.")

    def stop(self) -> None:
        """End the turns, keeping what came, then let go of the database."""
        self.closing = True
        self.turns.drain(DRAIN_SECONDS)
        if self.database:
            self.database.dispose()

    def _make_ready(self, database: Database) -> None:
        if self._schema_ready:
            return
        with self._schema:
            if self._schema_ready:
                return
            if time.monotonic() - self._migrated_at < MIGRATE_AGAIN_SECONDS:
                raise DatabaseUnavailable
            try:
                database.run(migrate)
                self._schema_ready = True
            finally:
                self._migrated_at = time.monotonic()

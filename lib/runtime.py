"""Puts the parts of one process together, for pages and routes.

Every part is built when it is first used (`cached_property`), and nothing connects before that, so the process also
starts without its database. `cached_property` takes no lock, so `start` builds the parts that several threads would
otherwise build at the same time. `ResilientDatabase` is the first to use a bound database: under a lock of its own,
one thread makes the schema ready while the others wait.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from uuid import UUID

from lib.agent.endpoints.agents import Agents
from lib.agent.http.limits import Limits
from lib.agent.http.transport import Transport
from lib.attachments.volume import Volume
from lib.chat.housekeeping import Housekeeping
from lib.chat.side_tasks import SideTasks
from lib.chat.turn import Turn
from lib.chat.turn_manager import TurnManager
from lib.checks.setup import SetupChecks
from lib.config import Settings, load
from lib.database_settings import Lakebase
from lib.db.database import Database, connect
from lib.db.replicas import Replicas
from lib.export.admission import Exports
from lib.feedback.feedback import Feedback
from lib.identity import User
from lib.importer.admission import Imports
from lib.outage.connection_state import ConnectionState
from lib.outage.journal import Journal
from lib.outage.outbox import Outbox
from lib.outage.resilient_database import ResilientDatabase
from lib.store.change_feed import ChangeFeed, announcing
from lib.store.files_in_memory import FilesInMemory
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.retention import MemoryRetention
from lib.store.store import Store
from lib.store.turn_registry import NoTurnRegistry
from lib.store.user_ids import MemoryUserIds, UserIds, known
from lib.workspace import Workspace

DRAIN_SECONDS = 5.0


class Runtime:
    """The settings and everything built from them, one per process."""

    def __init__(self, settings: Settings, workspace: Workspace | None = None, agents: Agents | None = None) -> None:
        """Without a workspace or agents it makes its own."""
        self.settings = settings
        self.workspace = workspace or Workspace()
        self.agents = agents or Agents(settings, self.workspace)
        self.closing = False
        self.connection_state = ConnectionState(is_bound=settings.database is not None)
        self.change_feed = ChangeFeed()
        self.exports, self.imports = Exports(), Imports()
        self._chats = MemoryChats()
        self.setup_checks = SetupChecks(settings, self.workspace, lambda: self.database)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Runtime":
        """Raises NotConfigured."""
        return cls(load(environ))

    @property
    def is_ephemeral(self) -> bool:
        """Whether no database is bound."""
        return self.settings.database is None

    def is_ready_for(self, user: User) -> bool:
        """Whether `store` returns without waiting for the database."""
        return self.resilient_database is None or self.resilient_database.is_ready_for(user)

    @property
    def _uses_workspace(self) -> bool:
        """Whether the Databricks SDK is needed: by an agent or a small model, by MLflow, the database or a Volume."""
        named = (self.settings.title_endpoint, self.settings.mlflow_experiment_id, self.settings.attachments_volume)
        return self.agents.use_workspace or any(named) or isinstance(self.settings.database, Lakebase)

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
    def resilient_database(self) -> ResilientDatabase | None:
        if self.database is None:
            return None
        settings, path = self.settings, self.settings.attachments_volume
        volume = Volume(self.workspace, path) if path else None
        return ResilientDatabase(self.database, self.connection_state, self.outbox, settings.search_language, volume)

    @cached_property
    def _user_ids(self) -> UserIds:
        return self.resilient_database.user_ids if self.resilient_database else MemoryUserIds()

    @cached_property
    def _housekeeping(self) -> Housekeeping:
        bound = self.resilient_database
        retention = bound.retention if bound else MemoryRetention(self._chats)
        return Housekeeping.of(self.settings, retention, lambda: self.closing, bound.daily_counts if bound else None)

    def _keep_house(self) -> None:
        self._housekeeping.run()
        self.feedback.wake()  # another process may have died with feedback to send, or chats were purged

    @cached_property
    def feedback(self) -> Feedback:
        bound = self.resilient_database
        return Feedback.of(self.settings, self.workspace, bound.assessments if bound else self._chats.assessments)

    @property
    def files_in_memory(self) -> FilesInMemory:
        """Of all temporary chats, or of Ephemeral ones: together they are bounded."""
        return self._chats.files

    @cached_property
    def turns(self) -> TurnManager:
        turn_registry = self.resilient_database.turn_registry if self.resilient_database else NoTurnRegistry()
        transport = Transport(Limits.of(self.settings))
        turns = TurnManager(
            self.agents,
            turn_registry,
            SideTasks.of(self.settings, self.workspace, transport),
            transport,
            self.store,
            self.settings,
            keep_house=self._keep_house,
        )
        for when_recovered in (turns.clean_up, self.feedback.wake):
            self.connection_state.subscribe(when_recovered=when_recovered)
        return turns

    @cached_property
    def temporary(self) -> "Runtime":
        """For temporary chats: the same without a database, a small model and ratings, so that none hears of them."""
        alone = replace(self.settings, database=None, title_endpoint=None, mlflow_experiment_id=None, genie_spaces={})
        # An agent that works in the background stores the conversation itself.
        alone = replace(alone, context_summary=False, agent_background="off")
        return Runtime(alone, self.workspace, self.agents)

    def store(self, user: User, *, remembered: bool = True) -> Store:
        """The chats of this user. With `remembered=False`, no list is served from the cache."""
        if self.resilient_database:
            store = self.resilient_database.store(user, remembered=remembered)
        else:
            store = MemoryStore(self._chats, known(self._user_ids, user), self.settings.search_language)
        return announcing(store, known(self._user_ids, user).id, self.change_feed)

    def has_news(self, user: User, since: int, *chat_ids: UUID) -> bool:
        """Whether this process has changed these chats, or any of the user's own, since event number `since`."""
        return self.change_feed.since(since, known(self._user_ids, user).id, *chat_ids)

    def has_replicas(self) -> bool:
        """Whether other processes use the database; at most two seconds old."""
        return self._replicas is not None and not self.connection_state.is_lost and self._replicas.exist()

    def is_saved(self, turn: Turn) -> bool:
        """Whether the database has the answer of this finished turn."""
        unsaved = self.outbox.unsaved | self.outbox.dead_letters.message_ids
        return not self.is_ephemeral and turn.is_stored and turn.id not in unsaved

    def migration_version(self) -> int | None:
        """The number of the last migration; while the database is down, the last one read, or None."""
        return self.resilient_database.migration_version() if self.resilient_database else None

    def start(self) -> None:
        """Do what would delay the first request. If the database is down, the probe connects to it later."""
        # Built here, in one thread: since Python 3.12 `cached_property` lets two threads build one each.
        turns, resilient_database, _ = self.turns, self.resilient_database, self.temporary.turns
        if self._uses_workspace:
            # The first call waits at most six seconds, and importing the SDK takes longer on a busy machine.
            self.workspace.load()
        turns.look_up_agents()
        if resilient_database:
            resilient_database.start()
            turns.recovery.check_now()
            turns.clean_up()
        self.feedback.start()  # last, because it asks the database at once

    def stop(self) -> None:
        """End the running turns, save what they have received, then close the database."""
        self.closing = True
        if "temporary" in vars(self):  # it was built
            self.temporary.turns.drain(0)
        self.turns.drain(DRAIN_SECONDS)
        self.feedback.close()
        if self.resilient_database:
            self.resilient_database.close()

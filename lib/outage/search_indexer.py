"""Has old rows indexed anew after an update or another SEARCH_LANGUAGE, in the background.

In small batches, each a short transaction, and at most half of the time: a million messages take some minutes. Of
several replicas one works at a time, because a batch locks the row in which chat.search_index keeps how far it has
come. So a process that is killed loses nothing, and another goes on. Once all is done nothing is asked any more, and
Lakebase can suspend.
"""

import logging
import time
from threading import Event, Lock, Thread

from lib.db.database import Database
from lib.db.failures import StatementFailed
from lib.errors import DatabaseUnavailable

log = logging.getLogger("lakechat.db")
BATCH = 200
SETTLED_SECONDS = 10
"""Longer than a statement may take: what began under the former language has ended by then."""
IDLE_SECONDS = 1.0
LAST_WAIT_SECONDS = 2.0


class SearchIndexer:
    def __init__(self, database: Database, language: str) -> None:
        self._database = database
        self._language = language
        self._thread: Thread | None = None
        self._lock = Lock()
        self._closed = Event()

    def start(self) -> None:
        """Needs a database that is ready."""
        with self._lock:
            if not self._closed.is_set() and (self._thread is None or not self._thread.is_alive()):
                self._thread = Thread(target=self._run, name="search-indexer", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._closed.set()
        # Whoever starts it holds the lock until it runs: a thread that does not run yet cannot be waited for.
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(LAST_WAIT_SECONDS)

    def _run(self) -> None:
        try:
            if self._is_needed():
                self._index()
        except (DatabaseUnavailable, StatementFailed) as error:
            log.warning("Not all messages are indexed for search yet (%s).", type(error).__name__)

    def _is_needed(self) -> bool:
        row = self._database.row("set_search_language", language=self._language)
        return row is not None and (row["is_new"] or not row["is_complete"])

    def _index(self) -> None:
        log.info("Messages of before are being indexed for search.")
        while not self._closed.is_set():
            began = time.monotonic()
            row = self._database.row("index_more", scope="people", batch=BATCH, seconds=SETTLED_SECONDS)
            if row is None or row["written"] is None:
                log.info("All messages are indexed for search.")
                return
            self._closed.wait(time.monotonic() - began if row["written"] else IDLE_SECONDS)

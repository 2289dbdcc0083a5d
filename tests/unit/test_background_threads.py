"""The threads that work for the database in the background: one that just begins can be ended."""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import cast

import pytest

from lib.db.database import Database
from lib.db.diagnosis import Diagnosis
from lib.errors import DatabaseUnavailable
from lib.outage import probe, search_indexer
from lib.outage.connection_state import ConnectionState
from lib.outage.journal import Journal
from lib.outage.outbox import Outbox
from lib.outage.probe import Probe
from lib.outage.search_indexer import SearchIndexer

AWAY = Diagnosis("57P03", "It does not answer.")


class NoDatabase:
    def row(self, *_args: object, **_binds: object) -> object:
        raise DatabaseUnavailable(AWAY.sentence)


def unavailable(*_args: object) -> None:
    raise DatabaseUnavailable(AWAY.sentence)


def make_indexer() -> SearchIndexer:
    return SearchIndexer(cast(Database, NoDatabase()), "english")


def make_probe() -> Probe:
    state = ConnectionState(is_bound=True)
    state.lost(AWAY)
    return Probe(state, Outbox(Journal(None)), unavailable, unavailable)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [make_indexer, make_probe])
def test_a_thread_that_just_begins_is_ended(
    make: Callable[[], SearchIndexer | Probe], monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = Event()
    made: list[Thread] = []

    class LateThread(Thread):
        """Begins only after a while, as on a busy machine."""

        def start(self) -> None:
            made.append(self)
            begins.set()
            time.sleep(0.3)
            super().start()

    for module in (probe, search_indexer):
        monkeypatch.setattr(module, "Thread", LateThread)
    ended = make()
    starter = Thread(target=ended.start)
    starter.start()
    begins.wait()
    ended.close()
    starter.join()
    assert not made[0].is_alive()

"""The look-up of the database's host name has a deadline, and all of its addresses are tried."""

import socket
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text

from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.errors import DatabaseUnavailable
from lib.workspace import Workspace
from local.postgres import Cluster

NO_SERVER = "127.0.0.9"


@pytest.fixture
def by_name(database_url: str, cluster: Cluster) -> Iterator[Database]:
    """The database by a name that no name server knows."""
    made = connect(DatabaseUrl(database_url.replace(cluster.host, "lakebase.invalid")), Workspace())
    yield made
    made.dispose()


def one(database: Database, seconds: float = 5) -> object:
    def work(engine: Any) -> object:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT 1"))

    return database.run(work, seconds=seconds)


def test_silent_name_servers_are_given_up_at_the_deadline(by_name: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, released = Event(), Event()

    def silent(*_: object, **__: object) -> list[Any]:
        asked.set()
        released.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(DatabaseUnavailable) as caught:
        one(by_name, seconds=2)
    assert (caught.value.failure, asked.is_set(), released.is_set()) == ("57P03", True, False)
    released.set()


def test_all_addresses_of_a_host_name_are_tried(
    by_name: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in (NO_SERVER, cluster.host)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    assert one(by_name) == 1

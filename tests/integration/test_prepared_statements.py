"""Which named queries are prepared, and how a connection reuses their plans."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from lib.db.database import Database
from lib.db.queries import queries
from lib.db.statements import PREPARED
from lib.errors import NotFound
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from tests.conftest import ANN, BOB, administer
from tests.integration.test_store import answered, new_turn

MORE_THAN_CUSTOM_PLANS = 8
"""Postgres plans a prepared statement anew five times before it keeps a plan."""


def kept(database: Database) -> dict[str, int]:
    """How often each prepared statement's plan was reused, by name, on the pool's first connection."""
    with database.engine.connect() as connection:
        found = connection.execute(text("SELECT name, generic_plans FROM pg_prepared_statements"))
        return {name: plans for name, plans in found}


def test_a_connection_plans_each_prepared_statement_once(database: Database) -> None:
    for _ in range(MORE_THAN_CUSTOM_PLANS):
        answered(PostgresStore(database, ANN))
    assert kept(database) == {name: MORE_THAN_CUSTOM_PLANS - 5 for name in PREPARED}


def test_a_prepared_plan_shows_no_rows_of_another_user(database: Database) -> None:
    ann, bob = PostgresStore(database, ANN), PostgresStore(database, BOB)
    turns = [answered(ann) for _ in range(MORE_THAN_CUSTOM_PLANS)]
    with pytest.raises(NotFound):
        bob.start_turn(new_turn(turns[0].chat_id))
    answered(bob, said="Bob's own")
    assert len(bob.list_chats().chats) == 1
    assert ann.search("Bob").hits == []


def test_a_new_connection_after_a_cut_prepares_its_statements_again(database: Database, cluster: Cluster) -> None:
    store = PostgresStore(database, ANN)
    answered(store)
    with database.engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    administer(cluster, f"SELECT pg_terminate_backend({pid})")
    chat_id = answered(store, uuid4()).chat_id
    assert [message.role for message in store.list_messages(chat_id)] == ["user", "assistant"]


def test_search_statements_are_not_prepared() -> None:
    assert not any("searched" in queries()[name].text for name in PREPARED)

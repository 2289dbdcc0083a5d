"""The list of chats by REST, with the filters of the page with all chats."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from lib.db.database import Database
from lib.runtime import Runtime
from lib.store import edits
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from tests.conftest import ANN, administer
from tests.integration.rest_client import Client, assert_error
from tests.integration.test_store import answered, new_turn

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def listed(client: Client, **params: Any) -> list[str]:
    return [chat["id"] for chat in client.get("/chats", **params).raise_for_status().json()["data"]]


def test_each_filter_of_the_page_is_one_of_the_route(
    ann: Client, database: Database, cluster: Cluster, database_name: str
) -> None:
    store = PostgresStore(database, ANN)
    plain, pinned, shared, hidden = (str(answered(store).chat_id) for _ in range(4))
    store.start_turn(busy := new_turn(agent="sales"))
    store.edit_chat(UUID(pinned), edits.pin(True))
    for chat_id in (shared, hidden):
        store.edit_chat(UUID(chat_id), edits.set_visibility("public"))
    store.edit_chat(UUID(hidden), edits.archive(True))
    for day, chat_id in enumerate((plain, pinned, shared, hidden)):
        at = NOON + timedelta(days=day)
        administer(cluster, f"UPDATE chat.chats SET updated_at = '{at}' WHERE id = '{chat_id}'", database_name)  # noqa: S608
    running = str(busy.chat_id)
    for params, expected in (
        ({}, [running, shared, pinned, plain]),
        ({"archived": True}, [hidden]),
        ({"pinned": True}, [pinned]),
        ({"shared": True}, [hidden, shared]),
        ({"shared": True, "archived": False}, [shared]),
        ({"shared": True, "pinned": True}, []),
        ({"running": True}, [running]),
        ({"agent": "sales"}, [running]),
        ({"agent": "nobody's\x00"}, []),
        ({"since": (NOON + timedelta(days=1)).isoformat(), "before": "2026-03-06T12:00:00"}, [pinned]),
        ({"before": "2026-03-05"}, [plain]),
    ):
        assert listed(ann, **params) == listed(ann, **params, limit=100) == expected, params
        assert [chat["id"] for chat in ann.get("/history", **params).json()["data"]] == expected


def test_a_filtered_list_has_pages(ann: Client, bob: Client, database: Database) -> None:
    store = PostgresStore(database, ANN)
    ids = [str(answered(store).chat_id) for _ in range(5)][::-1]
    for chat_id in ids:
        store.edit_chat(UUID(chat_id), edits.pin(True))
    found, cursor = [], None
    while not found or cursor:
        page = ann.get("/chats", pinned=True, limit=2, **({"starting_after": cursor} if cursor else {})).json()
        assert page["hasMore"] == (page["nextCursor"] is not None)
        found += [chat["id"] for chat in page["data"]]
        cursor = page["nextCursor"]
    assert found == ids
    assert listed(bob, pinned=True) == []


@pytest.mark.parametrize(
    "params",
    [{"starting_after": str(UUID(int=0))}, {"starting_after": "nonsense"}, {"ending_before": str(UUID(int=0))}],
)
def test_a_filtered_list_takes_only_its_own_cursors(ann: Client, params: dict[str, str]) -> None:
    assert_error(ann.get("/chats", pinned=True, **params), 400, "bad_input")


@pytest.mark.parametrize("params", [{"pinned": "perhaps"}, {"since": "soon"}, {"agent": "x" * 256}])
def test_filters_that_mean_nothing_are_refused(ann: Client, params: dict[str, str]) -> None:
    assert_error(ann.get("/chats", **params), 422, "invalid_request")


def test_without_a_database_there_is_no_list(ann: Client, ephemeral: Runtime) -> None:
    assert ann.get("/chats", pinned=True).status_code == 204

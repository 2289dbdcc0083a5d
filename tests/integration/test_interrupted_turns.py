"""A turn whose process died is ended by the next request for its chat, by any route."""

import math
from collections.abc import Callable
from uuid import uuid4

import pytest

from lib.db.database import Database
from lib.runtime import Runtime
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.models import NewTurn
from lib.store.postgres import PostgresStore
from lib.store.turn_models import LogRow
from lib.store.turn_registry import PostgresTurnRegistry
from local.postgres import Cluster
from tests.conftest import ANN, administer
from tests.integration.rest_client import Client, asking
from tests.integration.test_database_refusals import contents

SAID = '{"type": "response.output_text.delta", "delta": "As far as it came"}'
Look = Callable[[Client, str], object]


@pytest.fixture
def dead(runtime: Runtime, database: Database, cluster: Cluster, database_name: str) -> NewTurn:
    """A turn of a process that logged a part of the answer and was killed a minute ago."""
    turn = NewTurn(new_answer_id(), uuid4(), uuid4(), "And then?", "Title", None, "a process that died")
    store = PostgresStore(database, ANN)
    store.start_turn(turn)
    store.edit_chat(turn.chat_id, edits.set_visibility("public"))
    PostgresTurnRegistry(database).write_log(turn.owner, [LogRow(turn.turn_id, 1, [SAID])])
    administer(cluster, "UPDATE chat.turns SET heartbeat_at = now() - interval '1 minute'", database_name)
    # The app looks for dead turns only every few seconds; here that time has passed.
    runtime.turns.recovery._checked_at = -math.inf
    return turn


LOOKS: dict[str, Look] = {
    "its messages": lambda client, id: client.get(f"/messages/{id}"),
    "the chat": lambda client, id: client.get(f"/chat/{id}"),
    "its stream": lambda client, id: client.get(f"/chat/{id}/stream"),
    "the list": lambda client, id: client.get("/history"),
    "a stop": lambda client, id: client.http.post(f"/chat/{id}/stop"),
    "a question": lambda client, id: client.http.post("/chat", json=asking("Are you there?", id)),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_opening_a_chat_ends_the_turn_of_a_dead_process_as_interrupted(
    dead: NewTurn, ann: Client, database: Database, look: Look
) -> None:
    look(ann, str(dead.chat_id))
    assert PostgresStore(database, ANN).running_turn(dead.chat_id) is None or look is LOOKS["a question"]
    assert ("interrupted", "As far as it came") in contents(ann, str(dead.chat_id))


@pytest.mark.parametrize("path", ["/history", "/chat/{}", "/messages/{}"])
def test_the_first_request_already_shows_the_interrupted_answer(dead: NewTurn, ann: Client, path: str) -> None:
    found = ann.get(path.format(dead.chat_id)).json()
    assert "running" not in str(found).replace("'running': False", "")


def test_a_reader_of_a_shared_chat_ends_the_turn_of_a_dead_process_too(dead: NewTurn, bob: Client) -> None:
    assert ("interrupted", "As far as it came") in contents(bob, str(dead.chat_id))

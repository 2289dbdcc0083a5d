"""Rated answers for an evaluation: which ones there are, and whose words are in them."""

from uuid import uuid4

import pytest

from lib.db.database import Database
from lib.insights.evaluation_set import evaluation_set
from lib.store import edits
from lib.store.postgres import PostgresStore
from lib.store.rated_answers import PostgresRatedAnswers
from tests.conftest import ANN, BOB
from tests.integration.test_store import answered

pytestmark = pytest.mark.on_every_postgres


def test_words_are_those_of_ones_own_and_of_shared_chats(database: Database) -> None:
    ann, bob = PostgresStore(database, ANN), PostgresStore(database, BOB)
    first = answered(ann, question="First?", said="One")
    follow_up = answered(ann, first.chat_id, question="And then?", said="Two")
    private, shared = answered(bob, question="Private?"), answered(bob, question="Shared?")
    bob.edit_chat(shared.chat_id, edits.set_visibility("public"))
    ann.vote(follow_up.turn_id, False, "No")
    for turn in (private, shared):
        bob.vote(turn.turn_id, False)
    found = {each.id: each for each in PostgresRatedAnswers(database, ANN.id).rated(7)}
    assert set(found) == {follow_up.turn_id, private.turn_id, shared.turn_id}
    assert found[follow_up.turn_id].conversation == [
        {"role": "user", "content": "First?"},
        {"role": "assistant", "content": "One"},
        {"role": "user", "content": "And then?"},
    ]
    assert (found[private.turn_id].conversation, found[private.turn_id].answer) == (None, None)
    assert {record["trace_id"] for record in evaluation_set(list(found.values()))} == {"tr-1"}
    assert len(evaluation_set(list(found.values()))) == 2
    bob.trash_chat(shared.chat_id)
    assert {each.id for each in PostgresRatedAnswers(database, ANN.id).rated(7)} == {follow_up.turn_id, private.turn_id}


def test_outside_its_scope_and_of_another_agent_nothing_is_found(database: Database) -> None:
    ann = PostgresStore(database, ANN)
    ann.vote(answered(ann).turn_id, True)
    rated = PostgresRatedAnswers(database, ANN.id)
    assert rated.rated(7) == []
    assert len(rated.rated(7, "demo", only_down=False)) == 1
    assert rated.rated(7, "another", only_down=False) == []
    binds = {"days": 7, "agent": None, "only_down": False, "limit": 10}
    for scope in ("own", "shared", "process", "against"):
        assert database.rows("list_rated_answers", user_id=ANN.id, scope=scope, **binds) == []
    assert database.rows("list_rated_answers", user_id=str(uuid4()), scope="aggregates", **binds)[0]["answer"] is None

"""The open branch: the same in Postgres and in memory, and the same for everything that needs the conversation."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lib.db.database import Database
from lib.db.migrate import MIGRATE_SECONDS, migrate, migrations
from lib.db.statements import NOBODY, SET_USER_CONTEXT
from lib.identity import User
from lib.messages.parts import Text
from lib.messages.path import branch, open_leaf
from lib.store.answer_ids import new_answer_id
from lib.store.models import Message, NewTurn
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from local.postgres import Cluster
from tests.conftest import ANN
from tests.integration.stores import PostgresStores, Stores
from tests.integration.test_migrations import connected, empty, empty_url  # noqa: F401
from tests.integration.test_store import answered, contents, ending_of, new_turn

# ruff: noqa: F811

pytestmark = pytest.mark.on_every_postgres
OLDER_START_TURN = (Path(__file__).parent / "older" / "start_turn.sql").read_text().partition("\n")[2].rstrip(";\n")
FIRST_WITH_LEAF = 11


@pytest.fixture
def ann(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


@dataclass(frozen=True)
class Tree:
    """Indexes of messages: the parent of each, the chosen leaf, and the question that is being answered."""

    parents: list[int | None]
    chosen: int | None
    answered: int | None


def stored_parts(said: str) -> str:
    """The JSON of one text part, spaced as Postgres writes it."""
    return json.dumps([{"text": said, "type": "text"}])


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    size = draw(st.integers(0, 12))
    parents = [draw(st.none() | st.integers(0, place - 1)) if place else None for place in range(size)]
    some = st.none() | st.integers(0, size - 1) if size else st.none()
    return Tree(parents, draw(some), draw(some))


MESSAGES = """
INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts)
SELECT said.id, %(chat_id)s, %(owner)s, said.parent_id, 'user', 'complete', said.parts
  FROM ROWS FROM (jsonb_to_recordset(%(said)s) AS (id uuid, parent_id uuid, parts jsonb))
       WITH ORDINALITY AS said (id, parent_id, parts, place)
 ORDER BY said.place
"""


def stored(message: Message) -> dict[str, Any]:
    """In one statement for a tree: each statement of `stores.run` opens a connection."""
    parent_id = message.parent_id and str(message.parent_id)
    return {"id": str(message.id), "parent_id": parent_id, "parts": json.loads(stored_parts(message.content))}


def stored_tree(stores: PostgresStores, owner: User, tree: Tree) -> list[Message]:
    """The tree as a chat in Postgres, and its messages as memory would have them."""
    chat_id, ids = uuid4(), [uuid4() for _ in tree.parents]
    said = [
        Message(
            id=ids[place],
            chat_id=chat_id,
            parent_id=None if parent is None else ids[parent],
            role="user",
            status="complete",
            parts=[Text("x" * place)],
            content="x" * place,
            created_at=datetime.now(UTC),
        )
        for place, parent in enumerate(tree.parents)
    ]
    stores.run("INSERT INTO chat.users (id) VALUES (%(owner)s) ON CONFLICT DO NOTHING", owner=owner.id)
    stores.run("INSERT INTO chat.chats (id, user_id) VALUES (%(id)s, %(owner)s)", id=chat_id, owner=owner.id)
    stores.run(MESSAGES, chat_id=chat_id, owner=owner.id, said=json.dumps(list(map(stored, said))))
    if tree.chosen is not None:
        stores.open_branch(chat_id, ids[tree.chosen])
    if tree.answered is not None:
        stores.run(
            "INSERT INTO chat.turns (id, chat_id, user_id, question_id, owner) "
            "VALUES (%(id)s, %(chat_id)s, %(owner)s, %(question)s, 'me')",
            **{"id": new_answer_id(), "chat_id": chat_id, "owner": owner.id, "question": ids[tree.answered]},
        )
    return said


def asked(database: Database, user: User, statement: str, /, **binds: Any) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(text(f"{SET_USER_CONTEXT}; {statement}"), NOBODY | {"user_id": user.id} | binds))


def in_postgres(database: Database, owner: User, leaf: UUID, chat_id: UUID, **limits: int) -> list[Any]:
    """Each id with the total of characters up to it, oldest first."""
    binds = {"max_messages": None, "max_chars": None, "chat_id": chat_id, "leaf": leaf} | limits
    statement = (
        "SELECT id, chars FROM chat.branch(CAST(:chat_id AS uuid), CAST(:leaf AS uuid), :max_messages, :max_chars) "
        "ORDER BY depth DESC"
    )
    return asked(database, owner, statement, **binds)


def chars(messages: Sequence[Message]) -> int:
    return sum(len(stored_parts(message.content)) for message in messages)


@pytest.mark.on_one_postgres
@given(tree=trees())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_postgres_and_memory_return_the_same_branches(
    shared_database: Database, cluster: Cluster, owner: User, tree: Tree
) -> None:
    said = stored_tree(PostgresStores(shared_database, cluster), owner, tree)
    if not said:
        assert open_leaf([], None, None) is None
        return
    chat_id = said[0].chat_id
    chosen, running = (None if place is None else said[place].id for place in (tree.chosen, tree.answered))
    expected = open_leaf(said, chosen, running)
    statement = "SELECT chat.open_leaf(id, leaf_id) FROM chat.chats WHERE id = :chat_id"
    assert asked(shared_database, owner, statement, chat_id=chat_id) == [(expected,)]
    shown = PostgresStore(shared_database, owner).list_messages(chat_id)
    assert [message.id for message in shown] == [message.id for message in branch(said, expected)]
    for leaf in said:
        path = branch(said, leaf.id)
        assert [id for id, _ in in_postgres(shared_database, owner, leaf.id, chat_id)] == [each.id for each in path]
        for count in (1, 2, len(path)):
            (*_, last) = found = in_postgres(shared_database, owner, leaf.id, chat_id, max_messages=count)
            assert [id for id, _ in found] == [each.id for each in path[-count:]] and last.chars is None
        found = in_postgres(shared_database, owner, leaf.id, chat_id, max_chars=chars(path[-1:]) + 1)
        assert [tuple(row) for row in found] == [
            (each.id, chars(path[place:])) for place, each in enumerate(path) if place >= len(path) - 2
        ]


def test_a_leaf_that_is_not_in_the_chat_has_no_branch(shared_database: Database, cluster: Cluster, owner: User) -> None:
    one, other = (
        stored_tree(PostgresStores(shared_database, cluster), owner, Tree([None], None, None)) for _ in range(2)
    )
    for leaf in (other[0].id, uuid4()):
        assert in_postgres(shared_database, owner, leaf, one[0].chat_id) == []
        assert branch(one, leaf) == []


@pytest.fixture
def twice_answered(ann: Store) -> NewTurn:
    """A first question with the answers 42 and, the newer one, 43."""
    turn = answered(ann)
    again = ann.start_turn(second := new_turn(turn.chat_id, question_id=turn.question_id))
    assert again.is_new
    ann.finish_turn(ending_of(second, "43"))
    return turn


def test_the_chosen_branch_is_the_conversation(stores: Stores, ann: Store, twice_answered: NewTurn) -> None:
    chat_id = twice_answered.chat_id
    assert contents(ann.list_messages(chat_id)) == ["How much?", "43"]
    stores.open_branch(chat_id, twice_answered.turn_id)
    assert contents(ann.list_messages(chat_id)) == ["How much?", "42"]
    assert ann.copy_chat(chat_id, copy_id := uuid4())
    assert contents(ann.list_messages(copy_id)) == ["How much?", "42"]
    answered(ann, chat_id, "And then?", "44")
    assert contents(ann.list_messages(chat_id)) == ["How much?", "42", "And then?", "44"]
    stores.open_branch(chat_id, None)
    assert contents(ann.list_messages(chat_id)) == ["How much?", "42", "And then?", "44"]


def test_a_question_is_accepted_only_after_the_leaf_of_the_chosen_branch(
    stores: Stores, ann: Store, twice_answered: NewTurn
) -> None:
    chat_id = twice_answered.chat_id
    stores.open_branch(chat_id, twice_answered.turn_id)
    ann.start_turn(turn := new_turn(chat_id, "And then?"))
    assert contents(ann.list_context(chat_id, turn.question_id, 10_000).said) == ["How much?", "42", "And then?"]


def test_answering_again_opens_the_new_answers_branch(stores: Stores, ann: Store, twice_answered: NewTurn) -> None:
    chat_id = twice_answered.chat_id
    stores.open_branch(chat_id, twice_answered.turn_id)
    third = new_turn(chat_id, question_id=twice_answered.question_id)
    ann.start_turn(third)
    assert contents(ann.list_messages(chat_id)) == ["How much?"]
    ann.finish_turn(ending_of(third, "45"))
    assert contents(ann.list_messages(chat_id)) == ["How much?", "45"]


def test_a_repeated_start_does_not_change_the_open_branch(stores: Stores, ann: Store, twice_answered: NewTurn) -> None:
    chat_id = twice_answered.chat_id
    turn = answered(ann, chat_id, "And then?", "44")
    stores.open_branch(chat_id, twice_answered.turn_id)
    assert not ann.start_turn(turn).is_new
    assert contents(ann.list_messages(chat_id)) == ["How much?", "42"]


def test_a_branch_chosen_during_an_answer_stays_open_when_the_answer_ends(
    stores: Stores, ann: Store, twice_answered: NewTurn
) -> None:
    chat_id = twice_answered.chat_id
    turn = new_turn(chat_id, "And then?")
    ann.start_turn(turn)
    assert contents(ann.list_messages(chat_id)) == ["How much?", "43", "And then?"]
    stores.open_branch(chat_id, twice_answered.turn_id)
    assert contents(ann.list_messages(chat_id)) == ["How much?", "42"]
    assert ann.copy_chat(chat_id, copy_id := uuid4())
    assert contents(ann.list_messages(copy_id)) == ["How much?", "42"]
    ann.finish_turn(ending_of(turn, "44"))
    assert contents(ann.list_messages(chat_id)) == ["How much?", "42"]


def test_a_message_of_another_chat_cannot_be_a_leaf(shared_database: Database, cluster: Cluster, owner: User) -> None:
    stores, ann = PostgresStores(shared_database, cluster), PostgresStore(shared_database, owner)
    mine, other = answered(ann), answered(ann)
    for leaf in (other.turn_id, uuid4()):
        with pytest.raises(psycopg2.errors.ForeignKeyViolation):
            stores.open_branch(mine.chat_id, leaf)
    stores.open_branch(mine.chat_id, mine.turn_id)


def test_deleting_the_chosen_leaf_opens_the_newest_branch(
    shared_database: Database, cluster: Cluster, owner: User
) -> None:
    stores, ann = PostgresStores(shared_database, cluster), PostgresStore(shared_database, owner)
    first = answered(ann)
    second = answered(ann, first.chat_id, "And then?", "43")
    stores.open_branch(first.chat_id, second.turn_id)
    stores.run("DELETE FROM chat.messages WHERE id = %(id)s", id=second.question_id)
    assert contents(ann.list_messages(first.chat_id)) == ["How much?", "42"]
    assert ann.delete_chat(first.chat_id)
    assert ann.list_messages(first.chat_id) == []


def older_start(database: Database, turn: NewTurn) -> None:
    """Start a turn like an older version of the app, which does not know the column `leaf_id`."""
    binds = {"email": None, "name": None, "content": turn.question, "parts": stored_parts(turn.question)}
    ids = {"chat_id": turn.chat_id, "question_id": turn.question_id, "turn_id": turn.turn_id}
    given = {"title": "", "agent": "demo", "owner": "me", "attachments": "[]", "follows": None}
    rows = asked(database, ANN, OLDER_START_TURN, **binds, **ids, **given, said_at=None, asked_as="user")
    assert [row.is_new for row in rows] == [True]


def test_an_older_version_of_the_app_continues_the_open_branch(database: Database, cluster: Cluster) -> None:
    assert "leaf" not in OLDER_START_TURN
    ann, stores = PostgresStore(database, ANN), PostgresStores(database, cluster)
    first = answered(ann)
    chat_id, said = first.chat_id, ["How much?", "42"]
    for number in range(3):
        older_start(database, turn := new_turn(chat_id, f"q{number}"))
        assert contents(ann.list_messages(chat_id)) == [*said, f"q{number}"]
        ann.finish_turn(ending_of(turn, f"a{number}"))
        said += [f"q{number}", f"a{number}"]
        assert contents(ann.list_messages(chat_id)) == said
    older_start(database, again := new_turn(chat_id, question_id=turn.question_id))
    ann.finish_turn(ending_of(again, "another"))
    assert contents(ann.list_messages(chat_id)) == [*said[:-1], "another"]
    stores.open_branch(chat_id, first.turn_id)
    older_start(database, turn := new_turn(chat_id, "later"))
    ann.finish_turn(ending_of(turn, "on"))
    assert contents(ann.list_messages(chat_id)) == [*said[:-1], "another", "later", "on"]


@pytest.mark.parametrize("version", range(1, FIRST_WITH_LEAF))
def test_chats_of_every_earlier_version_keep_their_open_branch(
    empty: Database,
    cluster: Cluster,
    tmp_path: Path,
    version: int,
) -> None:
    """The open branch of an older version: it ends with the newest message, or with the question being answered."""
    for number, file in migrations().items():
        if number <= version:
            (tmp_path / file.name).write_text(file.read_text())
    empty.run(lambda engine: migrate(engine, tmp_path), MIGRATE_SECONDS)
    stores = PostgresStores(empty, cluster)
    rested = stored_tree(stores, ANN, Tree([None, 0, 1, 0, 3, 4, 3], None, None))
    asking = stored_tree(stores, ANN, Tree([None, 0, 1, 2, 1], None, 1))
    empty.run(migrate, MIGRATE_SECONDS)
    ann = PostgresStore(empty, ANN)
    assert [message.id for message in ann.list_messages(rested[0].chat_id)] == [rested[n].id for n in (0, 3, 6)]
    assert [message.id for message in ann.list_messages(asking[0].chat_id)] == [asking[n].id for n in (0, 1)]

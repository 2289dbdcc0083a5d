"""The migration that merges users whose ids are spellings of one email address, and changes no other user."""

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize
from uuid import uuid4

import pytest
from sqlalchemy import text

from lib.addresses import folded
from lib.db.database import Database
from lib.db.migrate import MIGRATE_SECONDS, migrate, migrations
from lib.errors import Gone
from lib.identity import User
from lib.store import edits
from lib.store.postgres import PostgresStore
from lib.store.turn_models import LogRow
from lib.store.turn_registry import PostgresTurnRegistry
from tests.integration.test_migrations import connected, empty, empty_url  # noqa: F401
from tests.integration.test_store import CHART, answered, ending_of, new_turn

pytestmark = pytest.mark.on_every_postgres
JOINING = next(number for number, file in migrations().items() if file.stem.endswith("_people"))


def spelled(address: str, name: str | None = None) -> User:
    """Insert users as earlier versions did: the id is the address as it was given."""
    return User(address, address, name or address, authenticated=True)


COMPOSED, DECOMPOSED = "zo\u00eb@example.com", "Zoe\u0308@example.com"
SPELLINGS = [spelled(each) for each in ("Ann@Example.com", "ANN@EXAMPLE.COM", "ann@example.com")]


def join(database: Database) -> None:
    """What the migration does to what stands there, in a schema that it has already changed."""
    _, begin, script = migrations()[JOINING].read_text().partition("SELECT set_config('chat.scope', 'people', true);")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"BEGIN; {begin}{script}; COMMIT", execution_options={"no_parameters": True})


def rows(database: Database, statement: str) -> list[Any]:
    """As one who sees all."""
    with database.engine.connect() as connection:
        found = connection.execute(text(f"SELECT set_config('chat.scope', 'people', true); {statement}"))
        return [tuple(row) for row in found]


def characters() -> Iterator[str]:
    """All characters that this version of Python knows."""
    for code in range(1, sys.maxunicode + 1):
        if unicodedata.category(chr(code)) not in ("Cs", "Cn"):
            yield chr(code)


def is_plain(character: str) -> bool:
    """Whether case folding and normalisation leave it unchanged."""
    return folded(character) == character == normalize("NFD", character) and not unicodedata.combining(character)


def test_the_database_folds_the_case_of_every_character_as_the_app_does(database: Database) -> None:
    """Each character alone, before, after and between others, and with marks that normalisation moves or composes."""
    frames = ("{}", "a{}\u0301Z", "E\u0308{}", "\u1fb3{}\u0345\u0323")
    special = [each for each in characters() if not is_plain(each) and not "\uac00" <= each <= "\ud7a3"]
    everything = "".join(characters())
    pieces = [everything[start : start + 500] for start in range(0, len(everything), 500)]
    asked = [frame.format(character) for character in special for frame in frames] + pieces
    folds = text(
        "SELECT chat.folded(given) FROM unnest(CAST(:given AS text[])) WITH ORDINALITY AS t (given, n) ORDER BY n"
    )
    with database.engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        found = list(connection.scalars(folds, {"given": asked}))
    assert len(special) > 4_000
    assert [(each, got) for each, got in zip(asked, found, strict=True) if got != folded(each)] == []


BEFORE = """
INSERT INTO chat.users (id, email)
SELECT id, id FROM unnest(ARRAY['Ann@Example.com', 'ANN@example.com']) AS id;
INSERT INTO chat.chats (user_id) SELECT id FROM chat.users;
INSERT INTO chat.messages (chat_id, user_id, role, status) SELECT id, user_id, 'user', 'complete' FROM chat.chats;
"""


def test_the_migration_merges_users_of_earlier_versions(
    empty: Database,  # noqa: F811
    tmp_path: Path,
) -> None:
    for number, file in migrations().items():
        if number < JOINING:
            (tmp_path / file.name).write_text(file.read_text())
    # Inserted before row-level security, in one go; the other migrations do not change them.
    (tmp_path / "0004_walls.sql").write_text(BEFORE + (tmp_path / "0004_walls.sql").read_text())
    empty.run(lambda engine: migrate(engine, tmp_path), MIGRATE_SECONDS)
    empty.run(migrate, MIGRATE_SECONDS)
    for table in ("chats", "messages"):
        assert rows(empty, f"SELECT user_id FROM chat.{table}") == [("ann@example.com",)] * 2  # noqa: S608


def test_chats_under_several_spellings_of_an_address_get_one_owner(database: Database) -> None:
    turns = [answered(PostgresStore(database, each), question=each.id) for each in SPELLINGS]
    zoe = [answered(PostgresStore(database, spelled(each))) for each in (COMPOSED, DECOMPOSED)]
    bob = answered(PostgresStore(database, spelled("bob@example.com")))
    join(database)
    ann = PostgresStore(database, spelled("ann@example.com"))
    assert {chat.id for chat in ann.list_chats().chats} == {turn.chat_id for turn in turns}
    for turn in turns:
        assert [message.id for message in ann.list_messages(turn.chat_id)] == [turn.question_id, turn.turn_id]
        ann.start_turn(again := new_turn(turn.chat_id))
        ann.finish_turn(ending_of(again))
        assert len(ann.list_messages(turn.chat_id)) == 4
    assert {hit.chat_id for hit in ann.search("example").hits} >= {turn.chat_id for turn in turns}
    found = PostgresStore(database, spelled(COMPOSED)).list_chats().chats
    assert {chat.id for chat in found} == {turn.chat_id for turn in zoe}
    assert [chat.id for chat in PostgresStore(database, spelled("bob@example.com")).list_chats().chats] == [bob.chat_id]
    assert rows(database, "SELECT id FROM chat.users ORDER BY id") == [
        (id,) for id in ("ann@example.com", "bob@example.com", COMPOSED)
    ]
    for table in ("chats", "messages", "turns"):
        owners = rows(database, f"SELECT DISTINCT user_id FROM chat.{table}")  # noqa: S608
        assert {owner for (owner,) in owners} == {"ann@example.com", "bob@example.com", COMPOSED}


def test_a_chat_deleted_under_one_spelling_stays_deleted_under_all(database: Database) -> None:
    old, new = PostgresStore(database, SPELLINGS[0]), PostgresStore(database, SPELLINGS[2])
    turn = answered(old)
    assert old.delete_chat(turn.chat_id)
    join(database)
    with pytest.raises(Gone):
        new.start_turn(new_turn(turn.chat_id))


def test_a_merged_user_keeps_the_first_date_and_the_latest_name(database: Database) -> None:
    for day, user in ((2, SPELLINGS[0]), (1, SPELLINGS[1])):
        PostgresStore(database, user).start_turn(turn := new_turn(uuid4()))
        PostgresStore(database, user).finish_turn(ending_of(turn))
        with database.engine.connect() as connection:
            connection.execute(text("SELECT set_config('chat.user_id', :id, false)"), {"id": user.id})
            when = {"day": day, "id": user.id}
            connection.execute(
                text(
                    "UPDATE chat.users SET created_at = make_date(2026, 1, :day), "
                    "last_seen_at = make_date(2026, 2, :day) WHERE id = :id"
                ),
                when,
            )
            connection.execute(text("SELECT set_config('chat.user_id', '', false)"))
    join(database)
    found = rows(
        database, "SELECT id, email, name, extract(day FROM created_at), extract(day FROM last_seen_at) FROM chat.users"
    )
    assert found == [("ann@example.com", "Ann@Example.com", "Ann@Example.com", 1, 2)]


def test_the_last_of_several_votes_of_a_merged_user_counts(database: Database) -> None:
    bob = PostgresStore(database, spelled("bob@example.com"))
    turn = answered(bob)
    bob.edit_chat(turn.chat_id, edits.set_visibility("public"))
    for user, comment in zip(SPELLINGS, ("first", "second", "last"), strict=True):
        assert PostgresStore(database, user).vote(turn.turn_id, comment == "last", comment)
    join(database)
    assert rows(database, "SELECT user_id, is_upvoted, comment FROM chat.votes") == [("ann@example.com", True, "last")]


def test_charts_go_with_the_owner_of_their_answers(database: Database) -> None:
    turn = answered(old := PostgresStore(database, SPELLINGS[1]))
    old.keep_chart(turn.chat_id, turn.turn_id, CHART)
    join(database)
    ann = PostgresStore(database, User("ann@example.com", "ann@example.com", None, authenticated=True))
    assert ann.list_messages(turn.chat_id)[-1].chart == CHART
    assert ann.keep_chart(turn.chat_id, turn.turn_id, None)


def test_ids_given_by_the_platform_are_not_changed(database: Database) -> None:
    user = User("AbC@456", None, None, authenticated=True)
    turn = answered(PostgresStore(database, user))
    join(database)
    assert [chat.id for chat in PostgresStore(database, user).list_chats().chats] == [turn.chat_id]


def test_a_turn_that_runs_ends_under_the_id_it_began_with(database: Database) -> None:
    """An older version of the app that is still running saves its answer completely."""
    old, new = PostgresStore(database, SPELLINGS[0]), PostgresStore(database, SPELLINGS[2])
    old.start_turn(running := new_turn(uuid4()))
    ended = answered(PostgresStore(database, SPELLINGS[1]))
    join(database)
    PostgresTurnRegistry(database).write_log("me", [LogRow(running.turn_id, 1, ['"more"'])])
    old.finish_turn(ending_of(running, said="all of it"))
    assert [message.content for message in old.list_messages(running.chat_id)][1:] == ["all of it"]
    assert {chat.id for chat in new.list_chats().chats} == {ended.chat_id}


def test_the_merge_covers_every_table_with_a_user_id(database: Database) -> None:
    """Fails when a later migration adds a table and forgets it here."""
    tables = rows(
        database,
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'chat' AND column_name = 'user_id'",
    )
    (body,) = rows(database, "SELECT prosrc FROM pg_proc WHERE proname = 'join_users'")
    moves = [(f" chat.{table} SET user_id", f"DELETE FROM chat.{table} WHERE") for (table,) in tables]  # noqa: S608
    assert [ways for ways in moves if not any(way in body[0] for way in ways)] == []

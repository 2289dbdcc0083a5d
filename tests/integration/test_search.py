"""Search over what users said and were told: what is found, by whom, and by which index."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg2 import sql
from sqlalchemy import text

from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.migrate import MIGRATE_SECONDS, MIGRATIONS, migrate
from lib.db.queries import queries
from lib.db.statements import NOBODY, SET_USER_CONTEXT
from lib.errors import BadInput
from lib.store import edits
from lib.store.message_search import MessageSearch, words_of
from lib.store.postgres import PostgresStore
from lib.store.postgres_search import HITS_A_CHAT
from lib.store.search_hit import MARK_END, MARK_START, SearchHit
from lib.store.store import PAGE_LIMIT, Store
from lib.store.user_rows import UserRows
from lib.workspace import Workspace
from local.lakebase import bind
from local.postgres import Cluster
from tests.conftest import ANN, BOB, ROLE, administer
from tests.integration.rest_client import Client, assert_error, chat_of
from tests.integration.test_store import ann, answered, bob  # noqa: F401

# ruff: noqa: F811
pytestmark = pytest.mark.on_every_postgres


def contents(hits: list[SearchHit]) -> list[str]:
    return [hit.snippet.replace(MARK_START, "[").replace(MARK_END, "]") for hit in hits]


def test_questions_and_answers_are_found_newest_first(ann: Store) -> None:
    first = answered(ann, question="Compare the harbours", said="Rotterdam is the largest")
    second = answered(ann, question="And where is Rotterdam?", said="In the Netherlands")
    title, said, answer = ann.search("rotterdam").hits
    assert (title.chat_id, title.message_id) == (second.chat_id, None)
    assert (said.chat_id, said.message_id) == (second.chat_id, second.question_id)
    assert (answer.chat_id, answer.message_id) == (first.chat_id, first.turn_id)
    assert [snippet.rstrip("?") for snippet in contents([said, answer])] == [
        "And where is [Rotterdam]",
        "[Rotterdam] is the largest",
    ]
    assert (title.title, answer.title) == ("And where is Rotterdam?", "Compare the harbours")


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("lisbon", True),
        ("LISBON", True),
        ("lis", True),
        ("li", False),
        ("lisbon port", True),
        ("lisbon po", False),
        ("lisbon po*", False),
        ("porto lisbon", True),
        ("lisbon madrid", False),
        ("isbon", False),
        ("", False),
        ("   ", False),
        ("?!'\":*&|()<>", False),
        ("'; DROP TABLE chat.chats; --", False),
        ("\x00", False),
        ("lisbon \x00\x01", True),
    ],
)
def test_all_words_must_match_and_the_last_may_be_a_prefix(ann: Store, query: str, is_found: bool) -> None:
    answered(ann, question="x", said="Lisbon before Porto")
    assert bool(ann.search(query).hits) == is_found


def test_words_of_any_language_are_found(ann: Store) -> None:
    for said in ("Zürich ist groß", "Привет, мир", "naïve café"):
        answered(ann, question="x", said=said)
        assert contents(ann.search(said.split()[0].strip(",")).hits)


def test_text_in_a_script_without_spaces_is_found_by_its_first_character(anns_store: PostgresStore) -> None:
    answered(anns_store, question="x", said="北京大学 is in 北京")
    assert contents(anns_store.search("北").hits) == ["[北京大学] is in [北京]"]


@pytest.mark.parametrize(
    ("said", "query", "snippet"),
    [
        ("Read main.sales.orders first", "orders", "Read main.sales.[orders] first"),
        ("Read main.sales.orders first", "main.sales.orders", "Read [main].[sales].[orders] first"),
        ("Read main.sales.orders first", '"sales.orders first"', "Read main.[sales].[orders] [first]"),
        ("<td>Lisbon</td> <b class=porto>", "porto", "<td>Lisbon</td> <b class=[porto]>"),
        ("if a<b and c>d: List<String>", "string", "if a<b and c>d: List<[String]>"),
        ("if a<b and c>d: List<String>", "List<String>", "if a<b and c>d: [List]<[String]>"),
        ("mail ann.lee@example.com", "example", "mail ann.lee@[example].com"),
        ("in /Volumes/main/raw/lisbon.csv", "lisbon", "in /Volumes/main/raw/[lisbon].csv"),
        ("see https://example.com/ports?id=7", "ports", "see https://example.com/[ports]?id=7"),
        ("the 3.14 of 2025", "3.14", "the [3].[14] of 2025"),
        ("AT&amp;T 😀Lisbon😀", "lisbon", "AT&amp;T 😀[Lisbon]😀"),
    ],
)
def test_words_in_code_and_addresses_are_found_and_shown_verbatim(
    anns_store: PostgresStore, said: str, query: str, snippet: str
) -> None:
    answered(anns_store, question="x", said=said)
    assert contents(anns_store.search(query).hits) == [snippet]


@pytest.mark.parametrize(
    "query",
    [
        "lis",
        "lisbon before",
        "lisbon -madrid",
        "porto-lisbon",
        '"lisbon before"',
        "madrid or lisbon",
        "zü",
        "zür",
        "grosse",
    ],
)
def test_matching_words_are_marked_in_a_hit(anns_store: PostgresStore, query: str) -> None:
    """What counts as a word is said twice: in SQL, which finds, and in Python, which marks."""
    answered(anns_store, question="x", said="Lisbon before Porto-Lisbon, GROSSE zü, Zürich")
    (hit,) = contents(anns_store.search(query).hits)
    assert "[" in hit


def test_a_search_that_is_too_long_is_refused(ann: Store) -> None:
    with pytest.raises(BadInput):
        ann.search("x" * 201)
    with pytest.raises(BadInput):
        ann.search_chats("x" * 201)


def test_the_number_of_hits_is_limited(ann: Store) -> None:
    for _ in range(5):
        answered(ann, question="Lisbon", said="Lisbon")
    assert len(ann.search("Lisbon", 3).hits) == 3
    assert len(ann.search("Lisbon", 20).hits) == 15


def walked(look: Callable[..., Any], query: str, limit: int) -> list[Any]:
    """The pages of `search` or `search_chats` from the first to the last."""
    pages, after = [], None
    while True:
        pages.append(look(query, limit, after=after))
        after = pages[-1].cursor
        if after is None:
            return pages


def test_the_pages_of_a_search_hold_each_hit_once_whatever_happens_meanwhile(ann: Store) -> None:
    for number in range(7):
        answered(ann, question="Lisbon" if number % 2 else "x", said=f"Lisbon {number}")
    whole = ann.search("Lisbon", 100).hits
    assert len(whole) == 3 + 3 + 7
    for limit in (1, 2, 5, 13):
        pages = walked(ann.search, "Lisbon", limit)
        assert [hit for page in pages for hit in page.hits] == whole
        assert {len(page.hits) for page in pages[:-1]} <= {limit}
    first = ann.search("Lisbon", 8)
    answered(ann, question="Lisbon again", said="Lisbon")
    ann.delete_chat(first.hits[-1].chat_id)
    rest = ann.search("Lisbon", 100, after=first.cursor).hits
    assert rest == [hit for hit in whole[8:] if hit.chat_id != first.hits[-1].chat_id]


def test_each_chat_is_found_once_with_its_newest_hits_titles_first(ann: Store) -> None:
    said = answered(ann, question="x", said="Lisbon once")
    titled = answered(ann, question="Where is Lisbon?", said="In Portugal")
    for number in range(5):
        answered(ann, said.chat_id, question="y", said=f"Lisbon number {number}")
    answered(ann, question="z", said="Madrid")
    both = ann.search_chats("Lisbon").chats
    assert [chat.id for chat in both] == [titled.chat_id, said.chat_id]
    assert [chat.title.replace(MARK_START, "[").replace(MARK_END, "]") for chat in both] == [
        "Where is [Lisbon]?",
        "x",
    ]
    assert [(len(chat.hits), chat.hit_count) for chat in both] == [(1, 1), (HITS_A_CHAT, 6)]
    assert contents(both[1].hits) == [f"[Lisbon] number {number}" for number in (4, 3, 2)]
    assert (both[1].agent, both[1].is_archived) == ("demo", False)
    ann.edit_chat(said.chat_id, edits.archive(True))
    assert ann.search_chats("Lisbon").chats[1].is_archived


def test_the_pages_of_chats_hold_each_chat_once(ann: Store) -> None:
    turns = [answered(ann, question="Lisbon" if number % 3 == 0 else "x", said="Lisbon") for number in range(8)]
    for turn in turns[:4]:
        answered(ann, turn.chat_id, question="y", said="Lisbon again")
    whole = [chat.id for chat in ann.search_chats("Lisbon", 100).chats]
    assert sorted(whole) == sorted(turn.chat_id for turn in turns)
    for limit in (1, 2, 3, 8):
        pages = walked(ann.search_chats, "Lisbon", limit)
        assert [chat.id for page in pages for chat in page.chats] == whole


def test_another_user_finds_nothing_in_private_or_public_chats(ann: Store, bob: Store) -> None:
    turn = answered(ann, question="Lisbon", said="Lisbon")
    assert bob.search("Lisbon").hits == []
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    assert bob.search("Lisbon").hits == []


def test_search_reflects_deleted_and_renamed_chats(ann: Store) -> None:
    turn = answered(ann, question="x", said="Lisbon")
    ann.edit_chat(turn.chat_id, edits.rename("Portugal"))
    assert [hit.message_id for hit in ann.search("portugal").hits] == [None]
    ann.delete_chat(turn.chat_id)
    assert ann.search("portugal").hits == ann.search("lisbon").hits == []


def test_stored_text_cannot_add_marks_to_a_snippet(ann: Store) -> None:
    answered(ann, question="x", said=f"{MARK_START}<b>Lisbon</b>{MARK_END}")
    (hit,) = ann.search("Lisbon").hits
    (snippet,) = contents([hit])
    assert (snippet.count("["), snippet.count("]")) == (1, 1)
    assert "[Lisbon]" in snippet


@pytest.fixture
def anns_store(database: Database) -> PostgresStore:
    return PostgresStore(database, ANN)


def test_a_chat_in_the_trash_is_not_found(cluster: Cluster, database_name: str, anns_store: PostgresStore) -> None:
    kept, trashed = (answered(anns_store, question="Lisbon", said="Lisbon") for _ in range(2))
    trash = sql.SQL("UPDATE chat.chats SET deleted_at = now() WHERE id = {}").format(sql.Literal(str(trashed.chat_id)))
    administer(cluster, trash, database_name)
    assert {hit.chat_id for hit in anns_store.search("Lisbon").hits} == {kept.chat_id}
    (found,) = anns_store.search_chats("Lisbon").chats
    assert (found.id, len(found.hits)) == (kept.chat_id, 2)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ('"lisbon before"', True),
        ('"before lisbon"', False),
        ("lisbon -madrid", True),
        ("lisbon -porto", False),
        ('lisbon -"before porto"', False),
        ("madrid or lisbon", True),
        ("porto-lis", False),
        ("-madrid lis", True),
        ("-porto lis", False),
        ("lisbon -por", True),
        ("-madrid", False),
        ("madrid or lis", True),
        ('"lisbon before" por', True),
    ],
)
def test_a_search_accepts_the_syntax_of_web_searches(anns_store: PostgresStore, query: str, is_found: bool) -> None:
    answered(anns_store, question="x", said="Lisbon before Porto")
    assert bool(anns_store.search(query).hits) == is_found


def test_answers_of_any_length_are_found_by_their_beginning(anns_store: PostgresStore) -> None:
    random.seed(7)
    words = [f"w{random.getrandbits(60):x}" for _ in range(60_000)]
    for said in (" ".join(words), "x" * 300_000, "\U0001d11e\U0001d122 " * 60_000):
        turn = answered(anns_store, question="x", said=said)
        assert anns_store.list_messages(turn.chat_id)[-1].content == said
    assert anns_store.search(words[5]).hits


FILL = """
INSERT INTO chat.users (id) VALUES ('ann@example.com'), ('bob@example.com');
INSERT INTO chat.chats (user_id) SELECT 'ann@example.com' FROM generate_series(1, 500);
INSERT INTO chat.messages (chat_id, user_id, role, status, content)
SELECT chats.id, chats.user_id, 'user', 'complete', 'word' || (number % 1000) || ' everywhere'
  FROM chat.chats, generate_series(1, 20) AS number;
INSERT INTO chat.chats (user_id, title)
SELECT 'ann@example.com', 'word' || number FROM generate_series(1, 5000) AS number;
ANALYZE chat.chats, chat.messages;
"""


def plan(database: Database, query: str, **binds: Any) -> str:
    explained = text(f"{SET_USER_CONTEXT}; EXPLAIN {queries()[query].text}")
    places = {"before": None, "after_at": None, "after_id": None}
    words = {"words": "word7", "finished": None, "unfinished": None}
    binds = {"user_id": ANN.id, "limit": 20, **words, **places, **binds}
    with database.engine.connect() as connection:
        return "\n".join(connection.scalars(explained, {**NOBODY, **binds}))


def test_words_are_found_by_the_index_despite_row_level_security(
    cluster: Cluster, database_name: str, database: Database
) -> None:
    administer(cluster, FILL, database_name)
    for index, query, scope in (
        ("messages_by_word", "search_all_messages", "own"),
        ("chats_by_word", "search_titles", "titles"),
    ):
        found = plan(database, query, search="word7", scope=scope)
        assert f"Bitmap Index Scan on {index}" in found
        (condition,) = {line.strip() for line in found.splitlines() if "Index Cond" in line and "search" in line}
        assert "word7" in condition
        # Without btree_gin the owner cannot stand in the index: searching is slower then, and finds the same.
        assert ("user_id =" in condition) == has_btree_gin(database)


def test_the_newest_messages_are_searched_in_index_order(
    cluster: Cluster, database_name: str, database: Database
) -> None:
    administer(cluster, FILL, database_name)
    found = plan(database, "search_newest_messages", depth=100)
    assert "Index Scan using messages_by_user" in found


@pytest.mark.on_one_postgres
def test_frequent_words_and_old_messages_are_both_found(
    cluster: Cluster, database_name: str, anns_store: PostgresStore
) -> None:
    administer(cluster, FILL, database_name)
    assert len(anns_store.search("everywhere").hits) == PAGE_LIMIT
    old = answered(anns_store, question="x", said="Once upon a time, everywhere")
    administer(cluster, FILL.partition(";")[2], database_name)
    assert [hit.message_id for hit in anns_store.search("upon everywhere").hits] == [old.turn_id]
    newest = anns_store.search("everywhere", limit=1).hits[0].message_id
    assert newest not in (None, old.turn_id)


SPOKEN = """
SET session_replication_role = replica;
INSERT INTO chat.users (id) VALUES ({owner});
INSERT INTO chat.chats (user_id) SELECT {owner} FROM generate_series(1, 100);
INSERT INTO chat.messages (chat_id, user_id, role, status, content, search)
SELECT chats.id, {owner}, 'user', 'complete', said, to_tsvector('simple', said)
  FROM chat.chats, generate_series(1, 70) AS number,
       concat_ws(' ', 'always', 'number' || number, CASE WHEN number % 3 = 0 THEN 'seldom' END) AS said
 WHERE chats.user_id = {owner}
 ORDER BY number;
ANALYZE chat.chats, chat.messages;
"""


@pytest.mark.parametrize(
    ("query", "limit", "ways", "found"),
    [
        ("always ", 150, ["newest"], [70, 69]),
        ("seldom ", 800, ["newest", "recent"], range(69, 45, -3)),
        ("number1 ", 200, ["newest", "all"], [1]),
        ("number1", 2_000, ["newest", "all"], [*range(19, 9, -1), 1]),
        ("number1 alw", 200, ["newest", "all"], [1]),
        ("seldom numb", 3_000, ["newest", "newest"], range(69, 0, -3)),
        ('"number seldom"', 200, ["newest", "all"], []),
    ],
)
def test_each_way_to_find_messages_finds_the_newest(
    cluster: Cluster, database_name: str, database: Database, query: str, limit: int, ways: list[str], found: list[int]
) -> None:
    for owner in (ANN, BOB):
        administer(cluster, sql.SQL(SPOKEN).format(owner=sql.Literal(owner.id)), database_name)
    taken: list[str] = []
    own = UserRows(database, ANN, None).own

    def rows(name: str, **binds: Any) -> list[Any]:
        taken.append(name)
        return own(name, **binds)

    words = words_of(own, query)
    assert words
    hits = MessageSearch(rows, words).newest("messages", limit, None)
    assert taken == [f"search_{way}_messages" for way in ways]
    said = [int(hit["text"].split()[1].removeprefix("number")) for hit in hits]
    assert said == [number for number in found for _ in range(100)][:limit]


def has_btree_gin(database: Database) -> bool:
    available = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gin')"
    with database.engine.connect() as connection:
        return bool(connection.scalar(text(available)))


@pytest.fixture
def unextended(cluster: Cluster, database_name: str) -> str:
    """A database whose app may create no extension: it lost the right after its first migrations."""
    name = f"{database_name}_unextended"
    bind(cluster, role=ROLE, database=name)
    administer(cluster, sql.SQL("ALTER ROLE {} PASSWORD 'tests' VALID UNTIL 'infinity'").format(sql.Identifier(ROLE)))
    return name


def test_without_the_right_to_create_extensions_search_works_through_a_plain_index(
    cluster: Cluster, unextended: str, tmp_path: Path
) -> None:
    database = connect(DatabaseUrl(cluster.dsn(ROLE, "tests", unextended)), Workspace())
    for file in sorted(MIGRATIONS.glob("*.sql"))[:2]:
        (tmp_path / file.name).write_text(file.read_text())
    database.run(lambda engine: migrate(engine, tmp_path), MIGRATE_SECONDS)
    revoke = sql.SQL("REVOKE CREATE ON DATABASE {} FROM {}")
    administer(cluster, revoke.format(sql.Identifier(unextended), sql.Identifier(ROLE)))
    database.run(migrate, MIGRATE_SECONDS)
    administer(cluster, FILL, unextended)
    assert "Bitmap Index Scan on messages_by_word" in plan(database, "search_all_messages", search="word7")
    assert "Bitmap Index Scan on chats_by_word" in plan(database, "search_titles", search="word7", scope="titles")
    store = PostgresStore(database, BOB)
    answered(store, question="x", said="word7 of Bob")
    assert contents(store.search("word7").hits) == ["[word7] of Bob"]
    with database.engine.connect() as connection:
        extended = "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gin'"
        assert connection.scalar(text(extended)) == 0
    database.dispose()


Ask = Callable[..., Client]
HIT = {"chatId", "messageId", "title", "snippet", "createdAt", "agent", "role"}


def test_the_search_route_gives_snippets_without_marks(client_of: Ask) -> None:
    ann = client_of(**{"x-forwarded-email": ANN.id})
    chat_id = chat_of(ann.ask("Which region sold most last quarter?"))
    hits = ann.get("/search", q="region sol").json()["data"]
    assert {hit["chatId"] for hit in hits} == {chat_id}
    assert all(set(hit) == HIT for hit in hits)
    assert {(hit["messageId"] is None, hit["role"]) for hit in hits} >= {(True, None), (False, "user")}
    assert "Which region sold most last quarter?" in [hit["snippet"] for hit in hits]
    for params in ({}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "limit": "0"}, {"q": "x", "limit": "101"}):
        assert_error(ann.get("/search", **params), 422, "invalid_request")
    assert ann.get("/search", q=str(uuid4())).json() == {"data": [], "hasMore": False, "nextCursor": None}


def test_the_api_gives_the_hits_in_pages(client_of: Ask) -> None:
    ann = client_of(**{"x-forwarded-email": ANN.id})
    chat_of(ann.ask("Which region sold most last quarter?"))
    whole = ann.get("/search", q="region", limit="100").json()
    assert (whole["hasMore"], whole["nextCursor"]) == (False, None)
    found, cursor = [], {}
    while True:
        page = ann.get("/search", q="region", limit="1", **cursor).json()
        found += page["data"]
        if not page["hasMore"]:
            break
        cursor = {"starting_after": page["nextCursor"]}
    assert found == whole["data"]
    assert len(found) > 1
    for wrong in ("x", str(uuid4()), "_w" * 17):
        assert_error(ann.get("/search", q="region", starting_after=wrong), 400, "bad_input")

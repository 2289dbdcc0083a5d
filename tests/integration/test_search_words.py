"""Search as people type: accents, forms of words, typos, phrases; in Postgres and in memory, in any language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2 import sql
from sqlalchemy import text

from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.migrate import MIGRATE_SECONDS, MIGRATIONS, migrate
from lib.outage.search_indexer import SearchIndexer
from lib.search_languages import SEARCH_LANGUAGES
from lib.store.folding import folded, folded_in_place
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.postgres import PostgresStore
from lib.store.search_hit import MARK_END, MARK_START, SearchHit
from lib.store.search_words import near
from lib.store.stems import stem
from lib.store.store import Store
from lib.workspace import Workspace
from local.lakebase import bind
from local.postgres import Cluster
from tests.conftest import ANN, BOB, ROLE, administer
from tests.integration.test_store import ann, answered, bob  # noqa: F401
from tests.waiting import until

# ruff: noqa: F811
pytestmark = pytest.mark.on_every_postgres


def marked(hits: list[SearchHit]) -> list[str]:
    return [hit.snippet.replace(MARK_START, "[").replace(MARK_END, "]") for hit in hits]


@pytest.mark.parametrize(
    ("said", "query", "snippet"),
    [
        ("Send me your résumé today", "resume", "Send me your [résumé] today"),
        ("Send me your resume today", "résumé", "Send me your [resume] today"),
        ("Send me your re\u0301sume\u0301 today", "resume", "Send me your [re\u0301sume\u0301] today"),
        ("Send me your résumé today", "re\u0301sume\u0301", "Send me your [résumé] today"),
        ("From Zürich to Bern", "ZURICH", "From [Zürich] to Bern"),
        ("From Zurich to Bern", "zürich", "From [Zurich] to Bern"),
        ("Die STRASSE dort", "straße", "Die [STRASSE] dort"),
        ("Smørrebrød and Łódź", "lodz smorrebrod", "[Smørrebrød] and [Łódź]"),
        ("ΟΔΟΣ Αθηνών", "οδος αθηνων", "[ΟΔΟΣ] [Αθηνών]"),
        ("Мой дом", "мой", "[Мой] дом"),
        ("All sales of June", "sale", "All [sales] of June"),
        ("One sale in June", "sales", "One [sale] in June"),
        ("Companies reported", "company report", "[Companies] [reported]"),
        ("To be or not to be", '"to be or not to be"', "[To] [be] [or] [not] [to] [be]"),
        ("the end of it", "the of", "[the] end [of] it"),
        ("Read main.sales.orders first", "main.sales.ord", "Read [main].[sales].[orders] first"),
        ("Order 4711 came", "4711", "Order [4711] came"),
        ("mail ann.lee@example.com", "ann.lee@example.com", "mail [ann].[lee]@[example].[com]"),
        ("北京大学 is in 北京", "北", "[北京大学] is in [北京]"),
        ("ガイド です", "ガイド", "[ガイド] です"),
        ("Sales tax of Porto", '"sales tax"', "[Sales] [tax] of Porto"),
        ("Sales tax of Porto", "lisbon or porto", "Sales tax of [Porto]"),
        ("Sales tax of Porto", "tax -lisbon", "Sales [tax] of Porto"),
        ("Sales tax of Porto", "por", "Sales tax of [Porto]"),
    ],
)
def test_what_people_type_is_found_and_marked(ann: Store, said: str, query: str, snippet: str) -> None:
    answered(ann, question="x", said=said)
    assert marked(ann.search(query).hits) == [snippet]
    assert [marked(chat.hits) for chat in ann.search_chats(query).chats] == [[snippet]]


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("Sales tax of Porto", '"sale tax"'),
        ("Sales tax of Porto", '"tax sales"'),
        ("Sales tax of Porto", "tax -sale"),
        ("Sales tax of Porto", "tax -porto"),
        ("Sales tax of Porto", '-"sales tax" porto'),
        ("Sales tax of Porto", "-lisbon"),
        ("Sales tax of Porto", "port of lisbon"),
        ("Sales tax of Porto", "slaes"),
        ("The organ played", "organs of state"),
        ("nothing like it", "to be or not to be"),
    ],
)
def test_what_is_not_searched_for_is_not_found(ann: Store, said: str, query: str) -> None:
    answered(ann, question="x", said=said)
    assert ann.search(query).hits == []
    assert ann.search_chats(query).chats == []


@pytest.mark.parametrize(
    "query", ["revnue", "revvenue", "revemue", "reveune", "Révnue", "quaterly revnue", "quarterly revnue"]
)
def test_a_typo_in_a_word_of_a_title_is_forgiven(ann: Store, bob: Store, query: str) -> None:
    turn = answered(ann, question="Quarterly revenue of 2024", said="42")
    answered(bob, question="Quarterly revenue of 2024", said="42")
    (hit,) = ann.search(query).hits
    assert (hit.chat_id, hit.message_id) == (turn.chat_id, None)
    assert [chat.id for chat in ann.search_chats(query).chats] == [turn.chat_id]


@pytest.mark.parametrize("query", ["2025", "rvneue", "ox", "revnue tax", "tax revnue", '"quarterly revnue"'])
def test_other_words_are_no_typos(ann: Store, query: str) -> None:
    answered(ann, question="Quarterly revenue of 2024, on us", said="42")
    assert ann.search(query).hits == []


def test_what_only_looks_like_the_words_comes_last(ann: Store) -> None:
    similar = answered(ann, question="Revenue of June", said="42")
    said = answered(ann, question="x", said="the revnue that I meant")
    titled = answered(ann, question="Revnue with a typo", said="42")
    hits = ann.search("revnue").hits
    assert [hit.chat_id for hit in hits] == [titled.chat_id, titled.chat_id, said.chat_id, similar.chat_id]
    whole = [chat.id for chat in ann.search_chats("revnue").chats]
    assert whole == [titled.chat_id, said.chat_id, similar.chat_id]
    pages, after = [], None
    for _ in range(3):
        page = ann.search_chats("revnue", 1, after=after)
        pages, after = [*pages, *page.chats], page.cursor
    assert ([chat.id for chat in pages], after) == (whole, None)


def test_a_branch_that_is_not_open_is_found_with_its_message(ann: Store) -> None:
    first = answered(ann, question="x", said="Lisbon")
    answered(ann, first.chat_id, question="y", said="Porto")
    assert [hit.message_id for hit in ann.search("Lisbon").hits] == [first.turn_id]


TEXTS = [
    "Résumé Zu\u0308rich ŁÓDŹ straße ŒUVRE Ærø þing İstanbul ﬁne",
    "Мой ёлка Й и\u0306 їжак ΟΔΟΣ Αθηνών",
    "北京大学 ガイド か\u3099 ሰላም עִבְרִית हिन्दी ไทย 한국어 \u1112\u1161\u11ab",
    "x² m² revenue¹ ™ 😀 don\u2019t",
]


@pytest.mark.parametrize("said", TEXTS)
def test_accents_mean_the_same_here_and_in_the_database(database: Database, said: str) -> None:
    with database.engine.connect() as connection:
        assert folded(said) == connection.scalar(text("SELECT chat.unaccented(:said)"), {"said": said})
    plain, places = folded_in_place(said)
    assert plain == "".join(map(folded, said))
    assert places is None or [said[at] for at in places[:-1] if said[at].isascii()] == [c for c in said if c.isascii()]


WORDS = (
    "sales sale companies company organization resume resumes running quarterly revenue analyses customers hauser "
    "haus straßen ventes vente vendu mangees ventas venta vendite продажи продажа заказы 2024 北京"
)


def test_stems_mean_the_same_here_and_in_the_database(database: Database) -> None:
    stems_of = text("SELECT tsvector_to_array(to_tsvector('chat.language', :word))")
    for language in SEARCH_LANGUAGES:
        assert database.rows("set_search_language", language=language)
        for word in map(folded, WORDS.split()):
            with database.engine.connect() as connection:
                stems = connection.scalar(stems_of, {"word": word})
            assert stems == [stem(word, language)] or not word.isalpha(), (language, word)


@pytest.mark.parametrize("word", ["sale", "sales", "abc", "2024", "x" * 30, "x" * 31, "aaaa", "résumé"])
def test_typos_mean_the_same_here_and_in_the_database(database: Database, word: str) -> None:
    with database.engine.connect() as connection:
        forms = connection.scalar(text("SELECT chat.near(:word)"), {"word": word})
    assert {form.removeprefix("~") for form in forms or []} == near(word)


@pytest.fixture
def former(cluster: Cluster, database_name: str, tmp_path: Path) -> Iterator[Database]:
    """A database as it was before words had stems, with a chat of Ann's and one of Bob's."""
    name = f"{database_name}_former"
    bind(cluster, role=ROLE, database=name)
    administer(cluster, sql.SQL("ALTER ROLE {} PASSWORD 'tests' VALID UNTIL 'infinity'").format(sql.Identifier(ROLE)))
    made = connect(DatabaseUrl(cluster.dsn(ROLE, "tests", name)), Workspace())
    for file in sorted(MIGRATIONS.glob("*.sql")):
        if "search_words" in file.name:
            break
        (tmp_path / file.name).write_text(file.read_text())
    made.run(lambda engine: migrate(engine, tmp_path), MIGRATE_SECONDS)
    for owner in (ANN, BOB):
        administer(
            cluster,
            sql.SQL(
                "INSERT INTO chat.users (id) VALUES ({owner}); "
                "INSERT INTO chat.chats (user_id, title) VALUES ({owner}, 'Quarterly sales in Zürich'); "
                "INSERT INTO chat.messages (chat_id, user_id, role, status, content) "
                "SELECT id, user_id, 'user', 'complete', 'Which sales in Zürich, number ' || n "
                "  FROM chat.chats, generate_series(1, 450) AS n WHERE user_id = {owner}"
            ).format(owner=sql.Literal(owner.id)),
            name,
        )
    made.run(migrate, MIGRATE_SECONDS)
    yield made
    made.dispose()


def indexed(database: Database, seconds: int = 0) -> int:
    """Do all that is left; how many batches it took."""
    batches = 0
    while database.rows("index_more", scope="people", batch=200, seconds=seconds)[0]["written"] is not None:
        batches += 1
    return batches


def test_rows_of_before_are_found_as_before_and_then_as_new_ones(former: Database) -> None:
    store = PostgresStore(former, ANN)
    for query in ("sales", "zürich", "Zürich sal", "quarterly", '"sales in zürich"'):
        assert store.search(query).hits, query
    assert store.search("zurich").hits == store.search("quartrely").hits == []
    new = answered(store, question="x", said="One sale in Zurich")
    assert [hit.message_id for hit in store.search("zürich sale one").hits] == [new.turn_id]
    assert indexed(former) == 1 + 1 + 5 + 1 - 1
    assert len(store.search("zurich sale", 1_000).hits) == 1 + 1 + 450
    assert store.search("quartrely").hits
    assert indexed(former) == 0


def test_another_language_has_all_rows_indexed_again(former: Database) -> None:
    store = PostgresStore(former, ANN, language="german")
    indexed(former)
    assert former.rows("set_search_language", language="german")[0]["is_new"]
    assert not former.rows("set_search_language", language="german")[0]["is_new"]
    assert store.search("zurich").hits
    assert indexed(former) > 5
    answered(store, question="x", said="Alle Häuser der Stadt")
    assert marked(store.search("haus").hits) == ["Alle [Häuser] der Stadt"]
    former.rows("set_search_language", language="simple")
    indexed(former)
    # The title has a word like it.
    assert {hit.message_id for hit in PostgresStore(former, ANN, language="simple").search("sale zurich").hits} == {
        None
    }
    assert PostgresStore(former, ANN, language="simple").search("sales zurich").hits


def test_several_replicas_index_in_the_background_and_then_nothing_is_asked(
    former: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.outage.search_indexer.SETTLED_SECONDS", 0)
    indexers = [SearchIndexer(former, "english") for _ in range(3)]
    for each in indexers:
        each.start()
    done = text("SELECT is_complete FROM chat.search_index")

    def is_complete() -> bool:
        with former.engine.connect() as connection:
            return bool(connection.scalar(done))

    until(is_complete)
    for each in indexers:
        each.close()
    assert len(PostgresStore(former, ANN).search("zurich sale", 1_000).hits) == 451
    assert len(PostgresStore(former, BOB).search("zurich sale", 1_000).hits) == 451


def test_memory_knows_the_language_too() -> None:
    store = MemoryStore(MemoryChats(), ANN, "german")
    answered(store, question="x", said="Alle Häuser der Stadt")
    assert marked(store.search("haus").hits) == ["Alle [Häuser] der Stadt"]
    assert MemoryStore(MemoryChats(), ANN, "simple").search("x").hits == []

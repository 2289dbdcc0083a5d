"""The figures of the Insights page: counted live, kept for ended days, and seen by those who may."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.db.database import Database
from lib.identity import User
from lib.messages.parts import Part, Text, ToolCall, ToolResult
from lib.messages.tool_failure import is_failure
from lib.store import edits
from lib.store.insights import PostgresDailyCounts, PostgresInsights
from lib.store.insights_models import Counts, ToolUse, Usage
from lib.store.models import NewTurn
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from tests.conftest import ANN, BOB
from tests.integration.test_imports import taken_away
from tests.integration.test_row_level_security import run
from tests.integration.test_store import ending_of, new_turn

pytestmark = pytest.mark.on_every_postgres
TODAY = datetime.now(UTC).date()
FAILED_CALL = (ToolCall(id="1", name="sql", arguments="{}"), ToolResult(call_id="1", output='{"error": "no table"}'))
GOOD_CALL = (ToolCall(id="2", name="sql", arguments="{}"), ToolResult(call_id="2", output="42"))


class World:
    """Ann and Bob, what they ask, and the days on which they do."""

    def __init__(self, database: Database, dsn: str) -> None:
        self.database, self.dsn = database, dsn
        self.stores = {user.id: PostgresStore(database, user) for user in (ANN, BOB)}

    def ask(
        self, user: User = ANN, days_ago: int = 0, agent: str = "demo", seconds: float = 4, **ending: Any
    ) -> NewTurn:
        turn = new_turn(agent=agent)
        self.stores[user.id].start_turn(turn)
        ending = {"first_event_ms": 1000, "usage": {"input_tokens": 9, "output_tokens": 2}, **ending}
        parts: list[Part] = ending.pop("parts", [Text("42")])
        self.stores[user.id].finish_turn(replace(ending_of(turn, **ending), parts=parts))
        at = self.noon(days_ago)
        self.execute(
            "UPDATE chat.turns SET started_at = %s, ended_at = %s WHERE id = %s",
            *(at, at + timedelta(seconds=seconds), str(turn.turn_id)),
        )
        return turn

    def vote(self, turn: NewTurn, is_upvoted: bool, user: User = ANN, days_ago: int = 0, **why: Any) -> None:
        assert self.stores[user.id].vote(turn.turn_id, is_upvoted, **why)
        self.execute(
            "UPDATE chat.votes SET updated_at = %s WHERE message_id = %s AND user_id = %s",
            *(self.noon(days_ago), str(turn.turn_id), user.id),
        )

    def noon(self, days_ago: int) -> datetime:
        """Today it is a moment that has passed."""
        if not days_ago:
            return datetime.now(UTC) - timedelta(microseconds=1)
        return datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days=days_ago)

    def count_days(self) -> int:
        counts = PostgresDailyCounts(self.database)
        return sum(iter(counts.count_day, 0))

    def usage(self, user: User | None = ANN, days: int = 7, agent: str | None = None) -> Usage:
        return self.insights(user).usage(days, agent)

    def insights(self, user: User | None, reader: User = ANN) -> PostgresInsights:
        return PostgresInsights(self.database, user and user.id, reader.id)

    def execute(self, statement: str, *values: Any) -> list[Any]:
        """As the server's superuser."""
        with closing(psycopg2.connect(self.dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def world(cluster: Cluster, database: Database, database_name: str) -> World:
    return World(database, cluster.admin_dsn(database_name))


def counted(usage: Usage, days_ago: int = 0) -> Counts:
    (found,) = (day.counts for day in usage.days if day.day == TODAY - timedelta(days=days_ago))
    return found


def test_what_happened_today_is_counted_when_it_is_asked_for(world: World) -> None:
    first = world.ask(parts=[*FAILED_CALL, *GOOD_CALL, Text("42")])
    world.ask(status="failed", trace_id=None, failure="rate_limited")
    world.ask(trace_id=None)
    world.ask(status="stopped")
    world.stores[ANN.id].start_turn(new_turn())
    world.vote(first, True)
    usage = world.usage()
    found = counted(usage)
    assert found == usage.total
    assert (found.questions, found.complete, found.failed, found.stopped) == (5, 2, 1, 1)
    assert (found.untraced, found.upvotes, found.downvotes, found.helpful_share) == (1, 1, 0, 1.0)
    assert (found.input_tokens, found.output_tokens) == (36, 8)
    assert found.first_word and found.duration
    assert found.first_word.p50_ms == found.first_word.p95_ms == pytest.approx(1000, rel=0.05)
    assert found.duration.p95_ms == pytest.approx(4000, rel=0.05)
    assert usage.tools == {"sql": ToolUse(2, 1)}
    assert usage.failures == {"rate_limited": 1}
    assert [day.day for day in usage.days] == [TODAY - timedelta(days=ago) for ago in (6, 5, 4, 3, 2, 1, 0)]
    assert [day.users for day in usage.days] == [0] * 6 + [1]


def test_an_ended_day_keeps_what_was_counted_of_it(world: World) -> None:
    for days_ago in (1, 2, 5):
        world.vote(world.ask(days_ago=days_ago, parts=[*FAILED_CALL]), False, days_ago=days_ago)
        world.ask(BOB, days_ago=days_ago, seconds=40)
    before = world.usage(days=2), world.usage(None, days=2)
    assert world.count_days() == 5
    assert (world.usage(days=2), world.usage(None, days=2)) == before
    assert world.count_days() == 0
    for user in (ANN, BOB):
        world.stores[user.id].delete_some_chats()
    of_everybody = world.usage(None)
    assert [day.counts.questions for day in of_everybody.days] == [0, 2, 0, 0, 2, 2, 0]
    assert [day.users for day in of_everybody.days] == [0, 2, 0, 0, 2, 2, 0]
    assert of_everybody.total.duration and of_everybody.total.duration.p50_ms == pytest.approx(4000, rel=0.05)
    assert of_everybody.total.duration.p95_ms == pytest.approx(40_000, rel=0.05)
    assert world.usage().total.questions == 3
    assert world.usage().tools == {"sql": ToolUse(3, 3)}


def test_a_day_is_counted_once_more_for_what_came_late(world: World) -> None:
    world.ask(days_ago=3)
    world.ask(days_ago=1)
    world.execute("INSERT INTO chat.counted_days SELECT %s, %s", TODAY - timedelta(days=3), world.noon(2))
    assert world.count_days() == 3
    assert counted(world.usage(), 3).questions == 1
    world.ask(days_ago=3)
    assert world.count_days() == 0
    assert counted(world.usage(), 3).questions == 1
    world.execute(
        "UPDATE chat.counted_days SET counted_at = %s WHERE day = %s", world.noon(2), TODAY - timedelta(days=3)
    )
    assert world.count_days() == 1
    assert counted(world.usage(), 3).questions == 2


def test_only_one_process_counts_at_a_time(world: World) -> None:
    world.ask(days_ago=1)

    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(5136007201126044)")
        assert world.count_days() == 0
        connection.rollback()
    assert world.count_days() == 1


def test_counts_are_kept_no_longer_than_the_page_goes_back(world: World) -> None:
    world.ask(days_ago=1)
    for days_ago in (399, 401):
        world.execute(
            "INSERT INTO chat.daily_counts VALUES ('', %s, 'demo', 'questions', '', 7)",
            TODAY - timedelta(days=days_ago),
        )
    world.count_days()
    kept = {day for (day,) in world.execute("SELECT day FROM chat.daily_counts")}
    assert kept == {TODAY - timedelta(days=days_ago) for days_ago in (1, 399)}


@pytest.mark.parametrize("is_counted", [False, True])
def test_the_figures_of_one_agent_leave_out_the_others(world: World, is_counted: bool) -> None:
    for user in (ANN, BOB):
        world.ask(user, days_ago=1, agent="sales")
    world.ask(days_ago=1, agent="stock", trace_id=None)
    if is_counted:
        world.count_days()
    usage = world.usage(None, agent="stock")
    assert (counted(usage, 1).questions, usage.total.questions) == (1, 1)
    assert [day.users for day in usage.days] == [0, 0, 0, 0, 0, 1, 0]
    assert {agent: (found.questions, found.untraced) for agent, found in usage.agents.items()} == {
        "sales": (2, 0),
        "stock": (1, 1),
    }
    assert [day.users for day in world.usage(None).days] == [0, 0, 0, 0, 0, 2, 0]


@pytest.mark.parametrize("is_counted", [False, True])
def test_everybodys_figures_have_those_of_others_and_ones_own_have_not(world: World, is_counted: bool) -> None:
    world.ask(ANN, days_ago=1)
    for _ in range(3):
        world.ask(BOB, days_ago=1, status="failed")
    if is_counted:
        world.count_days()
    assert world.usage(ANN).total.questions == 1
    assert world.usage(ANN).failures == {}
    assert world.usage(BOB).total.failed == 3
    assert world.usage(None).total.questions == 4


def test_what_was_imported_is_not_counted(world: World) -> None:
    turn = world.ask()
    world.execute("UPDATE chat.turns SET owner = 'import' WHERE id = %s", str(turn.turn_id))
    assert world.usage().total == Counts()


def test_a_vote_that_was_imported_is_not_counted(world: World) -> None:
    turn = world.ask()
    world.vote(turn, False)
    assert world.usage().total.downvotes == 1
    world.stores[BOB.id].import_chat(taken_away(world.stores[ANN.id], turn.chat_id))
    assert world.execute("SELECT count(*) FROM chat.votes WHERE user_id = %s", BOB.id) == [(1,)]
    assert world.usage(BOB).total == Counts()
    assert world.insights(BOB, BOB).voted_against(7).answers == []


def test_figures_go_with_their_user_and_stay_in_those_of_everybody(world: World) -> None:
    world.ask(ANN, days_ago=1)
    world.ask(BOB, days_ago=1)
    world.count_days()
    world.stores[ANN.id].delete_some_chats()
    world.stores[ANN.id].forget_user()
    assert world.usage(ANN).total == Counts()
    assert world.usage(BOB).total.questions == 1
    assert world.usage(None).total.questions == 2
    assert world.execute("SELECT count(*) FROM chat.daily_counts WHERE user_id = %s", ANN.id) == [(0,)]


def test_the_figures_of_one_person_are_added_up(world: World) -> None:
    for user in (ANN, BOB):
        world.ask(user, days_ago=1)
    world.count_days()
    run(
        world.database,
        "SELECT chat.join_users(ARRAY[:old], ARRAY[:new])",
        **{"scope": "people", "old": BOB.id, "new": ANN.id},
    )
    assert world.usage(ANN).total.questions == 2
    assert world.usage(BOB).total == Counts()


class TestVotesAgainst:
    def test_the_most_down_voted_come_first_with_why(self, world: World) -> None:
        worse, bad = world.ask(), world.ask()
        for turn in (worse, bad):
            world.stores[ANN.id].edit_chat(turn.chat_id, edits.set_visibility("public"))
        world.vote(bad, False, ANN, comment="Wrong year", tags=["incorrect"])
        world.vote(worse, False, ANN, days_ago=1)
        world.vote(worse, False, BOB, comment="Nonsense")
        found = world.insights(None, ANN).voted_against(7)
        assert [answer.downvotes for answer in found.answers] == [2, 1]
        assert [[remark.comment for remark in answer.remarks] for answer in found.answers] == [
            ["Nonsense"],
            ["Wrong year"],
        ]
        assert found.answers[1].remarks[0].tags == ("incorrect",)
        assert [answer.words and answer.words.message_id for answer in found.answers] == [worse.turn_id, bad.turn_id]
        first, second = (world.insights(None).voted_against(7, limit=1, offset=place) for place in (0, 1))
        assert (first.answers, second.answers) == (found.answers[:1], found.answers[1:])
        assert (first.has_more, second.has_more) == (True, False)
        assert world.insights(None).voted_against(7, "another").answers == []

    def test_nobody_reads_the_words_of_a_chat_that_is_not_shared(self, world: World) -> None:
        turn = world.ask(BOB, agent="sales")
        world.vote(turn, False, BOB, comment="Wrong")
        (answer,) = world.insights(None, ANN).voted_against(7).answers
        assert (answer.agent, answer.downvotes, answer.words) == ("sales", 1, None)
        world.stores[BOB.id].edit_chat(turn.chat_id, edits.set_visibility("public"))
        (answer,) = world.insights(None, ANN).voted_against(7).answers
        assert answer.words and (answer.words.question, answer.words.answer) == ("How much?", "42")

    def test_a_users_own_are_the_votes_that_they_cast(self, world: World) -> None:
        turn = world.ask(BOB)
        world.stores[BOB.id].edit_chat(turn.chat_id, edits.set_visibility("public"))
        world.vote(turn, False, ANN, comment="Wrong")
        assert world.insights(BOB, BOB).voted_against(7).answers == []
        (answer,) = world.insights(ANN, ANN).voted_against(7).answers
        assert answer.words and answer.words.chat_id == turn.chat_id
        world.stores[BOB.id].edit_chat(turn.chat_id, edits.set_visibility("private"))
        (answer,) = world.insights(ANN, ANN).voted_against(7).answers
        assert answer.words is None


class TestWalls:
    """What a statement sees that forgets its conditions."""

    TABLES = (
        "users",
        "chats",
        "messages",
        "turns",
        "turn_log",
        "votes",
        "charts",
        "files",
        "assessments",
        "daily_counts",
    )

    @pytest.fixture(autouse=True)
    def _counted(self, world: World) -> None:
        world.vote(world.ask(ANN, days_ago=1), False, ANN, days_ago=1)
        world.vote(world.ask(BOB, days_ago=1), True, BOB, days_ago=1)
        world.count_days()

    @pytest.mark.parametrize("table", TABLES)
    def test_the_scope_of_aggregates_shows_the_sums_of_everybody_and_nothing_else(
        self, world: World, table: str
    ) -> None:
        found = run(world.database, f"SELECT * FROM chat.{table}", scope="aggregates")  # noqa: S608
        assert bool(found) == (table == "daily_counts")
        if found:
            assert {row.user_id for row in found} == {""}

    @pytest.mark.parametrize("table", TABLES)
    def test_the_scope_of_votes_against_shows_them_and_nothing_else(self, world: World, table: str) -> None:
        found = run(world.database, f"SELECT * FROM chat.{table}", scope="against")  # noqa: S608
        assert len(found) == (table == "votes")

    @pytest.mark.parametrize("scope", ["own", "shared", "process", "against"])
    def test_no_other_scope_shows_the_sums_of_everybody(self, world: World, scope: str) -> None:
        assert run(world.database, "SELECT * FROM chat.daily_counts", scope=scope) == []
        rows = run(world.database, "SELECT * FROM chat.daily_counts", scope=scope, user_id=BOB.id)
        assert {row.user_id for row in rows} == {BOB.id}

    @pytest.mark.parametrize("of_user", [ANN.id, None])
    def test_live_counts_of_a_single_user_are_not_given_to_another(self, world: World, of_user: str | None) -> None:
        statement = "SELECT * FROM chat.counts_between(CURRENT_DATE - 3, CURRENT_DATE + 1, CAST(:of_user AS text))"
        for user_id in ("", BOB.id):
            rows = run(world.database, statement, scope="aggregates", of_user=of_user, user_id=user_id)
            assert {row.user_id for row in rows} <= {user_id, ""}
            assert ANN.id not in str(rows)
        assert run(world.database, statement, scope="aggregates", of_user="")
        assert run(world.database, statement, of_user="") == []

    def test_live_counts_put_the_scope_back(self, world: World) -> None:
        statement = (
            "SELECT count(*) FROM chat.counts_between(CURRENT_DATE - 3, CURRENT_DATE + 1, '');"
            "SELECT current_setting('chat.scope')"
        )
        assert run(world.database, statement, scope="aggregates") == [("aggregates",)]

    @pytest.mark.parametrize("scope", ["aggregates", "against"])
    def test_these_scopes_change_nothing(self, world: World, scope: str) -> None:
        for table in ("daily_counts", "votes", "turns"):
            assert run(world.database, f"UPDATE chat.{table} SET user_id = 'x'", scope=scope) == [0]  # noqa: S608
            assert run(world.database, f"DELETE FROM chat.{table}", scope=scope) == [0]  # noqa: S608


OUTPUTS = st.one_of(
    st.text(alphabet='{}[]":error,isErrFAILED0 \\u'),
    st.builds(
        json.dumps,
        st.one_of(
            st.lists(st.dictionaries(st.just("error"), st.integers())),
            st.fixed_dictionaries(
                {},
                optional={
                    "error": st.one_of(
                        *(
                            st.none(),
                            st.booleans(),
                            st.integers(-2, 2),
                            st.text(max_size=3),
                            st.just([]),
                            st.just({"a": 1}),
                        )
                    ),
                    "isError": st.one_of(st.booleans(), st.none(), st.just("true")),
                    "statement_id": st.text(max_size=2),
                    "status": st.one_of(
                        st.just("FAILED"), st.fixed_dictionaries({"state": st.sampled_from(["FAILED", "OK"])})
                    ),
                },
            ),
        ),
    ),
)


def test_the_database_takes_the_same_outputs_for_failures(database: Database) -> None:
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()

        @given(OUTPUTS.filter(lambda output: "\x00" not in output))
        def agree(output: str) -> None:
            cursor.execute("SELECT chat.is_tool_failure(%s)", (output,))
            assert cursor.fetchone() == (is_failure(output),)

        agree()


def test_a_time_is_at_most_five_percent_off(database: Database) -> None:
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()

        @given(st.integers(1, 3_600_000))
        def agree(milliseconds: int) -> None:
            cursor.execute("SELECT chat.bucket_middle(CAST(chat.bucket(%s) AS integer))", (milliseconds,))
            (shown,) = cursor.fetchone()
            assert abs(shown - milliseconds) <= 0.05 * milliseconds + 1

        agree()


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"input_tokens": 3, "output_tokens": 4}, (3, 4)),
        ({"prompt_tokens": 3, "completion_tokens": 4.0}, (3, 4)),
        ({"promptTokenCount": 3, "candidatesTokenCount": 4}, (3, 4)),
        ({"input_tokens": "many", "output_tokens": None}, (0, 0)),
        ({"input_tokens": -5, "output_tokens": 1e300}, (0, 10**12)),
        ({}, (0, 0)),
    ],
)
def test_tokens_are_counted_by_whatever_name(world: World, usage: dict[str, Any], tokens: tuple[int, int]) -> None:
    world.ask(usage=usage)
    total = world.usage().total
    assert (total.input_tokens, total.output_tokens) == tokens

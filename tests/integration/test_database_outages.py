"""A database whose connections are cut, or that is stopped, full, slow or silent: codes, time limits, no loss."""

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from psycopg2 import sql
from sqlalchemy import Engine, text

from lib.config import load
from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.deadline import ANSWER_SECONDS, CONNECT_SECONDS
from lib.db.failures import failure_code
from lib.db.retry import LAKEBASE_COLD_START_RETRY_POLICY, with_cold_start_retry
from lib.db.schema import Schema
from lib.errors import DatabaseUnavailable
from lib.identity import Asker
from lib.runtime import Runtime
from lib.store.postgres import PostgresStore
from lib.workspace import Workspace as AppWorkspace
from local.lakebase import bind
from local.postgres import Cluster
from local.postgres.temporary import fastest_directory
from local.workspace import Workspace
from tests.conftest import ANN, BOB, ROLE, administer
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import ask, asked, has_reconnected, in_database, pause_for, said
from tests.waiting import until

CUT_ALL_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
Connect = Callable[[str], Database]


@pytest.fixture
def connected() -> Iterator[Connect]:
    made: list[Database] = []

    def to(url: str) -> Database:
        made.append(connect(DatabaseUrl(url), AppWorkspace()))
        return made[-1]

    yield to
    for database in made:
        database.dispose()


def one(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT 1")) or 0)


def code_of(database: Database, work: Callable[[Engine], object] = one) -> str | None:
    with pytest.raises(DatabaseUnavailable) as caught:
        database.run(work)
    return caught.value.failure


def test_after_a_terminated_backend_the_second_attempt_succeeds(database_url: str, cluster: Cluster) -> None:
    """The failure as the retry policy sees it, without the pool, which replaces a stale connection by itself."""
    attempts, waits = [], []
    connection = psycopg2.connect(database_url)

    def attempt() -> int:
        nonlocal connection
        attempts.append(connection.info.backend_pid)
        if len(attempts) == 1:
            administer(cluster, f"SELECT pg_terminate_backend({attempts[0]})")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                return int((cursor.fetchone() or [0])[0])
        except psycopg2.Error:
            connection.close()
            connection = psycopg2.connect(database_url)
            raise

    assert with_cold_start_retry(attempt, sleep=waits.append) == 1
    assert (len(set(attempts)), waits) == (2, [5])
    connection.close()


def test_a_connection_that_keeps_closing_is_tried_three_times_and_then_raises(database_url: str) -> None:
    waits: list[float] = []
    connection = psycopg2.connect(database_url)
    connection.close()
    with pytest.raises(psycopg2.InterfaceError) as caught:
        with_cold_start_retry(connection.cursor, sleep=waits.append)
    assert (failure_code(caught.value), waits) == ("POOL_CLOSED", [5, 10])


def test_a_query_on_a_missing_table_is_not_retried(database_url: str) -> None:
    waits: list[float] = []
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        attempt = partial(cursor.execute, "SELECT * FROM nowhere")
        with pytest.raises(psycopg2.errors.UndefinedTable):
            with_cold_start_retry(attempt, sleep=waits.append)
    assert waits == []


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[TcpProxy]:
    with TcpProxy(cluster.host, cluster.port) as made:
        yield made


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
def test_a_connection_that_the_network_cuts_is_replaced_at_once(
    proxy: TcpProxy, database_url: str, connected: Connect, reset: bool
) -> None:
    database = connected(proxy.url(database_url))
    assert database.run(one) == 1
    proxy.cut(reset=reset)
    assert database.run(one) == 1


def test_a_connection_cut_during_each_statement_has_a_retryable_code(
    proxy: TcpProxy, database_url: str, connected: Connect
) -> None:
    def cut(engine: Engine) -> None:
        with engine.connect() as connection:
            proxy.cut(reset=True)
            connection.execute(text("SELECT 1"))

    assert code_of(connected(proxy.url(database_url)), cut) in LAKEBASE_COLD_START_RETRY_POLICY.retry_on


def test_a_server_that_refuses_connections_is_reported_as_starting(
    proxy: TcpProxy, database_url: str, connected: Connect
) -> None:
    database = connected(proxy.url(database_url))
    proxy.close()
    assert code_of(database) == "57P03"


def test_a_silent_server_is_given_up_at_the_deadline(proxy: TcpProxy, database_url: str, connected: Connect) -> None:
    """The proxy accepts bytes and never replies: neither TCP nor the server's own limits would end that."""
    database = connected(proxy.url(database_url))
    database.run(one)
    proxy.swallows = True
    for silent in (database, connected(proxy.url(database_url))):
        with pytest.raises(DatabaseUnavailable) as caught:
            silent.run(one, seconds=0.2)
        assert caught.value.failure == "57P03"
    proxy.swallows = False
    assert database.run(one) == 1


def test_no_request_waits_longer_than_a_few_seconds() -> None:
    assert CONNECT_SECONDS < ANSWER_SECONDS <= 6


def test_a_slow_connection_to_the_database_changes_no_result(
    proxy: TcpProxy, platform: dict[str, str], database_url: str
) -> None:
    proxy.delay_seconds = 0.02
    runtime = Runtime(load(platform | {"DATABASE_URL": proxy.url(database_url)}))
    runtime.start()
    question = asked()
    turn = ask(runtime, question)
    answer = runtime.store(ANN).list_messages(question.chat_id)[1]
    assert (answer.content, answer.status) == (turn.answer.content, "complete")
    assert (runtime.connection_state.mode, runtime.connection_state.last_diagnosis) == ("saved", None)
    runtime.stop()


def test_a_server_without_free_connections_has_its_code_and_is_used_again_later(
    cluster: Cluster, database_name: str, connected: Connect
) -> None:
    role = f"role_{uuid4().hex}"
    named = sql.Identifier(role)
    administer(cluster, sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x' CONNECTION LIMIT 1").format(named))
    url = cluster.dsn(role, "x", database_name)
    database = connected(url)
    with closing(psycopg2.connect(url)):
        assert code_of(database) == "53300"
    until(lambda: can_connect(database))


def can_connect(database: Database) -> bool:
    """A server counts a connection until its backend has ended."""
    try:
        return database.run(one) == 1
    except DatabaseUnavailable:
        return False


def test_a_database_without_the_connect_privilege_has_its_code(
    cluster: Cluster, database_name: str, connected: Connect
) -> None:
    role = f"role_{uuid4().hex}"
    administer(cluster, sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(sql.Identifier(role)))
    administer(cluster, sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database_name)))
    assert code_of(connected(cluster.dsn(role, "x", database_name))) == "28000"


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A server that a test may stop and kill; it is durable, so that acknowledged writes survive."""
    folder = tempfile.TemporaryDirectory(dir=fastest_directory(), ignore_cleanup_errors=True)
    Path(folder.name).chmod(0o711)  # else the server's account cannot reach it, and its data would stay in /var/tmp
    with folder, Cluster(Path(folder.name) / "data") as running:
        bind(running, role=ROLE, database="app")
        administer(running, sql.SQL("ALTER ROLE {} PASSWORD 'tests'").format(sql.Identifier(ROLE)))
        yield running


@pytest.fixture
def outliving(platform: dict[str, str], own_cluster: Cluster) -> Iterator[Runtime]:
    made = Runtime(load(platform | {"DATABASE_URL": own_cluster.dsn(ROLE, "tests", "app")}))
    pause_for(made)
    made.start()
    yield made
    own_cluster.start()
    made.stop()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_while_the_server_is_down_no_question_fails_and_nothing_is_lost(
    outliving: Runtime, own_cluster: Cluster, workspace: Workspace, end: str
) -> None:
    first = asked()
    ask(outliving, first)
    outliving.store(ANN).list_messages(first.chat_id)
    fault, running = workspace.faults.invocations.next(hold_after=2), asked("Tell me everything about the data")
    turn = outliving.turns.ask(outliving.store(BOB), Asker(BOB, None), running)
    getattr(own_cluster, end)()
    fault.release_all()
    asked_meanwhile = [asked(f"Question {number}?", first.chat_id) for number in range(3)]
    answers = [ask(outliving, question) for question in asked_meanwhile]
    until(lambda: outliving.connection_state.mode == "reconnecting")
    assert turn
    until(lambda: turn.chunks.closed)
    shown = outliving.store(ANN).list_messages(first.chat_id)
    assert len(shown) == 8
    own_cluster.start()
    until(lambda: has_reconnected(outliving))
    assert outliving.database
    kept = in_database(outliving.database, first.chat_id)
    assert said(kept) == said(shown)
    assert [message.content for message in kept[3::2]] == [answer.answer.content for answer in answers]
    theirs = PostgresStore(outliving.database, BOB).list_messages(running.chat_id)
    assert [message.content for message in theirs] == [running.text, turn.answer.content]


def test_constantly_terminated_backends_fail_no_question(
    runtime: Runtime, cluster: Cluster, database_name: str
) -> None:
    assert runtime.database
    pause_for(runtime)
    questions = [asked(f"Question {number}?") for number in range(12)]
    with ThreadPoolExecutor(4) as people:
        answering = [people.submit(ask, runtime, question) for question in questions]
        while not all(each.done() for each in answering):
            administer(cluster, CUT_ALL_OTHERS, database_name)
            time.sleep(0.02)
        answers = [each.result() for each in answering]
    # The last write that was cut is retried a second later.
    until(lambda: has_reconnected(runtime) and not len(runtime.outbox))
    for question, turn in zip(questions, answers, strict=True):
        assert said(in_database(runtime.database, question.chat_id)) == [
            ("user", question.text),
            ("assistant", turn.answer.content),
        ]


def test_eight_processes_that_start_at_once_create_one_schema(own_cluster: Cluster) -> None:
    databases = [connect(DatabaseUrl(own_cluster.dsn(ROLE, "tests", "app")), AppWorkspace()) for _ in range(8)]
    with ThreadPoolExecutor(8) as together:
        for done in [together.submit(Schema(database).ensure_ready) for database in databases]:
            done.result()
    assert len({version_of(database) for database in databases}) == 1
    for database in databases:
        database.dispose()


def version_of(database: Database) -> int | None:
    schema = Schema(database)
    schema.ensure_ready()
    return schema.version()


class Admin:
    """What an administrator does: create another role, and change owners."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        self.cluster, self.database = cluster, database
        self.role = f"former_{uuid4().hex}"
        administer(cluster, sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(sql.Identifier(self.role)))

    def run(self, *statements: str) -> None:
        for statement in statements:
            administer(self.cluster, statement, self.database)


@pytest.fixture
def admin(cluster: Cluster) -> Iterator[Admin]:
    """An administrator of a database that is bound and still empty."""
    name = f"grants_{uuid4().hex}"
    bind(cluster, role=ROLE, database=name)
    administer(cluster, sql.SQL("ALTER ROLE {} PASSWORD 'tests' VALID UNTIL 'infinity'").format(sql.Identifier(ROLE)))
    yield Admin(cluster, name)


@pytest.fixture
def start(platform: dict[str, str], admin: Admin) -> Iterator[Callable[[], Runtime]]:
    made: list[Runtime] = []

    def started() -> Runtime:
        url = admin.cluster.dsn(ROLE, "tests", admin.database)
        made.append(Runtime(load(platform | {"DATABASE_URL": url})))
        pause_for(made[-1])
        made[-1].start()
        return made[-1]

    yield started
    for runtime in made:
        runtime.stop()


def made_by_another(admin: Admin) -> None:
    """A schema created by the app's former service principal."""
    admin.run(f'GRANT CREATE ON DATABASE "{admin.database}" TO "{admin.role}"')
    former = connect(DatabaseUrl(admin.cluster.dsn(admin.role, "x", admin.database)), AppWorkspace())
    Schema(former).ensure_ready()
    former.dispose()


def assert_saved_after_running_the_advice(runtime: Runtime, admin: Admin) -> None:
    """Assert that the app answers from memory, says which statement to run, and saves everything after it was run."""
    until(lambda: runtime.connection_state.mode == "reconnecting")
    diagnosis = runtime.connection_state.diagnosis
    assert diagnosis and diagnosis.code == "42501" and diagnosis.remedy
    assert all(statement in (runtime.connection_state.reason or "") for statement in diagnosis.remedy)
    question = asked()
    ask(runtime, question)
    admin.run(*diagnosis.remedy)
    until(lambda: has_reconnected(runtime))
    assert (runtime.connection_state.mode, runtime.connection_state.reason) == ("saved", None)
    assert runtime.database
    assert len(in_database(runtime.database, question.chat_id)) == 2


def test_an_app_with_a_new_service_principal_explains_how_to_transfer_its_schema(
    start: Callable[[], Runtime], admin: Admin
) -> None:
    made_by_another(admin)
    runtime = start()
    assert runtime.connection_state.diagnosis
    assert admin.role in runtime.connection_state.diagnosis.sentence
    assert any(each.startswith("ALTER SCHEMA chat OWNER TO") for each in runtime.connection_state.diagnosis.remedy)
    assert_saved_after_running_the_advice(runtime, admin)


def test_a_single_table_with_another_owner_is_named(start: Callable[[], Runtime], admin: Admin) -> None:
    start().stop()
    admin.run(f'ALTER TABLE chat.schema_migrations OWNER TO "{admin.role}"')
    runtime = start()
    assert runtime.connection_state.diagnosis
    assert [each.split(" OWNER")[0] for each in runtime.connection_state.diagnosis.remedy] == [
        "ALTER TABLE chat.schema_migrations"
    ]
    assert_saved_after_running_the_advice(runtime, admin)


def test_without_the_right_to_create_a_schema_the_missing_grant_is_named(
    start: Callable[[], Runtime], admin: Admin
) -> None:
    admin.run(f'REVOKE CREATE ON DATABASE "{admin.database}" FROM "{ROLE}"')
    runtime = start()
    assert runtime.connection_state.diagnosis
    assert [each.split(" ON DATABASE")[0] for each in runtime.connection_state.diagnosis.remedy] == ["GRANT CREATE"]
    assert_saved_after_running_the_advice(runtime, admin)


def test_tables_without_write_privilege_are_found_at_start(start: Callable[[], Runtime], admin: Admin) -> None:
    made_by_another(admin)
    admin.run(f'GRANT USAGE ON SCHEMA chat TO "{ROLE}"', f'GRANT SELECT ON ALL TABLES IN SCHEMA chat TO "{ROLE}"')
    runtime = start()
    assert runtime.connection_state.diagnosis
    assert any("INSERT" in each for each in runtime.connection_state.diagnosis.remedy)
    assert_saved_after_running_the_advice(runtime, admin)

"""Database access: broken connections, refused logins, and what errors may reveal."""

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from psycopg2 import sql
from sqlalchemy import Engine, text

from lib.config import load
from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.failures import Kind, StatementFailed, failure_code, kind_of
from lib.db.queries import queries
from lib.db.retry import LAKEBASE_COLD_START_RETRY_POLICY
from lib.db.statements import NOBODY, SET_USER_CONTEXT
from lib.errors import DatabaseUnavailable
from lib.store.postgres import PostgresStore
from lib.workspace import Workspace as AppWorkspace
from local.postgres import Cluster
from local.processes import free_port
from local.workspace import ENDPOINT, INSTANCE, Workspace
from tests.conftest import ANN, ROLE, administer

SECRET = "what-the-user-typed-7351"


def scalar(database: Database, statement: str, **binds: Any) -> Any:
    def work(engine: Engine) -> Any:
        with engine.connect() as connection:
            result = connection.execute(text(statement), binds)
            return result.scalar() if result.returns_rows else None

    return database.run(work)


@pytest.fixture
def connected() -> Iterator[Callable[..., Database]]:
    made: list[Database] = []

    def connect_to(where: Any) -> Database:
        made.append(connect(where, AppWorkspace()))
        return made[-1]

    yield connect_to
    for database in made:
        database.dispose()


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """All records of the loggers of the app and of SQLAlchemy, with their exceptions."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(handler.format(record))  # type: ignore[method-assign]
    logs = [logging.getLogger(name) for name in ("lakechat", "sqlalchemy")]
    for log in logs:
        log.addHandler(handler)
    yield messages
    for log in logs:
        log.removeHandler(handler)


def test_every_connection_has_its_timeouts_even_after_a_rollback(database: Database) -> None:
    for _ in range(2):
        with database.engine.connect() as connection:
            assert connection.scalar(text("SHOW statement_timeout")) == "5s"
            assert connection.scalar(text("SHOW lock_timeout")) == "3s"
            assert connection.scalar(text("SHOW timezone")) == "UTC"
            connection.rollback()


def test_a_connection_that_was_cut_in_the_pool_is_replaced(database: Database, cluster: Cluster) -> None:
    before = scalar(database, "SELECT pg_backend_pid()")
    administer(cluster, f"SELECT pg_terminate_backend({before})")
    assert scalar(database, "SELECT pg_backend_pid()") != before


def test_a_statement_whose_connection_is_cut_is_run_once_more(database: Database) -> None:
    scalar(database, "CREATE SEQUENCE attempts")

    def cut_once(engine: Engine) -> int:
        with engine.connect() as connection:
            attempt = int(connection.scalar(text("SELECT nextval('attempts')")) or 0)
            if attempt == 1:
                connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            return attempt

    assert database.run(cut_once) == 2


@pytest.mark.parametrize("statement", ["SELECT 1 / 0", "SELECT * FROM nowhere", "SELECT CAST('x' AS uuid)"])
def test_a_statement_that_postgres_refuses_is_not_retried(database: Database, statement: str) -> None:
    scalar(database, "CREATE SEQUENCE attempts")

    def work(engine: Engine) -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT nextval('attempts')"))
            connection.execute(text(statement))

    with pytest.raises((StatementFailed, DatabaseUnavailable)):
        database.run(work)
    assert scalar(database, "SELECT last_value FROM attempts") == 1


AS_WHOM = "SELECT set_config('chat.user_id', :said, true); "
REFUSED = {
    "a value of the wrong type": ("SELECT CAST(:said AS integer)", "22P02"),
    "JSON that is none": ("SELECT CAST(:said AS jsonb)", "22P02"),
    "a key that exists": ("INSERT INTO chat.users (id) VALUES (:said), (:said)", "23505"),
    "a row that is not whole": ("INSERT INTO chat.chats (user_id, title) VALUES (:said, NULL)", "23502"),
    "a foreign key": ("INSERT INTO chat.chats (user_id) VALUES (:said)", "23503"),
    "a value out of its list": (
        "INSERT INTO chat.users (id) VALUES (:said); INSERT INTO chat.chats (user_id, visibility) VALUES (:said, 'x')",
        "23514",
    ),
    "a syntax error": ("SELECT :said FROM WHERE", "42601"),
    "a missing table": ("SELECT :said FROM nowhere", "42P01"),
}


@pytest.mark.parametrize(("statement", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_no_error_or_log_repeats_a_bound_value(
    database: Database, logged: list[str], statement: str, code: str
) -> None:
    with pytest.raises((StatementFailed, DatabaseUnavailable)) as caught:
        scalar(database, AS_WHOM + statement, said=SECRET)
    logging.getLogger("lakechat.db").error("It failed.", exc_info=caught.value)
    assert failure_code(caught.value) == code
    assert len(logged) >= 1
    assert SECRET not in "\n".join([str(caught.value), repr(caught.value), *logged])


def test_a_login_without_its_own_password_is_refused_with_an_explanation(
    cluster: Cluster, database_name: str, connected: Callable[..., Database], logged: list[str]
) -> None:
    database = connected(DatabaseUrl(cluster.dsn(ROLE, SECRET, database_name)))
    with pytest.raises(DatabaseUnavailable) as caught:
        scalar(database, "SELECT 1")
    assert str(caught.value).endswith(".")
    assert SECRET not in "\n".join(logged)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_each_common_form_of_database_url_connects(
    database_url: str, connected: Callable[..., Database], scheme: str
) -> None:
    database = connected(DatabaseUrl(database_url.replace("postgresql", scheme, 1)))
    assert scalar(database, "SELECT current_user") == ROLE


def test_a_password_with_special_characters_in_a_url_connects(
    cluster: Cluster, database_name: str, connected: Callable[..., Database]
) -> None:
    role, password = f"role_{uuid4().hex}", "p@ss:w/rd %?#&+é'"
    create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    administer(cluster, create)
    database = connected(DatabaseUrl(cluster.dsn(role, password, database_name)))
    assert scalar(database, "SELECT current_user") == role


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_missing_database_raises_database_unavailable(
    host: str, connected: Callable[..., Database], logged: list[str]
) -> None:
    database = connected(DatabaseUrl(f"postgresql://someone:{SECRET}@{host}:{free_port()}/x"))
    with pytest.raises(DatabaseUnavailable, match=r"^Your chats cannot be reached"):
        database.rows("get_chat", chat_id=uuid4(), user_id=SECRET)
    assert logged == ["The database cannot be reached (57P03)."]


def lakebase(cluster: Cluster, database_name: str, **changed: str) -> Any:
    bound = {
        "PGHOST": cluster.host,
        "PGPORT": str(cluster.port),
        "PGDATABASE": database_name,
        "PGUSER": ROLE,
        "PGSSLMODE": cluster.sslmode,
        "SERVING_ENDPOINT": "demo-agent",
    }
    return load(bound | (changed or {"LAKEBASE_ENDPOINT": ENDPOINT})).database


@dataclass
class Minting:
    """A database that logs in with minted credentials, and the workspace that mints them."""

    database: Database
    workspace: Workspace

    @property
    def count(self) -> int:
        return len(self.workspace.requests.to("/credentials"))

    def forget_connections(self) -> None:
        self.database.engine.dispose()


@pytest.fixture
def minting(
    platform: dict[str, str], workspace: Workspace, cluster: Cluster, database_name: str, connected: Any
) -> Iterator[Minting]:
    assert workspace.minter
    workspace.minter.rotate()
    workspace.requests.clear()
    yield Minting(connected(lakebase(cluster, database_name)), workspace)
    workspace.faults.clear()


@pytest.mark.parametrize("bound", [{"LAKEBASE_ENDPOINT": ENDPOINT}, {"LAKEBASE_INSTANCE_NAME": INSTANCE}])
def test_lakebase_is_connected_to_with_a_minted_credential(
    minting: Minting, cluster: Cluster, database_name: str, connected: Any, bound: dict[str, str]
) -> None:
    database = connected(lakebase(cluster, database_name, **bound))
    assert scalar(database, "SELECT current_user") == ROLE
    assert scalar(database, "SHOW application_name") == "lakechat"


def test_one_credential_serves_many_connections_at_once(minting: Minting) -> None:
    together = Barrier(6)

    def ask() -> int:
        together.wait()
        return int(scalar(minting.database, "SELECT pg_backend_pid() FROM pg_sleep(0.1)"))

    with ThreadPoolExecutor(6) as threads:
        backends = {each.result() for each in [threads.submit(ask) for _ in range(6)]}
    assert len(backends) > 1
    assert minting.count == 1


def test_a_revoked_credential_is_replaced_by_a_new_one(minting: Minting) -> None:
    scalar(minting.database, "SELECT 1")
    minting.workspace.minter.rotate()  # type: ignore[union-attr]
    assert scalar(minting.database, "SELECT 1") == 1
    assert minting.count == 1, "a connection that is open needs no credential"
    minting.forget_connections()
    assert scalar(minting.database, "SELECT 1") == 1
    assert minting.count == 2


def test_a_credential_refused_twice_raises_database_unavailable(minting: Minting, cluster: Cluster) -> None:
    scalar(minting.database, "SELECT 1")
    minting.forget_connections()
    administer(cluster, sql.SQL("ALTER ROLE {} PASSWORD 'another'").format(sql.Identifier(ROLE)))
    with pytest.raises(DatabaseUnavailable):
        scalar(minting.database, "SELECT 1")
    assert minting.count == 2
    minting.workspace.minter.rotate()  # type: ignore[union-attr]
    assert scalar(minting.database, "SELECT 1") == 1


def test_an_expired_credential_is_replaced(minting: Minting, cluster: Cluster) -> None:
    scalar(minting.database, "SELECT 1")
    minting.forget_connections()
    expire = sql.SQL("ALTER ROLE {} VALID UNTIL '2020-01-01'").format(sql.Identifier(ROLE))
    administer(cluster, expire)
    with pytest.raises(DatabaseUnavailable):
        scalar(minting.database, "SELECT 1")
    minting.workspace.minter.rotate()  # type: ignore[union-attr]
    assert scalar(minting.database, "SELECT 1") == 1


@pytest.mark.parametrize("status", [400, 403, 404])
def test_without_a_minted_credential_the_database_is_unavailable(minting: Minting, status: int) -> None:
    minting.workspace.faults.credentials.next(status=status)
    with pytest.raises(DatabaseUnavailable):
        scalar(minting.database, "SELECT 1")
    assert scalar(minting.database, "SELECT 1") == 1


def failure_of(work: Callable[[], object]) -> psycopg2.Error:
    with pytest.raises(psycopg2.Error) as caught:
        work()
    return caught.value


def after(connection: Any, *statements: str) -> psycopg2.Error:
    """The failure of the last statement after the others have run."""
    with closing(connection), connection.cursor() as cursor:
        for statement in statements[:-1]:
            cursor.execute(statement)
        return failure_of(lambda: cursor.execute(statements[-1]))


def test_a_connection_cut_by_the_server_has_a_retryable_code(database_url: str, cluster: Cluster) -> None:
    connection = psycopg2.connect(database_url)
    administer(cluster, f"SELECT pg_terminate_backend({connection.info.backend_pid})")
    error = after(connection, "SELECT 1")
    assert failure_code(error) in LAKEBASE_COLD_START_RETRY_POLICY.retry_on
    assert failure_code(failure_of(lambda: connection.cursor())) == "POOL_CLOSED"


def test_a_connection_cut_during_a_statement_has_a_retryable_code(database_url: str) -> None:
    error = after(psycopg2.connect(database_url), "SELECT pg_terminate_backend(pg_backend_pid())")
    assert failure_code(error) in LAKEBASE_COLD_START_RETRY_POLICY.retry_on


def test_a_transaction_idle_for_too_long_has_a_retryable_code(database_url: str) -> None:
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 20")
        pid = connection.info.backend_pid
        with closing(psycopg2.connect(database_url)) as other, other.cursor() as watcher:
            gone = 0
            while not gone:
                other.rollback()
                watcher.execute("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = %s", (pid,))
                gone = (watcher.fetchone() or [0])[0]
        error = failure_of(lambda: cursor.execute("SELECT 1"))
    assert failure_code(error) in {"25P03", *LAKEBASE_COLD_START_RETRY_POLICY.retry_on}


def changed(url: str, **parameters: str) -> psycopg2.Error:
    return failure_of(lambda: psycopg2.connect(url, **parameters))


def test_refused_logins_and_missing_databases_have_their_own_codes(database_url: str, cluster: Cluster) -> None:
    assert failure_code(changed(database_url, password="wrong")) == "28P01"
    assert failure_code(changed(database_url, user="nobody-here")) == "28P01"
    assert failure_code(changed(database_url, dbname="nowhere")) == "3D000"
    expired = sql.SQL("ALTER ROLE {} VALID UNTIL '2020-01-01'").format(sql.Identifier(ROLE))
    administer(cluster, expired)
    assert failure_code(changed(database_url)) == "28P01"


def test_a_server_without_free_connections_has_its_own_code(cluster: Cluster, database_name: str) -> None:
    role = f"role_{uuid4().hex}"
    create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x' CONNECTION LIMIT 0").format(sql.Identifier(role))
    administer(cluster, create)
    assert failure_code(changed(cluster.dsn(role, "x", database_name))) == "53300"


def test_an_address_where_nothing_listens_counts_as_a_starting_database(database_url: str) -> None:
    assert failure_code(changed(database_url, port=str(free_port()))) == "57P03"
    assert failure_code(changed(database_url, host="no-such-host.invalid")) == "57P03"


@contextmanager
def server_that_answers(reply: bytes) -> Iterator[int]:
    """A port that sends each client `reply` after its first packet, then closes the connection."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    client.recv(1024)
                    client.sendall(reply)

        Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def fatal(code: str, message: str) -> bytes:
    """An ErrorResponse of the Postgres protocol."""
    fields = b"".join(kind + said.encode() + b"\0" for kind, said in ((b"S", "FATAL"), (b"C", code), (b"M", message)))
    return b"E" + (len(fields) + 5).to_bytes(4, "big") + fields + b"\0"


REFUSALS = {
    fatal("57P03", "the database system is starting up"): "57P03",
    fatal("57P03", "the database system is not yet accepting connections"): "57P03",
    fatal("57P03", "the database system is shutting down"): "57P03",
    fatal("57P01", "terminating connection due to administrator command"): "57P01",
    fatal("53300", "sorry, too many clients already"): "53300",
    fatal("53300", 'too many connections for database "x"'): "53300",
    b"": "ECONNRESET",
}


@pytest.mark.parametrize(("reply", "code"), REFUSALS.items(), ids=[f"{code}-{len(r)}" for r, code in REFUSALS.items()])
def test_a_starting_server_has_the_code_that_it_sends(reply: bytes, code: str) -> None:
    with server_that_answers(reply) as port:
        error = failure_of(lambda: psycopg2.connect(f"postgresql://x:y@127.0.0.1:{port}/x?sslmode=disable"))
    assert failure_code(error) == code
    assert kind_of(code) is Kind.AWAY


def test_an_error_in_a_statement_is_no_connection_failure(database_url: str) -> None:
    wrong = {
        "SELECT pg_sleep(5)": ("57014", Kind.BUSY),
        "SELECT * FROM pg_authid": ("42501", Kind.NOT_READY),
        "SELECT 1 / 0": ("22012", Kind.OWN),
    }
    for statement, expected in wrong.items():
        limit_ms = 20 if "pg_sleep" in statement else 0
        connection = psycopg2.connect(database_url, options=f"-c statement_timeout={limit_ms}")
        found = failure_code(after(connection, statement))
        assert (found, kind_of(found)) == expected


def test_an_error_that_is_not_the_databases_has_no_code() -> None:
    assert failure_code(ValueError("password authentication failed")) is None
    assert kind_of(None) is Kind.BUSY


def test_an_exhausted_pool_raises_database_unavailable(database_url: str, connected: Callable[..., Database]) -> None:
    database = connected(DatabaseUrl(database_url))
    database.engine.pool._timeout = 0.01  # type: ignore[attr-defined]
    held = [database.engine.connect() for _ in range(20)]
    with pytest.raises(DatabaseUnavailable):
        scalar(database, "SELECT 1")
    for connection in held:
        connection.close()
    assert scalar(database, "SELECT 1") == 1


FILL = """
INSERT INTO chat.users (id) SELECT 'user' || number FROM generate_series(1, 50) AS number;
INSERT INTO chat.users (id) VALUES (:user_id);
INSERT INTO chat.chats (user_id, updated_at)
SELECT CASE WHEN number % 2 = 0 THEN :user_id ELSE 'user' || (number % 50 + 1) END,
       now() - make_interval(mins => number / 3)
  FROM generate_series(1, 6000) AS number;
INSERT INTO chat.messages (chat_id, user_id, role, status, content)
SELECT chats.id, chats.user_id, 'user', 'complete', 'x'
  FROM chat.chats, generate_series(1, 3)
 WHERE chats.user_id = :user_id;
"""


READ_OF_MESSAGES = """
SELECT tables.seq_scan, tables.idx_tup_fetch
  FROM pg_stat_xact_user_tables AS tables
 WHERE tables.relid = CAST('chat.messages' AS regclass)
"""


@pytest.fixture
def filled(cluster: Cluster, database_name: str, database: Database) -> Database:
    """Inserted by the superuser: row-level security lets the app write for one user at a time only."""
    administer(cluster, FILL.replace(":user_id", f"'{ANN.id}'"), database_name)
    administer(cluster, "VACUUM ANALYZE chat.chats, chat.messages, chat.turns, chat.users", database_name)
    return database


def plan(database: Database, query: str, **binds: Any) -> str:
    explained = text(f"{SET_USER_CONTEXT}; EXPLAIN {queries()[query].text}")
    with database.engine.connect() as connection:
        return "\n".join(connection.scalars(explained, {**NOBODY, "user_id": ANN.id, **binds}))


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("place", [0, 2_900])
def test_a_page_of_chats_starts_from_the_index_however_deep_it_is(filled: Database, newer: bool, place: int) -> None:
    chat = PostgresStore(filled, ANN).list_chats(place + 1).chats[place]
    found = plan(filled, "list_chats", cursor=chat.id, newer=newer, limit=21, archived=False)
    assert "using chats_by_activity on chats" in found
    (condition,) = [line for line in found.splitlines() if "Index Cond" in line and "updated_at" in line]
    assert "ROW(updated_at, id)" in condition
    assert "Sort" not in found


@pytest.mark.parametrize("newer", [False, True])
def test_a_page_of_a_walk_begins_in_the_index(filled: Database, newer: bool) -> None:
    chat = PostgresStore(filled, ANN).list_chats(1_500).chats[-1]
    place = {"as_of": chat.updated_at, "place": chat.updated_at, "after_id": chat.id}
    found = plan(filled, "list_chats_as_of", **place, newer=newer, limit=21, archived=False)
    assert "using chats_by_activity on chats" in found
    assert "ROW(updated_at, id)" in found


def test_the_first_page_of_chats_needs_no_sort(filled: Database) -> None:
    found = plan(filled, "list_chats", cursor=None, newer=False, limit=21, archived=False)
    assert "using chats_by_activity on chats" in found
    assert "Sort" not in found


def test_the_newest_messages_of_a_chat_are_found_by_the_index(filled: Database) -> None:
    chat = PostgresStore(filled, ANN).list_chats(1).chats[0]
    binds = {**NOBODY, "user_id": ANN.id, "chat_id": chat.id, "limit": 40, "before_id": None, "scope": "shared"}
    with filled.engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
        page = connection.execute(text(f"{SET_USER_CONTEXT}; {queries()['list_messages'].text}"), binds).all()
        # The plan does not show the statements within functions.
        read = connection.execute(text(READ_OF_MESSAGES)).one()
    assert len(page) == 1
    assert read.seq_scan == 0
    assert read.idx_tup_fetch < 10

"""Credentials that expire: one is minted for all, in time, and a silent workspace blocks no one for long."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from lib.config import load
from lib.db.credentials import Credential, Credentials
from lib.db.failures import NO_CREDENTIAL
from lib.db.url import tls
from lib.errors import DatabaseUnavailable
from lib.runtime import Runtime
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from local.workspace import ENDPOINT, Workspace
from tests.conftest import ANN, CLIENT_SECRET, ROLE, administer
from tests.integration.test_database_outages import CUT_ALL_OTHERS
from tests.integration.test_resilient_store import ask, asked
from tests.waiting import until

HOUR = timedelta(hours=1)


class Mint:
    """Mints numbered credentials of a given lifetime; it can be made to wait or to fail."""

    def __init__(self, life: timedelta = HOUR) -> None:
        self.life = life
        self.count = 0
        self.gate = Event()
        self.gate.set()
        self.error: Exception | None = None

    def __call__(self) -> Credential:
        self.count += 1
        number = self.count
        self.gate.wait()
        if self.error:
            raise self.error
        return Credential(f"password-{number}", datetime.now(UTC) + self.life)


def test_concurrent_requests_share_one_minted_credential() -> None:
    mint, together = Mint(), Barrier(8)
    credentials = Credentials(mint)

    def ask_for_one() -> str:
        together.wait()
        return credentials.password()

    with ThreadPoolExecutor(8) as threads:
        passwords = {each.result() for each in [threads.submit(ask_for_one) for _ in range(8)]}
    assert (passwords, mint.count) == ({"password-1"}, 1)


def test_an_expiring_credential_is_used_while_the_next_one_is_minted() -> None:
    mint = Mint(life=timedelta(seconds=30))
    credentials = Credentials(mint)
    assert credentials.password() == "password-1"
    credentials._current = Credential("password-1", datetime.now(UTC) + timedelta(seconds=9), datetime.now(UTC) - HOUR)
    mint.gate.clear()
    assert [credentials.password() for _ in range(3)] == ["password-1"] * 3
    mint.gate.set()
    until(lambda: credentials.password() == "password-2")
    assert mint.count == 2


def test_a_workspace_that_does_not_respond_in_time_fails_the_request_but_its_late_credential_is_used() -> None:
    mint = Mint()
    mint.gate.clear()
    credentials = Credentials(mint, wait_seconds=0.02)
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable) as caught:
            credentials.password()
        assert caught.value.failure == NO_CREDENTIAL
    mint.gate.set()
    until(lambda: credentials.current)
    assert (credentials.password(), mint.count) == ("password-1", 1)


def test_a_failed_minting_is_retried_by_the_next_request() -> None:
    mint = Mint()
    mint.error = ValueError("no")
    credentials = Credentials(mint)
    with pytest.raises(DatabaseUnavailable):
        credentials.password()
    mint.error = None
    assert credentials.password() == "password-2"


def test_a_refused_credential_is_dropped_only_if_it_is_still_the_current_one() -> None:
    credentials = Credentials(Mint())
    credentials.drop(credentials.password())
    assert credentials.password() == "password-2"
    credentials.drop("password-1")
    assert credentials.password() == "password-2"


def test_no_credential_shows_its_password() -> None:
    assert "secret" not in repr(Credential("secret", datetime.now(UTC)))


@pytest.mark.parametrize(
    ("url", "setting", "wanted"),
    [
        ("postgresql://u:p@db.example.com/x", None, {"sslmode": "require"}),
        ("postgresql://u:p@db.example.com/x?sslmode=verify-full", None, {}),
        ("postgresql://u:p@db.example.com/x", "disable", {"sslmode": "disable"}),
        ("postgresql://u:p@127.0.0.1/x", None, {}),
        ("postgresql://u:p@localhost/x", "require", {"sslmode": "require"}),
        ("postgresql:///x?host=/run/postgresql", None, {}),
    ],
)
def test_a_password_is_sent_over_tls_unless_the_url_says_otherwise(
    url: str, setting: str | None, wanted: dict[str, str]
) -> None:
    assert tls(make_url(url), setting) == wanted


@pytest.fixture
def short_lived(cluster: Cluster, platform: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose database credentials live for three seconds."""
    with Workspace(
        cluster.admin_dsn(),
        role=ROLE,
        client_id=ROLE,
        client_secret=CLIENT_SECRET,
        credential_ttl_seconds=3,
        words_per_second=float("inf"),
    ) as running:
        monkeypatch.setenv("DATABRICKS_HOST", running.url)
        yield running


@pytest.fixture
def not_started(short_lived: Workspace, platform: dict[str, str], cluster: Cluster, database_name: str) -> Runtime:
    bound = {
        "DATABRICKS_HOST": short_lived.url,
        "PGHOST": cluster.host,
        "PGPORT": str(cluster.port),
        "PGDATABASE": database_name,
        "PGUSER": ROLE,
        "PGSSLMODE": cluster.sslmode,
        "LAKEBASE_ENDPOINT": ENDPOINT,
    }
    return Runtime(load({name: value for name, value in platform.items() if name != "DATABASE_URL"} | bound))


def test_credentials_that_live_for_seconds_fail_no_request(
    not_started: Runtime, short_lived: Workspace, cluster: Cluster, database_name: str
) -> None:
    """Connections are cut repeatedly, so that new logins are always needed, and each fails once at most.

    Nothing runs in the background: a statement that was cut twice would be taken for a lost database.
    """
    assert not_started.database
    store, failed, passed = PostgresStore(not_started.database, ANN), 0, 0
    until_then = time.monotonic() + 7
    while time.monotonic() < until_then or len(short_lived.requests.to("/credentials")) < 3:
        administer(cluster, CUT_ALL_OTHERS, database_name)
        for _ in range(5):
            try:
                store.list_chats()
                passed += 1
            except DatabaseUnavailable:
                failed += 1
    assert failed == 0
    assert passed
    not_started.start()
    try:
        ask(not_started, asked())
        assert not_started.connection_state.mode == "saved"
    finally:
        not_started.stop()


def test_an_open_connection_outlives_its_credential(not_started: Runtime, short_lived: Workspace) -> None:
    """Nothing else uses the pool: a runtime that has started takes connections, and opens new ones, at any time."""
    database = not_started.database
    assert database
    backend = database.run(backend_pid)
    minted = len(short_lived.requests.to("/credentials"))
    time_of_expiry = time.monotonic() + 3.2
    while time.monotonic() < time_of_expiry:
        assert database.run(backend_pid) == backend
    assert len(short_lived.requests.to("/credentials")) == minted
    database.dispose()


def backend_pid(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)

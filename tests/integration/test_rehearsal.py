"""The command that tries migrations on a copy."""

from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from lib.admin import rehearse_migrations
from lib.admin.app_database import NO_DATABASE
from lib.admin.rehearse_migrations import DONE, IMPOSSIBLE, IN_USE, WRONG_USE
from lib.db.database import Database
from lib.db.migrate import MIGRATE_SECONDS, MIGRATIONS, migrate, migrations, rehearse, version
from local.lakebase import bind
from local.postgres import Cluster
from tests.conftest import ROLE

ALL = migrations()


def run(url: str) -> int:
    return rehearse_migrations.main([], {"DATABASE_URL": url})


@pytest.fixture
def empty_url(cluster: Cluster, database_url: str) -> str:
    """Of a database without the schema, with the role and the password of the usual one."""
    bind(cluster, role=ROLE, database="rehearsed")
    return f"{database_url.rpartition('/')[0]}/rehearsed"


def test_every_migration_is_tried_and_taken_back(empty_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(empty_url) == DONE
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in said[:-1]] == [file.stem for file in ALL.values()]
    assert said[-1].endswith("in all; nothing was kept.")
    with closing(psycopg2.connect(empty_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('chat')")
        assert cursor.fetchone() == (None,)


def test_only_what_is_missing_is_tried(database: Database, tmp_path: Path) -> None:
    for file in MIGRATIONS.glob("*.sql"):
        (tmp_path / file.name).write_text(file.read_text())
    database.run(migrate, MIGRATE_SECONDS)
    last = len(ALL)
    (tmp_path / f"{last + 1:04d}_next.sql").write_text("CREATE TABLE chat.next (id int)")
    [(name, seconds)] = database.run(lambda engine: rehearse(engine, tmp_path), MIGRATE_SECONDS)
    assert name == f"{last + 1:04d}_next"
    assert seconds > 0
    assert database.run(version) == last


def test_a_complete_schema_has_nothing_to_try(
    database_url: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    database.run(migrate, MIGRATE_SECONDS)
    database.reconnect()
    assert run(database_url) == DONE
    assert capsys.readouterr().out == "No migration is missing.\n"


def test_a_database_in_use_is_left_alone(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with closing(psycopg2.connect(database_url)):
        assert run(database_url) == IMPOSSIBLE
    assert IN_USE in caplog.text


def test_a_migration_that_is_refused_is_said(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "0001_wrong.sql").write_text("INSERT INTO chat.schema_migrations (version, name) VALUES (1, NULL)")
    monkeypatch.setattr(rehearse, "__defaults__", (tmp_path,))
    assert run(empty_url) == IMPOSSIBLE
    assert "refused a migration" in caplog.text


def test_without_a_database_it_says_what_to_set(caplog: pytest.LogCaptureFixture) -> None:
    assert rehearse_migrations.main([], {}) == WRONG_USE
    assert NO_DATABASE in caplog.text

"""A disk that is full in earnest: the tables stand on a few megabytes of memory, and something else fills them."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.errors import DiskFull

from lib.runtime import Runtime
from local.os_user import os_user_for
from local.postgres import Cluster
from local.postgres.temporary import fastest_directory
from tests.conftest import administer
from tests.integration.rest_client import Client, chat_of
from tests.integration.test_database_refusals import all_saved, contents, health, meta_of
from tests.waiting import until

SIZE_MB = 12
FILL = """
INSERT INTO public.ballast
SELECT string_agg(md5(CAST(random() AS text)), '') FROM generate_series(1, {0} * 40) AS n GROUP BY n % {0}
"""


@pytest.fixture
def small_disk() -> Iterator[Path]:
    mounted = Path(tempfile.mkdtemp(dir=fastest_directory()))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0777", "tmpfs", str(mounted)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603
        mounted.rmdir()
        pytest.skip("nothing may be mounted here")
    yield mounted
    subprocess.run(["umount", "-l", str(mounted)], check=True)  # noqa: S603, S607
    mounted.rmdir()


@pytest.fixture
def full_soon(cluster: Cluster, database_name: str, small_disk: Path, runtime: Runtime) -> Iterator[None]:
    """The tables of the app stand on the small disk. They leave it before it goes: else the server could write down
    nothing any more, for this test or for another."""
    space = small_disk / "space"
    space.mkdir()
    os_user_for(cluster.data / "none").take(space)
    administer(cluster, f"CREATE TABLESPACE {database_name} LOCATION '{space}'")
    _move(cluster, database_name, to=database_name)
    administer(cluster, f"CREATE TABLE public.ballast (text text) TABLESPACE {database_name}", database_name)
    yield
    administer(cluster, "DROP TABLE IF EXISTS public.ballast", database_name)
    _move(cluster, database_name, to="pg_default")
    administer(cluster, f"DROP TABLESPACE {database_name}")


def _move(cluster: Cluster, database_name: str, *, to: str) -> None:
    for table in ("messages", "turns", "chats", "turn_log"):
        administer(cluster, f"ALTER TABLE chat.{table} SET TABLESPACE {to}", database_name)


@pytest.mark.usefixtures("own_folder", "full_soon")
def test_a_full_disk_loses_no_message(runtime: Runtime, ann: Client, cluster: Cluster, database_name: str) -> None:
    chat_id = chat_of(ann.ask())
    for rows in (1000, 10):
        with pytest.raises(DiskFull):
            while True:
                administer(cluster, FILL.format(rows), database_name)
    # The pages that a table has may hold a little more, but not this.
    long = [f"{number}: {'every word ' * 2_000}" for number in range(6)]
    metas = [meta_of(ann.ask(said, chat_id=chat_id)) for said in long]
    assert {meta["status"] for meta in metas} == {"complete"}
    assert not metas[-1]["saved"]
    assert health(ann)[1] and "Lakebase has no disk space left." in (health(ann)[1] or "")
    administer(cluster, "DROP TABLE public.ballast", database_name)
    until(lambda: all_saved(runtime))
    assert [status for status, _ in contents(ann, chat_id)] == ["complete"] * 14
    assert [said for _, said in contents(ann, chat_id)][2::2] == [said.strip() for said in long]

"""Two versions of the app over one database, as during a deploy: the newer one migrates while the older one answers."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from lib.db.database import Database
from lib.db.migrate import migrations
from local import environment
from local.app import PROJECT, AppProcess
from local.workspace import Fault
from tests.conftest import ANN
from tests.integration.test_processes import LONG, Program, held, logged_chunks, text_of  # noqa: F401
from tests.waiting import until

# ruff: noqa: F811

DEPLOYED = ("lib", "pages", "sql", "assets", ".streamlit")
LATEST = len(migrations())
EXPANSION = """
ALTER TABLE chat.messages ADD COLUMN tone text NOT NULL DEFAULT 'plain';
ALTER TABLE chat.chats ADD COLUMN colour text NOT NULL DEFAULT 'none';
ALTER TABLE chat.turns ADD COLUMN priority integer NOT NULL DEFAULT 0;
CREATE INDEX messages_by_tone ON chat.messages (user_id, tone);
-- An index over millions of rows takes its time, and longer than a page waits for a lock.
SELECT pg_sleep(4);
"""
LOCKED = """
SELECT count(*) FROM pg_locks
 WHERE relation = CAST('chat.messages' AS regclass) AND mode = 'AccessExclusiveLock' AND granted
"""
QUESTION = "Which region sold most last quarter?"
Start = Callable[[Path], tuple[AppProcess, httpx.Client]]


@pytest.fixture
def start(platform: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start the app from a folder, and return the client with which Ann calls its API."""
    with ExitStack() as stack:
        environ = environment.of_app({}, port=0, ephemeral=False) | platform

        def started(project: Path) -> tuple[AppProcess, httpx.Client]:
            app = stack.enter_context(AppProcess(environ, log=tmp_path / f"{uuid4()}.log", project=project))
            client = httpx.Client(base_url=f"{app.url}/api", headers={"x-forwarded-email": ANN.id}, timeout=30)
            return app, stack.enter_context(client)

        yield started


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The next version: the same app with one migration more."""
    place = tmp_path / "newer"
    for name in DEPLOYED:
        shutil.copytree(PROJECT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "app.py", place)
    (place / "sql" / "migrations" / f"{LATEST + 1:04d}_more.sql").write_text(EXPANSION)
    return place


def is_locked(database: Database) -> bool:
    with database.engine.connect() as connection:
        return bool(connection.scalar(text(LOCKED)))


def stored(http: httpx.Client, chat_id: str) -> list[tuple[str, str]]:
    """Empty as long as something waits to be saved: then what is stored is not whole."""
    response = http.get(f"/messages/{chat_id}")
    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return []
    found: list[dict[str, Any]] = response.raise_for_status().json()["data"]
    return [(message["status"], message["content"].strip()) for message in found]


def health(http: httpx.Client) -> tuple[str, int | None]:
    said = http.get("/health/lakebase").raise_for_status().json()
    return said["mode"], said["migration"]


def works(http: httpx.Client) -> bool:
    """Assert that a question is answered and stored, and that its chat is listed and found."""
    asked = Program(http)
    answer = text_of(asked.ask(QUESTION)).strip()
    (question, kept) = stored(http, asked.chat_id)
    listed = [chat["id"] for chat in http.get("/history").raise_for_status().json()["data"]]
    found = [
        hit["chatId"] for hit in http.get("/search", params={"q": "region sold"}).raise_for_status().json()["data"]
    ]
    return (
        kept == ("complete", answer)
        and question[0] == "complete"
        and asked.chat_id in listed
        and asked.chat_id in found
    )


def test_an_older_version_keeps_working_during_and_after_the_migration_of_a_newer_one(
    start: Start, newer: Path, held: Fault, database: Database
) -> None:
    older, older_api = start(PROJECT)
    assert health(older_api) == ("saved", LATEST)
    running, other = Program(older_api), Program(older_api)

    def ask_meanwhile() -> str:
        try:
            until(lambda: is_locked(database))
        finally:
            held.release_all()
        other.question_id = str(uuid4())
        return text_of(other.ask("What did I ask first?")).strip()

    with ThreadPoolExecutor() as people:
        answer = people.submit(running.ask, LONG)
        until(lambda: logged_chunks(database) >= 30)
        other.ask(QUESTION)
        asking = people.submit(ask_meanwhile)
        _, newer_api = start(newer)
        said = {running.chat_id: text_of(answer.result()).strip(), other.chat_id: asking.result()}
    assert QUESTION in said[other.chat_id]
    for api in (older_api, newer_api):
        until(lambda api=api: len(stored(api, other.chat_id)) == 4)
        for chat_id, words in said.items():
            until(lambda api=api, chat_id=chat_id, words=words: stored(api, chat_id)[-1:] == [("complete", words)])
        assert works(api)
        assert health(api) == ("saved", LATEST + 1)
    assert "The database is busy (55P03)" in older.said, "it has met the lock"
    older.terminate()
    older.start()  # as in a rollback
    assert works(older_api)
    assert health(older_api) == ("saved", LATEST + 1)
    assert "ERROR" not in older.said

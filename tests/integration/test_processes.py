"""Answers while whole processes are killed, stopped or used side by side."""

import json
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg2
import pytest
from httpx_sse import connect_sse
from sqlalchemy import text

from lib.db.database import Database
from lib.store.postgres_trash import MAX_CHATS_A_BATCH
from local import environment
from local.app import AppProcess
from local.postgres import Cluster
from local.workspace import Fault, Workspace
from tests.conftest import ANN
from tests.integration.test_replicas import age
from tests.integration.test_waiting_turns import CALL, DONE, asks_to, has_done
from tests.waiting import until

DELETE_ALL = {"confirm": "delete all my chats"}
MANY_CHATS = """
INSERT INTO chat.users (id) VALUES (%(user)s);
INSERT INTO chat.chats (user_id) SELECT %(user)s FROM generate_series(1, %(count)s);
INSERT INTO chat.messages (chat_id, user_id, role, status)
SELECT chats.id, chats.user_id, role, 'complete' FROM chat.chats, (VALUES ('user'), ('assistant')) AS said (role);
INSERT INTO chat.votes (chat_id, message_id, user_id, is_upvoted)
SELECT chat_id, id, user_id, true FROM chat.messages WHERE role = 'assistant';
"""
# Chats, ids of deleted chats, and what must not be: chats that are both, chats that lack a message or a vote, and
# messages and votes without their chat.
DELETED_SO_FAR = """
SELECT (SELECT count(*) FROM chat.chats), (SELECT count(*) FROM chat.deleted_chats),
       (SELECT count(*) FROM chat.chats JOIN chat.deleted_chats USING (id)),
       (SELECT count(*) FROM chat.chats
         WHERE (SELECT count(*) FROM chat.messages JOIN chat.votes USING (chat_id) WHERE chat_id = chats.id) <> 2),
       (SELECT count(*) FROM chat.messages WHERE NOT EXISTS (SELECT FROM chat.chats WHERE chats.id = chat_id)),
       (SELECT count(*) FROM chat.votes WHERE NOT EXISTS (SELECT FROM chat.chats WHERE chats.id = chat_id))
"""
WAITING = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
LONG = "Tell me everything about the data"
FEW_FILES = 256
Start = Callable[[], tuple[AppProcess, "Program"]]


@pytest.fixture
def start(platform: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start processes of the app over one database, each with a client of its API."""
    with ExitStack() as stack:
        environ = environment.of_app({}, port=0, ephemeral=False) | platform

        def started() -> tuple[AppProcess, Program]:
            app = stack.enter_context(AppProcess(environ, log=tmp_path / f"{uuid4()}.log"))
            headers = {"x-forwarded-email": ANN.id}
            client = httpx.Client(base_url=f"{app.url}/api", headers=headers, timeout=30)
            return app, Program(stack.enter_context(client))

        yield started


class Program:
    """Talks to the API as Ann."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.chat_id, self.question_id = str(uuid4()), str(uuid4())

    def body(self, question: str) -> dict[str, Any]:
        return {"id": self.chat_id, "messages": [{"id": self.question_id, "role": "user", "content": question}]}

    def ask(self, question: str, most_events: int = 10_000) -> list[tuple[str, str]]:
        """Read the first events of the answer, each with its id, then disconnect."""
        with connect_sse(self.http, "POST", "/chat", json=self.body(question)) as source:
            assert source.response.status_code == 200, source.response.read()
            return [(event.id, event.data) for _, event in zip(range(most_events), source.iter_sse(), strict=False)]

    def messages(self, chat_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get(f"/messages/{chat_id}").json()["data"]
        return found


def text_of(events: list[tuple[str, str]]) -> str:
    chunks = [json.loads(data) for _, data in events if data not in ("", "[DONE]")]  # a keep-alive has no data
    return "".join(chunk["delta"] for chunk in chunks if chunk.get("type") == "response.output_text.delta")


@pytest.fixture
def held(workspace: Workspace) -> Iterator[Fault]:
    fault = workspace.faults.invocations.next(hold_after=30)
    yield fault
    fault.release_all()


def test_after_kill_9_the_question_and_nearly_all_of_the_answer_are_stored(
    start: Start, held: Fault, database: Database
) -> None:
    (first, mine), (_, theirs) = start(), start()
    said = text_of(mine.ask(LONG, most_events=29))
    until(lambda: logged_chunks(database) >= 30)
    first.kill()
    age(database)
    # A user opens the chat at the process that is still running.
    theirs.http.get(f"/chat/{mine.chat_id}/stream")
    question, answer = theirs.messages(mine.chat_id)
    assert question["content"] == LONG
    assert (answer["status"], answer["askedAs"]) == ("interrupted", "app")
    assert answer["content"].startswith(said.strip())


def test_after_kill_9_between_a_decision_and_the_answer_no_call_is_made_twice(
    start: Start, workspace: Workspace, database: Database
) -> None:
    (first, mine), (_, theirs) = start(), start()
    asked_before = len(workspace.requests.invocations)
    workspace.faults.invocations.next(chunks=[asks_to(CALL), DONE])
    mine.ask("Send it")
    held = workspace.faults.invocations.next(chunks=[has_done(CALL), DONE], hold_after=0)
    body = {"callId": CALL, "approve": True}
    with theirs.http.stream("GET", f"/chat/{mine.chat_id}/stream") as waits:
        assert "waitingFor" in "".join(waits.iter_text())
    with connect_sse(mine.http, "POST", f"/chat/{mine.chat_id}/approvals", json=body) as source:
        assert "mcp_approval_response" in next(source.iter_sse()).data
        until(lambda: len(workspace.requests.invocations) == asked_before + 2)
        first.kill()
    held.release_all()
    age(database)
    theirs.http.get(f"/chat/{mine.chat_id}/stream")
    answer = theirs.messages(mine.chat_id)[-1]
    assert (answer["status"], answer["parts"][-1]["is_approved"]) == ("interrupted", True)
    assert theirs.http.post(f"/chat/{mine.chat_id}/approvals", json=body).status_code == 409
    assert len(workspace.requests.invocations) == asked_before + 2


def logged_chunks(database: Database) -> int:
    with database.engine.connect() as connection:
        rows = connection.scalars(text("SET LOCAL chat.scope = 'process'; SELECT chunks FROM chat.turn_log")).all()
    return sum(len(row.split("\n")) for row in rows)


def test_sigterm_stores_the_partial_answer_and_the_process_ends_in_time(start: Start, held: Fault) -> None:
    (first, mine), (_, theirs) = start(), start()
    said = text_of(mine.ask(LONG, most_events=29))
    assert first.terminate() in (0, -signal.SIGTERM)
    question, answer = theirs.messages(mine.chat_id)
    assert (question["content"], answer["status"]) == (LONG, "interrupted")
    assert answer["content"].startswith(said.strip())


def until_done(reader: socket.socket) -> bytes:
    said = b""
    while b"data: [DONE]" not in said and (piece := reader.recv(65_536)):
        said += piece
    return said


@contextmanager
def few_open_files() -> Iterator[None]:
    """Processes started meanwhile get a limit on open files as low as some systems have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_open_file_limit_is_raised_so_that_many_readers_are_served(start: Start, held: Fault) -> None:
    with few_open_files():
        app, mine = start()
    mine.ask(LONG, most_events=1)
    address = ("127.0.0.1", app.port)
    request = f"GET /api/chat/{mine.chat_id}/stream HTTP/1.1\r\nHost: app\r\nx-forwarded-email: {ANN.id}\r\n\r\n"
    with ExitStack() as stack:
        readers = [stack.enter_context(socket.create_connection(address, 30)) for _ in range(FEW_FILES + 44)]
        for reader in readers:
            reader.sendall(request.encode())
        for reader in readers:
            assert reader.recv(17).startswith(b"HTTP/1.1 200 OK")
        held.release_all()
        for reader in readers:
            assert b"data: [DONE]" in until_done(reader)
    assert f"may be open; the limit was {FEW_FILES}." in app.said


def test_a_client_that_was_cut_off_resumes_at_another_process(start: Start, held: Fault) -> None:
    (_, mine), (_, theirs) = start(), start()
    before = mine.ask(LONG, most_events=20)
    with connect_sse(
        theirs.http, "GET", f"/chat/{mine.chat_id}/stream", headers={"Last-Event-ID": before[-1][0]}
    ) as source:
        after = []
        for event in source.iter_sse():
            held.release_all()
            after.append((event.id, event.data))
    ids = [int(place.split(":")[1]) for place, _ in (*before, *after)]
    assert ids == sorted(set(ids)), "every event once and in order"
    assert after[-1][1] == "[DONE]"
    stored = theirs.messages(mine.chat_id)[-1]
    assert text_of([*before, *after]).strip() == stored["content"].strip()
    assert stored["status"] == "complete"


def test_kill_9_while_all_chats_are_deleted_leaves_no_chat_half_deleted(
    start: Start, cluster: Cluster, database_name: str
) -> None:
    total = MAX_CHATS_A_BATCH + 5
    app, program = start()
    with closing(psycopg2.connect(cluster.admin_dsn(database_name))) as locking, locking.cursor() as cursor:
        cursor.execute(MANY_CHATS, {"user": ANN.id, "count": total})
        locking.commit()
        # The first batch is deleted, and the second waits for this lock when the process is killed.
        cursor.execute("SELECT FROM chat.chats ORDER BY id DESC LIMIT 1 FOR UPDATE")

        def waits() -> bool:
            cursor.execute(WAITING)
            return bool(cursor.fetchall())

        with ThreadPoolExecutor(1) as pool:
            deleting = pool.submit(program.http.request, "DELETE", "/history", json=DELETE_ALL)
            until(waits)
            app.kill()
            assert isinstance(deleting.exception(), httpx.TransportError)
        until(lambda: not waits())
        cursor.execute(DELETED_SO_FAR)
        assert cursor.fetchone() == (5, MAX_CHATS_A_BATCH, 0, 0, 0, 0)
    _, again = start()
    assert again.http.request("DELETE", "/history", json=DELETE_ALL).json() == {"deleted": 5}
    assert again.http.get("/history").json()["data"] == []

"""Chats taken away through the API, in each mode."""

import io
import json
import random
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4
from zipfile import BadZipFile, ZipFile

import httpx
import pytest

from lib.export.archive import MANIFEST
from lib.export.format import ChatFile, read_chat_file
from lib.messages.parts import Text, ToolResult
from lib.outage.pending_write import PendingWrite
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.rest_client import SAID, Client, asking, assert_error, chat_of, messages_of
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import lose_database, proxy, resilient  # noqa: F401
from tests.integration.test_store import ending_of, new_turn
from tests.waiting import until

FORMATS = {"json": "application/json", "markdown": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"}


def zipped(response: httpx.Response) -> dict[str, bytes]:
    assert response.status_code == 200, response.text
    with ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def chats_in(files: dict[str, bytes]) -> dict[str, ChatFile]:
    read = [read_chat_file(data) for name, data in files.items() if name != MANIFEST]
    return {str(file.chat.id): file for file in read}


LONG_CHATS = 40


def add_long_chats(process: Runtime) -> None:
    """Together more than the sockets between a reader and the app hold, compressed too."""
    store = process.store(ANN)
    for number in range(LONG_CHATS):
        store.start_turn(turn := new_turn())
        result = ToolResult("1", random.Random(number).randbytes(500_000).hex())  # noqa: S311
        store.finish_turn(ending_of(turn, parts=[result, Text("42")]))


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_a_chat_is_a_file_in_each_format(ann: Client, kept: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(kept)
    chat_id = chat_of(ann.ask(f"Why {SAID}?"))
    ann.http.patch(f"/chat/{chat_id}", json={"title": "Umsatz: Zürich/2026"})
    for name, media_type in FORMATS.items():
        for path in (f"/chat/{chat_id}/export", f"/chats/{chat_id}/export"):
            response = ann.get(path, format=name)
            assert response.headers["content-type"] == media_type
            assert int(response.headers["content-length"]) == len(response.content)
            assert re.match(r'attachment; filename="Umsatz Z_rich 2026\.', response.headers["content-disposition"])
            assert SAID in response.text
    assert ann.get(f"/chat/{chat_id}/export").headers["content-type"] == "application/json"


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_the_json_has_all_of_a_chat(ann: Client, kept: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(kept)
    chat_id = chat_of(ann.ask(SAID))
    question, answer = messages_of(ann, chat_id)
    ann.http.post("/feedback", json={"messageId": answer["id"], "isUpvoted": False, "comment": "No."})
    ann.http.patch(f"/chat/{chat_id}", json={"title": "Mine", "pinned": True, "archived": True})
    raw = ann.get(f"/chat/{chat_id}/export").json()
    assert [message["parts"] for message in raw["messages"]] == [question["parts"], answer["parts"]]
    file = read_chat_file(json.dumps(raw))
    assert (str(file.chat.id), file.chat.title, file.chat.title_source) == (chat_id, "Mine", "user")
    assert file.chat.pinned_at and file.chat.archived_at
    assert str(file.chat.leaf_id) == answer["id"]
    told = file.messages[1]
    assert (str(told.parent_id), told.agent, told.status) == (question["id"], "demo-agent", "complete")
    assert told.vote and (told.vote.is_upvoted, told.vote.comment) == (False, "No.")
    assert told.trace_id == answer["traceId"]


def test_a_reader_of_a_public_chat_takes_what_they_see(ann: Client, bob: Client, runtime: Runtime) -> None:
    chat_id = chat_of(ann.ask(SAID))
    _, answer = messages_of(ann, chat_id)
    ann.http.post("/feedback", json={"messageId": answer["id"], "isUpvoted": True})
    ann.http.patch(f"/chat/{chat_id}", json={"pinned": True, "archived": True})
    path = f"/chat/{chat_id}/export"
    assert_error(bob.get(path), 404, "not_found")
    ann.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    file = read_chat_file(bob.get(path).content)
    assert (file.chat.pinned_at, file.chat.archived_at) == (None, None)
    told = file.messages[1]
    assert told.vote is None and told.usage and told.duration_ms and told.model == "demo-agent"
    assert "Shared by: Ann" in bob.get(path, format="markdown").text
    assert chats_in(zipped(bob.get("/export"))) == {}
    assert chats_in(zipped(bob.get("/export", chat=chat_id))) == {}


@pytest.mark.parametrize("path", ["/chat/{}/export", "/export"])
@pytest.mark.parametrize("name", ["pdf", "", "JSON"])
def test_an_unknown_format_is_refused_with_a_sentence(ann: Client, runtime: Runtime, path: str, name: str) -> None:
    refused = ann.get(path.format(uuid4()), format=name)
    assert_error(refused, 422, "invalid_request")
    assert "format" in refused.json()["error"] and "markdown" in refused.json()["error"]


def test_no_more_chats_are_chosen_than_an_address_holds(ann: Client, runtime: Runtime) -> None:
    assert_error(ann.get("/export", chat=[str(uuid4())] * 101), 422, "invalid_request")
    assert_error(ann.get("/export", chat="x"), 422, "invalid_request")


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_all_chats_are_a_zip(ann: Client, bob: Client, kept: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(kept)
    mine = [chat_of(ann.ask(f"Question {number}?")) for number in range(4)]
    chat_of(bob.ask("Bob's own"))
    ann.http.patch(f"/chat/{mine[0]}", json={"archived": True})
    ann.http.delete(f"/chat/{mine[1]}")
    response = ann.get("/export")
    assert re.match(r'attachment; filename="Lakechat \d{4}-\d\d-\d\d\.zip"', response.headers["content-disposition"])
    files = zipped(response)
    assert set(chats_in(files)) == {mine[0], mine[2], mine[3]}
    assert json.loads(files[MANIFEST])["chats"] == 3
    assert set(chats_in(zipped(ann.get("/export", chat=mine[2:])))) == set(mine[2:])
    assert all(name.endswith(".html") for name in zipped(ann.get("/export", format="html")) if name != MANIFEST)


def test_a_running_answer_is_not_in_the_file_and_its_question_is(ann: Client, workspace: Workspace) -> None:
    body = asking(SAID)
    fault = workspace.faults.invocations.next(hold_after=2)
    with ann.asked(body) as found:
        next(found)
        [question] = read_chat_file(ann.get(f"/chat/{body['id']}/export").content).messages
        assert question.content == SAID
        assert "still being written" in ann.get(f"/chat/{body['id']}/export", format="html").text
        fault.release_all()
        list(found)


def test_one_export_at_a_time_and_its_place_is_free_when_the_reader_leaves(ann: Client, runtime: Runtime) -> None:
    add_long_chats(runtime)
    with ann.http.stream("GET", "/export") as reading:
        # Kept: httpx hangs up when the iterator goes.
        pieces = reading.iter_bytes(1_000)
        next(pieces)
        refused = ann.get("/export")
        assert_error(refused, 429, "too_many")
        assert int(refused.headers["Retry-After"]) > 0
        running = runtime.exports.running(ANN.id)
        assert running and running.chats_done < LONG_CHATS
    until(lambda: runtime.exports.running(ANN.id) is None)
    assert chats_in(zipped(ann.get("/export", chat=[str(uuid4())]))) == {}


def test_a_place_that_is_taken_is_refused_with_a_time_to_wait(ann: Client, runtime: Runtime) -> None:
    runtime.exports.begin(ANN.id)
    assert_error(ann.get("/export"), 429, "too_many")


@pytest.fixture
def over_proxy(served: tuple[str, dict[str, Runtime]], url: str, resilient: Runtime) -> Runtime:  # noqa: F811
    served[1]["now"] = resilient
    return resilient


def test_while_the_database_is_away_nothing_is_exported_but_refused(
    ann: Client,
    over_proxy: Runtime,
    proxy: TcpProxy,  # noqa: F811
) -> None:
    chat_id = chat_of(ann.ask(SAID))
    lose_database(over_proxy, proxy)
    for path in (f"/chat/{chat_id}/export", "/export"):
        refused = ann.get(path)
        assert_error(refused, 503, "database_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
    assert over_proxy.exports.running(ANN.id) is None
    proxy.open()
    until(lambda: not over_proxy.connection_state.is_lost)
    assert set(chats_in(zipped(ann.get("/export")))) == {chat_id}


def test_a_database_that_goes_away_in_the_middle_ends_the_zip_so_that_everybody_notices(
    ann: Client,
    over_proxy: Runtime,
    proxy: TcpProxy,  # noqa: F811
) -> None:
    add_long_chats(over_proxy)
    came = b""
    with pytest.raises(httpx.RemoteProtocolError), ann.http.stream("GET", "/export") as reading:
        assert reading.status_code == 200
        for piece in reading.iter_raw():
            came += piece
            proxy.close()
    assert came
    with pytest.raises(BadZipFile):
        ZipFile(io.BytesIO(came))
    until(lambda: over_proxy.exports.running(ANN.id) is None)


def test_a_process_that_ends_ends_its_exports(ann: Client, runtime: Runtime) -> None:
    for _ in range(3):
        ann.ask("x")
    runtime.closing = True
    try:
        assert_error(ann.get("/export"), 503, "shutting_down")
    finally:
        runtime.closing = False


def test_others_are_served_while_chats_are_exported(
    client_of: Callable[..., Client], ann: Client, bob: Client, runtime: Runtime
) -> None:
    runtime.settings = replace(runtime.settings, requests_per_minute=100_000)
    for _ in range(30):
        ann.ask("x")
    answers: list[int] = []
    reader = threading.Thread(target=lambda: answers.append(len(chats_in(zipped(ann.get("/export"))))))
    reader.start()
    while reader.is_alive():
        assert bob.get("/session").status_code == 200
    assert answers == [30]


def test_while_a_message_waits_to_be_saved_no_zip_pretends_to_have_all(
    ann: Client, bob: Client, runtime: Runtime
) -> None:
    chat_id = chat_of(ann.ask("Saved"))
    runtime.outbox.add(PendingWrite(ANN, waiting := new_turn()))
    assert_error(ann.get("/export"), 503, "database_unavailable")
    assert "wait to be saved" in ann.get("/export").json()["error"]
    assert_error(ann.get(f"/chat/{waiting.chat_id}/export"), 503, "database_unavailable")
    assert ann.get(f"/chat/{chat_id}/export").status_code == 200
    assert bob.get("/export").status_code == 200

"""Chats brought back through the API, in each mode."""

import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import repeat
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest

from lib.export.format import read_chat_file
from lib.importer.limits import MAX_FILE_BYTES
from lib.runtime import Runtime
from tests.conftest import ANN
from tests.integration.rest_client import AS_BYTES, SAID, Client, asking, assert_error, chat_of, messages_of
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import lose_database, proxy, resilient  # noqa: F401
from tests.waiting import until

MODES = pytest.mark.parametrize("kept", ["runtime", "ephemeral"])


def sent(client: Client, content: bytes | str | Iterator[bytes], **headers: str) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream", **headers}
    return client.http.post("/import", content=content, headers=headers, timeout=120)


def imported(client: Client, content: bytes | str) -> dict[str, Any]:
    response = sent(client, content)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    assert set(found) == {"imported", "unchanged", "skipped"}
    return found


def chats_in(archive: bytes) -> dict[str, dict[str, Any]]:
    """Of a zip of all chats, without when it was made."""
    with ZipFile(io.BytesIO(archive)) as opened:
        files = [json.loads(opened.read(name)) for name in opened.namelist() if name != "manifest.json"]
    return {file["chat"]["id"]: {**file, "exportedAt": None} for file in files}


@MODES
def test_a_zip_of_all_chats_comes_back(ann: Client, kept: str, request: pytest.FixtureRequest) -> None:
    process: Runtime = request.getfixturevalue(kept)
    ids = [chat_of(ann.ask(f"Question {number}?")) for number in range(3)]
    ann.http.patch(f"/chat/{ids[0]}", json={"title": "Umsatz: Zürich", "pinned": True, "archived": True})
    ann.http.post("/feedback", json={"messageId": messages_of(ann, ids[1])[1]["id"], "isUpvoted": True})
    archive = ann.get("/export").content
    assert imported(ann, archive) == {"imported": 0, "unchanged": 3, "skipped": []}
    forget_everything(process)
    assert ann.get("/export").content.count(b"chats/") == 0
    assert imported(ann, archive) == {"imported": 3, "unchanged": 0, "skipped": []}
    before, after = chats_in(archive), chats_in(ann.get("/export").content)
    if kept == "ephemeral":  # memory does not keep how quickly an answer began
        for file in (*before.values(), *after.values()):
            for message in file["messages"]:
                message["firstEventMs"] = None
    assert after == before
    assert imported(ann, archive) == {"imported": 0, "unchanged": 3, "skipped": []}


def forget_everything(process: Runtime) -> None:
    """As if the users had never been here: also which chats they deleted."""
    if process.database is None:
        process._chats.__init__()  # type: ignore[misc]
        return
    forget = "SELECT set_config('chat.user_id', %s, true); DELETE FROM chat.users"
    with process.database.engine.connect() as connection:
        connection.exec_driver_sql(forget, (ANN.id,))


@MODES
def test_one_chat_goes_to_somebody_else_under_new_ids(
    ann: Client, bob: Client, kept: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(kept)
    chat_id = chat_of(ann.ask(SAID))
    ann.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    assert imported(bob, ann.get(f"/chat/{chat_id}/export").content)["imported"] == 1
    [(here, file)] = chats_in(bob.get("/export").content).items()
    assert (here == chat_id, file["chat"]["visibility"]) == (False, "private")
    assert file["messages"][0]["content"] == SAID
    assert len(messages_of(ann, chat_id)) == 2


def test_ids_of_others_and_ids_deleted_are_answered_alike(ann: Client, bob: Client, runtime: Runtime) -> None:
    theirs, own = chat_of(bob.ask("Bob's.")), chat_of(ann.ask("Ann's."))
    file = ann.get(f"/chat/{own}/export").json()
    ann.http.delete(f"/chat/{own}")
    answers = []
    for chat_id in (theirs, own, str(uuid4())):
        file["chat"]["id"] = chat_id
        answers.append(ann.http.post("/import", json=file))
    assert {(each.status_code, each.text) for each in answers} == {(200, '{"imported":1,"unchanged":0,"skipped":[]}')}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "broken, or of another kind"),
        (b"%PDF-1.7", "broken, or of another kind"),
        (b'{"format": "lakechat.chat"', "broken, or of another kind"),
        (b"PK\x03\x04 no zip", "broken, or of another kind"),
        (b"[]", "There are no chats"),
        (b'{"name": "something else"}', "There are no chats"),
        (b"[1, 2, null, [], true]", "There are no chats"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_a_sentence(
    ann: Client, runtime: Runtime, content: bytes, sentence: str
) -> None:
    refused = sent(ann, content)
    assert_error(refused, 400, "bad_input")
    assert sentence in refused.json()["error"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_page_elsewhere_could_send_is_refused(ann: Client, runtime: Runtime, kind: str) -> None:
    refused = sent(ann, many(1), **{"Content-Type": kind})
    assert_error(refused, 400, "bad_input")
    assert "application/json" in refused.json()["error"]


def answer_to_a_long_body(client: Client, pieces: Iterator[bytes], length: str) -> str:
    """The raw answer. A server that refuses a body hangs up before all of it was sent; httpx loses the answer then."""
    url = client.http.base_url
    head = f"POST {url.path}import HTTP/1.1\r\nHost: app\r\nConnection: close\r\nx-forwarded-email: {ANN.id}\r\n"
    answer = b""
    with socket.create_connection((url.host, url.port or 80), 60) as connection:
        connection.sendall(f"{head}Content-Type: application/json\r\n{length}\r\n\r\n".encode())
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        with suppress(ConnectionError):
            while piece := connection.recv(65_536):
                answer += piece
    return answer.decode()


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_of_200_mb_is_refused_and_the_limit_is_named(ann: Client, runtime: Runtime, announced: bool) -> None:
    megabyte = b" " * 1_000_000
    size = 2 * MAX_FILE_BYTES
    piece = megabyte if announced else b"%x\r\n%s\r\n" % (len(megabyte), megabyte)
    length = f"Content-Length: {size}" if announced else "Transfer-Encoding: chunked"
    answer = answer_to_a_long_body(ann, repeat(piece, size // len(megabyte)), length)
    assert answer.startswith("HTTP/1.1 413 ")
    assert '"too_large"' in answer and "100 MB" in answer


def altered(ann: Client, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """What becomes of a chat of Ann's, changed in its file, under ids that are free."""
    file = ann.get(f"/chat/{chat_of(ann.ask(SAID))}/export").json()
    file["chat"]["id"] = str(uuid4())
    change(file)
    return imported(ann, json.dumps(file))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda file: file.update(version=2), "version 2"),
        (lambda file: file["chat"].pop("title"), "(chat.title)"),
        (
            lambda file: file["messages"][0].update(attachments=[{"name": "a", "contentType": "b", "url": "x:y"}]),
            "link",
        ),
        (lambda file: file["messages"][0].update(id="x"), "(messages.0.id)"),
        (lambda file: file["messages"][1].update(role="robot"), "(messages.1.role)"),
        (lambda file: file["messages"].reverse(), "does not come before it"),
        (lambda file: file["messages"].append(file["messages"][0]), "the same id"),
        (lambda file: file["messages"][0].update(parentId=str(uuid4())), "does not come before it"),
        (lambda file: file["messages"][0].update(parentId=file["messages"][1]["id"]), "does not come before it"),
    ],
)
def test_a_chat_that_is_not_as_described_is_skipped_with_the_reason(
    ann: Client, runtime: Runtime, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    found = altered(ann, change)
    [skipped] = found["skipped"]
    assert (found["imported"], reason in skipped["reason"]) == (0, True), found


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["messages"][1].update(status="running"),
        lambda file: file["messages"][1].update(parts=[{"type": "hologram", "of": "\ud800\x00"}], content="\x00"),
        lambda file: file["chat"].update(title="\x00" + "long " * 1000, leafId=None),
        lambda file: file["chat"].update(createdAt="9999-12-31T00:00:00Z", updatedAt="0001-01-01T00:00:00Z"),
        lambda file: file["chat"].update(leafId=str(uuid4()), visibility="public"),
        lambda file: file.update(later="unknown fields are ignored"),
        lambda file: file.update(messages=[]),
    ],
)
def test_an_odd_chat_is_taken(ann: Client, runtime: Runtime, change: Callable[[dict[str, Any]], object]) -> None:
    assert altered(ann, change) == {"imported": 1, "unchanged": 0, "skipped": []}
    for chat in ann.get("/history").json()["data"]:
        assert chat["visibility"] == "private" and len(chat["title"]) <= 80
        assert {each["status"] for each in messages_of(ann, chat["id"])} <= {"complete", "interrupted"}
        assert chat["createdAt"] <= chat["updatedAt"] < "2200"
        read_chat_file(ann.get(f"/chat/{chat['id']}/export").content)


def many(number: int) -> str:
    """Chats with one question each."""
    said = {"role": "user", "status": "complete", "parts": [{"type": "text", "text": "Hi"}], "content": "Hi"}
    at = "2026-03-04T12:00:00Z"
    return json.dumps(
        [
            {
                "format": "lakechat.chat",
                "version": 1,
                "exportedAt": at,
                "chat": {"id": str(uuid4()), "title": f"Chat {place}", "createdAt": at, "updatedAt": at},
                "messages": [{"id": str(uuid4()), "parentId": None, "createdAt": at, **said}],
            }
            for place in range(number)
        ]
    )


def test_one_import_of_a_user_at_a_time_and_others_go_on(
    client_of: Callable[..., Client], ann: Client, bob: Client, runtime: Runtime
) -> None:
    answers: list[httpx.Response] = []
    file = many(1_500)
    thread = threading.Thread(target=lambda: answers.append(sent(ann, file)))
    thread.start()
    until(lambda: runtime.imports.is_running(ANN.id))
    refused = sent(client_of(**{"x-forwarded-email": ANN.id}), many(1))
    assert_error(refused, 429, "too_many")
    assert "Retry-After" in refused.headers
    assert imported(bob, many(1))["imported"] == 1
    thread.join(120)
    assert answers[0].json() == {"imported": 1_500, "unchanged": 0, "skipped": []}
    assert imported(ann, many(1))["imported"] == 1


@pytest.fixture
def over_proxy(served: tuple[str, dict[str, Runtime]], url: str, resilient: Runtime) -> Runtime:  # noqa: F811
    served[1]["now"] = resilient
    return resilient


def test_while_the_database_is_away_nothing_is_imported_and_afterwards_all_is(
    ann: Client,
    over_proxy: Runtime,
    proxy: TcpProxy,  # noqa: F811
) -> None:
    ann.ask(SAID)
    file = many(3)
    lose_database(over_proxy, proxy)
    refused = sent(ann, file)
    assert_error(refused, 503, "database_unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert not over_proxy.imports.is_running(ANN.id)
    proxy.open()
    until(lambda: not over_proxy.connection_state.is_lost)
    assert imported(ann, file) == {"imported": 3, "unchanged": 0, "skipped": []}


def test_an_import_that_breaks_off_says_how_far_it_came_and_a_repeat_goes_on(
    ann: Client,
    over_proxy: Runtime,
    proxy: TcpProxy,  # noqa: F811
) -> None:
    file, answers = many(2_000), []
    thread = threading.Thread(target=lambda: answers.append(sent(ann, file)))
    thread.start()
    until(lambda: len(over_proxy.store(ANN).list_chats(50).chats) == 50)
    proxy.close()
    thread.join(120)
    assert_error(answers[0], 503, "database_unavailable")
    assert "Import it again to go on" in answers[0].json()["error"]
    proxy.open()
    until(lambda: not over_proxy.connection_state.is_lost)
    found = imported(ann, file)
    assert found["imported"] + found["unchanged"] == 2_000
    assert found["unchanged"] >= 50


def test_a_process_that_ends_ends_its_imports(ann: Client, runtime: Runtime) -> None:
    runtime.closing = True
    try:
        refused = sent(ann, many(2))
    finally:
        runtime.closing = False
    assert_error(refused, 503, "shutting_down")
    assert imported(ann, many(1))["imported"] == 1


def chatgpt(number: int) -> dict[str, Any]:
    question = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [f"Question {number} \ud800"]}}
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"}
    answer = {
        "author": {"role": "assistant"},
        "content": {"content_type": "multimodal_text", "parts": [image, "42\x00"]},
    }
    mapping = {"q": {"parent": None, "message": question}, "a": {"parent": "q", "message": answer}}
    return {"id": f"c-{number}", "title": f"Chat {number}", "create_time": 1.7e9, "mapping": mapping}


def open_webui(number: int) -> dict[str, Any]:
    messages = {"q": {"parentId": None, "role": "user", "content": f"Asked {number}", "timestamp": 1_700_000_000}}
    return {
        "id": f"w-{number}",
        "title": f"Web {number}",
        "chat": {"history": {"messages": messages, "currentId": "q"}},
    }


@MODES
def test_the_zip_of_chatgpt_is_taken_once_and_what_is_missing_is_named(
    ann: Client, bob: Client, kept: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(kept)
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("conversations.json", json.dumps([chatgpt(1), chatgpt(2), {"mapping": None}]))
        archive.writestr("user.json", '{"email": "x"}')
        archive.writestr("file-1.png", b"x")
    found = imported(ann, out.getvalue())
    assert (found["imported"], found["unchanged"]) == (2, 0)
    reasons = {each["title"]: each["reason"] for each in found["skipped"]}
    assert set(reasons) == {"Chat 1", "Chat 2", "conversations.json, 3", "user.json", "file-1.png"}
    assert "one file" in reasons["Chat 1"]
    assert "not a chat" in reasons["user.json"]
    again = imported(ann, out.getvalue())
    assert (again["imported"], again["unchanged"]) == (0, 2)
    assert imported(bob, out.getvalue())["imported"] == 2
    said = {file["chat"]["title"]: file for file in chats_in(ann.get("/export").content).values()}
    assert [each["content"] for each in said["Chat 1"]["messages"]] == ["Question 1 ", "42"]


@MODES
def test_the_file_of_open_webui_is_taken_once(ann: Client, kept: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(kept)
    file = json.dumps([open_webui(1), open_webui(2)])
    assert imported(ann, file) == {"imported": 2, "unchanged": 0, "skipped": []}
    assert imported(ann, file) == {"imported": 0, "unchanged": 2, "skipped": []}


@MODES
def test_a_zip_brings_attached_files_back(ann: Client, bob: Client, kept: str, request: pytest.FixtureRequest) -> None:
    process: Runtime = request.getfixturevalue(kept)
    sent_file = ann.http.post(
        "/attachments", params={"name": "a.json"}, content=b'{"format": "lakechat.chat"}', headers=AS_BYTES
    ).json()
    body = asking("What is in it?")
    body["messages"][0]["attachments"] = [{"id": sent_file["id"]}]
    chat_of(ann.http.post("/chat", json=body))
    archive = ann.get("/export").content
    with ZipFile(io.BytesIO(archive)) as opened:
        assert opened.read(f"files/{sent_file['id']}/a.json") == b'{"format": "lakechat.chat"}'
    assert imported(ann, archive) == {"imported": 0, "unchanged": 1, "skipped": []}
    assert imported(bob, archive) == {"imported": 1, "unchanged": 0, "skipped": []}
    [theirs] = bob.get("/search/chats").json()["data"]
    [copied] = messages_of(bob, theirs["id"])[0]["attachments"]
    assert copied["id"] != sent_file["id"]
    assert bob.get(copied["url"].removeprefix("/api")).content == b'{"format": "lakechat.chat"}'
    forget_everything(process)
    assert ann.get(f"/attachments/{sent_file['id']}").status_code == 404
    assert imported(ann, archive) == {"imported": 1, "unchanged": 0, "skipped": []}
    [back] = messages_of(ann, body["id"])[0]["attachments"]
    assert back == {**sent_file, "url": f"/api/attachments/{sent_file['id']}"}
    assert ann.get(f"/attachments/{sent_file['id']}").content == b'{"format": "lakechat.chat"}'
    [document] = chats_in_json(archive)
    forget_everything(process)
    [skipped] = imported(ann, document)["skipped"]
    assert "one file" in skipped["reason"]
    assert messages_of(ann, body["id"])[0]["attachments"][0]["id"] is None


def chats_in_json(archive: bytes) -> list[bytes]:
    with ZipFile(io.BytesIO(archive)) as opened:
        return [opened.read(name) for name in opened.namelist() if name.startswith("chats/")]

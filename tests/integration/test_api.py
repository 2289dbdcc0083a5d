"""The REST API over a real server, a real database and the local workspace's agent."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from lib.agent.events import DONE
from lib.agent.http.refusals import SIGN_IN_EXPIRED
from lib.api.routes import all_routes
from lib.runtime import Runtime
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, administer
from tests.integration.conftest import Runtimes
from tests.integration.rest_client import SAID, Client, Event, asking, assert_error, chat_of, events, messages_of
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import lose_database, restore_database
from tests.integration.test_resilient_store import proxy as proxy
from tests.integration.test_resilient_store import resilient as resilient


def deltas(found: list[Event]) -> str:
    messages = [event.json for event in found if event.data != DONE]
    return "".join(each["delta"] for each in messages if each.get("type") == "response.output_text.delta")


def test_the_session_route_names_the_user(ann: Client, client_of: Callable[..., Client]) -> None:
    session = ann.get("/session").json()
    assert session == {
        "user": {"id": ANN.id, "email": ANN.id, "name": "Ann"},
        "authenticated": True,
        "askedAs": "app",
        "expiresInSeconds": None,
    }
    assert client_of().get("/session").json()["authenticated"] is False


def test_health_needs_no_sign_in(client_of: Callable[..., Client], runtime: Runtime) -> None:
    runtime.settings = replace(runtime.settings, app_name="lakechat")
    response = client_of().get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_on_the_platform_every_route_but_health_needs_an_identity(
    client_of: Callable[..., Client], runtime: Runtime
) -> None:
    runtime.settings = replace(runtime.settings, app_name="lakechat")
    client, tried = client_of(), 0
    for route in all_routes():
        for method in (route.methods or set()) - {"HEAD"}:
            response = client.http.request(method, route.path.replace("{chat_id}", str(uuid4())), json={})
            if route.path != "/health":
                assert_error(response, 401, "not_signed_in")
                tried += 1
    assert tried >= 10


def test_a_stream_has_the_agents_chunks_then_meta_and_done(ann: Client) -> None:
    body = asking("Which region sold most last quarter?")
    response = ann.http.post("/chat", json=body)
    found = events(response)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["X-Chat-Id"] == body["id"]
    *chunks, meta, done = found
    assert done.data == DONE
    question, answer = messages_of(ann, body["id"])
    assert [event.id for event in found] == [f"{answer['id']}:{found[0].number + each}" for each in range(len(found))]
    expected = {"type": "meta", "chatId": body["id"], "assistantMessageId": answer["id"], "traceId": answer["traceId"]}
    assert meta.json.items() >= expected.items()
    assert answer["traceId"]
    kinds = [event.json["type"] for event in chunks]
    assert kinds.count("response.output_text.delta") > 3
    assert "response.output_item.done" in kinds
    assert deltas(chunks) == answer["content"]
    assert question["id"] == body["messages"][0]["id"]


def meta(response: Any) -> Any:
    return events(response)[-2].json


def test_the_end_of_a_stream_tells_whether_the_answer_is_saved(
    ann: Client, resilient: Runtime, proxy: TcpProxy, served: tuple[str, Runtimes]
) -> None:
    served[1]["now"] = resilient
    body = asking("How many orders are there?")
    assert meta(ann.http.post("/chat", json=body))["saved"] is True
    lose_database(resilient, proxy)
    later = asking("And now?", body["id"])
    ending = meta(ann.http.post("/chat", json=later))
    assert (ending["status"], ending["saved"]) == ("complete", False)
    restore_database(resilient, proxy)
    assert meta(ann.http.post("/chat", json=later))["saved"] is True
    assert [message["status"] for message in messages_of(ann, body["id"])] == ["complete"] * 4


def test_without_a_database_no_answer_is_reported_as_saved(ann: Client, ephemeral: Runtime) -> None:
    body = asking("How many orders are there?")
    for _ in range(2):
        assert meta(ann.http.post("/chat", json=body))["saved"] is False


def test_messages_have_the_documented_shape(ann: Client) -> None:
    chat_id = chat_of(ann.ask("Which region sold most last quarter?"))
    found = ann.get(f"/messages/{chat_id}").json()
    assert found["source"] == "live"
    assert ann.get(f"/chats/{chat_id}/messages").json() == found
    question, answer = found["data"]
    keys = {"id", "role", "parts", "content", "attachments", "status", "traceId", "askedAs", "agent", "parentId"}
    assert keys | {"siblings", "createdAt"} <= set(question) == set(answer)
    assert (question["role"], question["status"], question["parentId"]) == ("user", "complete", None)
    assert (answer["role"], answer["status"], answer["parentId"]) == ("assistant", "complete", question["id"])
    assert answer["createdAt"].endswith(("Z", "+00:00"))
    assert {"text", "tool_call", "tool_result"} <= {part["type"] for part in answer["parts"]}


def test_after_an_expired_sign_in_the_kept_question_can_be_asked_again_with_a_new_token(
    client_of: Callable[..., Client], workspace: Workspace
) -> None:
    ann = {"x-forwarded-email": f"ann-{uuid4()}@example.com"}
    tokens = [workspace.issue_user_token(ANN.id, ttl_seconds=seconds) for seconds in (-1, 60)]
    stale, fresh = (client_of(**ann, **{"x-forwarded-access-token": token}) for token in tokens)
    body = asking("How many orders are there?")
    found = events(stale.http.post("/chat", json=body))
    assert [event.json["error"] for event in found if event.data != DONE and event.json["type"] == "error"] == [
        SIGN_IN_EXPIRED
    ]
    question, failed = messages_of(stale, body["id"])
    assert (question["content"], failed["status"], failed["askedAs"]) == (
        "How many orders are there?",
        "failed",
        "user",
    )
    fresh.ask("How many orders are there?", id=body["id"])
    *_, answer = messages_of(fresh, body["id"])
    assert (answer["status"], answer["askedAs"]) == ("complete", "user")
    assert [request.caller for request in workspace.requests.invocations] == [None, ANN.id]


def test_an_answer_tells_with_whose_rights_the_agent_was_called(ann: Client) -> None:
    response = ann.ask()
    assert meta(response)["askedAs"] == "app"
    assert [message["askedAs"] for message in messages_of(ann, chat_of(response))] == [None, "app"]


def test_a_repeated_request_gets_the_same_answer_without_asking_again(ann: Client, workspace: Workspace) -> None:
    body = asking("How many orders are there?")
    first, second = (events(ann.http.post("/chat", json=body)) for _ in range(2))
    assert len(workspace.requests.invocations) == 1
    assert second[-2].json == first[-2].json
    (whole,) = [event.json["item"] for event in second[:-2]]
    stored = messages_of(ann, body["id"])
    assert whole["content"][0]["text"] == stored[-1]["content"]
    assert len(stored) == 2


def test_a_request_repeated_during_its_answer_joins_that_answer(ann: Client, workspace: Workspace) -> None:
    body = asking("How many orders are there?")
    fault = workspace.faults.invocations.next(hold_after=2)
    with ann.asked(body) as first:
        head = [next(first), next(first)]
        with ann.asked(body) as second:
            again = [next(second), next(second)]
            fault.release_all()
            assert head + list(first) == again + list(second)
    assert len(workspace.requests.invocations) == 1


def test_a_repeated_older_request_never_gets_the_answer_to_a_newer_question(ann: Client, workspace: Workspace) -> None:
    old = asking("How many orders are there?")
    first = events(ann.http.post("/chat", json=old))
    fault = workspace.faults.invocations.next(hold_after=1)
    with ann.asked(asking("Who are our top 10 customers?", old["id"])) as newer:
        next(newer)
        threading.Timer(5, fault.release_all).start()  # only ever needed where the old request joins the newer turn
        again = events(ann.http.post("/chat", json=old))
        fault.release_all()
        list(newer)
    assert again[-2].json == first[-2].json


def test_a_second_question_during_an_answer_is_refused(ann: Client, workspace: Workspace) -> None:
    body = asking("How many orders are there?")
    fault = workspace.faults.invocations.next(hold_after=1)
    with ann.asked(body) as found:
        next(found)
        assert_error(ann.ask(SAID, chat_id=body["id"]), 409, "chat_busy")
        fault.release_all()
        list(found)
    assert len(messages_of(ann, body["id"])) == 2


def test_when_the_agent_is_down_an_error_event_is_sent_and_the_question_is_kept(
    ann: Client, workspace: Workspace
) -> None:
    workspace.faults.invocations.always(status=500)
    body = asking("How many orders are there?")
    *_, error, meta, done = events(ann.http.post("/chat", json=body))
    assert error.json["type"] == "error"
    assert error.json["error"].strip()
    assert (meta.json["type"], meta.json["status"], done.data) == ("meta", "failed", DONE)
    question, answer = messages_of(ann, body["id"])
    assert question["content"] == "How many orders are there?"
    assert answer["status"] == "failed"
    workspace.faults.clear()
    assert events(ann.ask("And now?", chat_id=body["id"]))[-2].json["status"] == "complete"


def test_when_the_agent_breaks_off_the_partial_answer_is_kept(ann: Client, workspace: Workspace) -> None:
    workspace.faults.invocations.next(cut_after=8)
    body = asking("Tell me everything about the data")
    found = events(ann.http.post("/chat", json=body))
    assert [event.json["type"] for event in found[-3:-1]] == ["error", "meta"]
    answer = messages_of(ann, body["id"])[-1]
    assert answer["status"] == "failed"
    assert deltas(found) in answer["content"]


def test_a_client_that_disconnects_does_not_end_the_answer(ann: Client, workspace: Workspace) -> None:
    body = asking("Which region sold most last quarter?")
    fault = workspace.faults.invocations.next(hold_after=2)
    with ann.asked(body) as found:
        next(found)
    with ann.following(body["id"]) as rest:
        fault.release_all()
        assert list(rest)[-1].data == DONE
    assert messages_of(ann, body["id"])[-1]["status"] == "complete"


def test_a_reader_that_reconnects_gets_each_event_once(ann: Client, workspace: Workspace) -> None:
    body = asking("Which region sold most last quarter?")
    fault = workspace.faults.invocations.next(hold_after=6)
    with ann.asked(body) as found:
        head = [next(found) for _ in range(3)]
    with ann.following(body["id"], head[-1].id) as rest, ann.following(body["id"]) as whole:
        middle = [next(rest) for _ in range(2)]
        fault.release_all()
        assert head + middle + list(rest) == list(whole)
    assert ann.http.get(f"/chat/{body['id']}/stream").status_code == 204


def test_a_reader_of_an_ended_answer_gets_no_events_of_the_next_answer(ann: Client, workspace: Workspace) -> None:
    first = asking("How many orders are there?")
    *_, done = events(ann.http.post("/chat", json=first))
    fault = workspace.faults.invocations.next(hold_after=3)
    with ann.asked(asking("Which region sold most?", first["id"])) as found:
        start = next(found)
        where_it_was = {"Last-Event-ID": done.id}
        assert ann.http.get(f"/chat/{first['id']}/stream", headers=where_it_was).status_code == 204
        with ann.following(first["id"], "0") as whole:
            assert next(whole) == start, "a number alone is a place in what runs"
        fault.release_all()
        list(found)


def test_a_chat_and_its_answer_are_reported_as_running(ann: Client, workspace: Workspace) -> None:
    body = asking("How many orders are there?")
    fault = workspace.faults.invocations.next(hold_after=1)
    with ann.asked(body) as found:
        next(found)
        assert ann.get("/history").json()["data"][0]["running"] is True
        assert [message["status"] for message in messages_of(ann, body["id"])] == ["complete", "running"]
        fault.release_all()
        list(found)
    assert ann.get("/history").json()["data"][0]["running"] is False


def test_a_stopped_answer_keeps_its_partial_text(ann: Client, workspace: Workspace) -> None:
    body = asking("Tell me everything about the data")
    workspace.faults.invocations.next(hold_after=12)
    with ann.asked(body) as found:
        came = []
        for event in found:
            came.append(event)
            if len(came) == 12:
                assert ann.http.post(f"/chat/{body['id']}/stop").json() == {"success": True}
    assert came[-2].json["status"] == "stopped"
    answer = messages_of(ann, body["id"])[-1]
    assert (answer["status"], answer["content"]) == ("stopped", deltas(came))
    assert ann.http.post(f"/chat/{body['id']}/stop").json() == {"success": False}


def test_a_deleted_chat_is_not_found(ann: Client) -> None:
    for path in ("chat", "chats"):
        chat_id = chat_of(ann.ask())
        assert ann.http.delete(f"/{path}/{chat_id}").json() == {"success": True}
        assert_error(ann.get(f"/messages/{chat_id}"), 404, "not_found")
        assert_error(ann.http.delete(f"/{path}/{chat_id}"), 404, "not_found")
    assert ann.get("/history").json() == {"data": [], "hasMore": False, "nextCursor": None}


def test_a_chat_can_be_deleted_during_an_answer(ann: Client, workspace: Workspace) -> None:
    body = asking("How many orders are there?")
    workspace.faults.invocations.next(hold_after=1)
    with ann.asked(body) as found:
        next(found)
        assert ann.http.delete(f"/chat/{body['id']}").status_code == 200
        assert list(found)[-1].data == DONE
    assert_error(ann.get(f"/messages/{body['id']}"), 404, "not_found")


def test_another_user_finds_nothing(ann: Client, bob: Client, workspace: Workspace) -> None:
    body = asking("How many orders are there?")
    fault = workspace.faults.invocations.next(hold_after=1)
    with ann.asked(body) as found:
        next(found)
        assert_error(bob.http.post("/chat", json=body), 404, "not_found")
        assert_error(bob.ask(SAID, chat_id=body["id"]), 404, "not_found")
        mine = {**body, "id": str(uuid4())}
        assert_error(bob.http.post("/chat", json=mine), 404, "not_found")
        assert_error(bob.get("/history", starting_after=body["id"]), 400, "bad_input")
        assert bob.get("/history").json() == {"data": [], "hasMore": False, "nextCursor": None}
        fault.release_all()
        list(found)
    assert [message["status"] for message in messages_of(ann, body["id"])] == ["complete", "complete"]
    assert len(workspace.requests.invocations) == 1


@pytest.fixture
def many(ann: Client, runtime: Runtime) -> list[str]:
    """45 chats in the order of the list."""
    ids = sorted((str(uuid4()) for _ in range(45)), reverse=True)
    assert runtime.database
    ann.ask()
    with runtime.database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT set_config('chat.user_id', :user_id, true); DELETE FROM chat.chats; "
                "INSERT INTO chat.chats (id, user_id) SELECT unnest(CAST(:ids AS uuid[])), :user_id"
            ),
            {"ids": ids, "user_id": ANN.id},
        )
    return ids


def test_history_pages_in_both_directions_have_no_gap(ann: Client, many: list[str]) -> None:
    path = "/history"
    page = ann.get(path).json()
    assert ann.get("/chats").json() == page
    assert ([chat["id"] for chat in page["data"]], page["hasMore"]) == (many[:20], True)
    found = list(page["data"])
    while page["hasMore"]:
        page = ann.get(path, starting_after=found[-1]["id"]).json()
        found += page["data"]
    assert [chat["id"] for chat in found] == many
    newer = ann.get(path, ending_before=many[30], limit=10).json()
    assert ([chat["id"] for chat in newer["data"]], newer["hasMore"]) == (many[20:30], True)
    assert len(ann.get(path, limit=100).json()["data"]) == 45


def test_a_chat_has_the_documented_shape(ann: Client) -> None:
    chat_id = chat_of(ann.ask("How many orders are there?"))
    (chat,) = ann.get("/history").json()["data"]
    keys = {"id", "title", "visibility", "pinned", "archived", "createdAt", "updatedAt", "running"}
    assert keys <= set(chat)
    assert (chat["id"], chat["title"], chat["visibility"]) == (chat_id, "How many orders are there?", "private")
    assert (chat["pinned"], chat["archived"], chat["running"]) == (False, False, False)
    assert chat["updatedAt"].endswith(("Z", "+00:00"))


WRONG_PAGES: list[tuple[dict[str, str], int, str]] = [
    ({"limit": "0"}, 422, "invalid_request"),
    ({"limit": "101"}, 422, "invalid_request"),
    ({"limit": "-1"}, 422, "invalid_request"),
    ({"limit": "many"}, 422, "invalid_request"),
    ({"limit": ""}, 422, "invalid_request"),
    ({"starting_after": "' OR 1=1 --"}, 422, "invalid_request"),
    ({"ending_before": "\x00"}, 422, "invalid_request"),
    ({"starting_after": str(UUID(int=1))}, 400, "bad_input"),
    ({"ending_before": str(UUID(int=1))}, 400, "bad_input"),
    ({"starting_after": str(UUID(int=1)), "ending_before": str(UUID(int=2))}, 400, "bad_input"),
]


def test_invalid_paging_parameters_are_refused(ann: Client) -> None:
    for params, status, code in WRONG_PAGES:
        assert_error(ann.get("/history", **params), status, code)


WRONG_QUESTIONS: dict[str, tuple[Any, int, str]] = {
    "empty": (asking(""), 400, "bad_input"),
    "blank": (asking(" \n\t "), 400, "bad_input"),
    "only a NUL": (asking("\x00"), 400, "bad_input"),
    "200,000 characters": (asking(SAID + "x" * 200_000), 400, "bad_input"),
    "no message": ({"messages": []}, 422, "invalid_request"),
    "no messages": ({}, 422, "invalid_request"),
    "a list": ([SAID], 422, "invalid_request"),
    "a number": (7, 422, "invalid_request"),
    "the last is the assistant's": ({"messages": [{"role": "assistant", "content": SAID}]}, 400, "bad_input"),
    "an unknown role": ({"messages": [{"role": "robot", "content": SAID}]}, 422, "invalid_request"),
    "content is a list": ({"messages": [{"role": "user", "content": [SAID]}]}, 422, "invalid_request"),
    "an invalid chat id": ({**asking(SAID), "id": "../../etc"}, 422, "invalid_request"),
    "an invalid message id": (
        {"messages": [{"id": "7", "role": "user", "content": SAID}]},
        422,
        "invalid_request",
    ),
    "an unknown field": ({**asking(SAID), "isAdmin": True}, 422, "invalid_request"),
}


def test_an_invalid_question_is_refused_and_nothing_is_stored(ann: Client, workspace: Workspace) -> None:
    for body, status, code in WRONG_QUESTIONS.values():
        assert_error(ann.http.post("/chat", json=body), status, code)
    assert ann.get("/history").json()["data"] == []
    assert workspace.requests.invocations == []


def test_a_body_that_is_not_json_is_refused(ann: Client) -> None:
    for content in (b"", b"{", b'{"messages": [', f'"{SAID}'.encode(), b"\xff\xfe", b"[" * 50_000, b"null"):
        response = ann.http.post("/chat", content=content, headers={"content-type": "application/json"})
        assert response.status_code in (400, 422)
        assert_error(response, response.status_code, response.json()["code"])


def test_any_other_text_is_accepted_as_a_question(ann: Client) -> None:
    for question in ("a\x00b", "100 % of :x and %s, '; DROP TABLE chat.chats; --", "👩‍👩‍👧 日本語"):
        asked, answer = messages_of(ann, chat_of(ann.ask(question)))
        assert asked["content"] == question.replace("\x00", "")
        assert answer["status"] == "complete"


def test_a_lone_surrogate_does_not_break_the_app(ann: Client) -> None:
    raw = json.dumps(asking("half \ud83d"))
    response = ann.http.post("/chat", content=raw, headers={"content-type": "application/json"})
    assert response.status_code in (200, 422)
    assert ann.get("/history").status_code == 200


def test_a_malformed_id_is_refused(ann: Client) -> None:
    for chat_id in ("1", "not-a-uuid", "%00", "'", "00000000-0000-0000-0000-00000000000g"):
        assert_error(ann.get(f"/messages/{chat_id}"), 422, "invalid_request")
        assert_error(ann.http.delete(f"/chat/{chat_id}"), 422, "invalid_request")


def test_an_unknown_id_is_not_found(ann: Client) -> None:
    for method, path in (("GET", "/messages/{}"), ("DELETE", "/chat/{}"), ("POST", "/chat/{}/stop")):
        assert_error(ann.http.request(method, path.format(uuid4())), 404, "not_found")


def test_unknown_addresses_and_methods_are_answered_in_json(ann: Client) -> None:
    for path in ("/nothing", "/", "/chat/x/y/z", "/session/more"):
        assert_error(ann.get(path), 404, "not_found")
    for method, path in (("PUT", "/session"), ("POST", "/history"), ("GET", "/chat"), ("DELETE", "/health")):
        assert_error(ann.http.request(method, path), 405, "method_not_allowed")


def test_an_invalid_last_event_id_is_refused(ann: Client) -> None:
    chat_id = chat_of(ann.ask())
    for last_event_id in ("-1", "x", "1.5", f"{chat_id}:", f"{chat_id}:x", f"{chat_id}:1:1", ":1", "1" * 10):
        response = ann.http.get(f"/chat/{chat_id}/stream", headers={"Last-Event-ID": last_event_id})
        assert_error(response, 422, "invalid_request")


def test_an_unexpected_error_reveals_nothing_to_the_client(
    ann: Client, runtime: Runtime, cluster: Cluster, database_name: str
) -> None:
    chat_id = chat_of(ann.ask(SAID))
    # No version of the app writes this: parts that are a list of something else.
    administer(cluster, """UPDATE chat.messages SET attachments = '[{"of tomorrow": 1}]'""", database_name)
    # The server closes the connection after such a failure.
    ann.http.headers["connection"] = "close"
    assert_error(ann.get(f"/messages/{chat_id}"), 500, "error")


def test_without_a_database_chats_work_and_no_history_is_kept(
    ann: Client, bob: Client, ephemeral: Runtime, workspace: Workspace
) -> None:
    assert ephemeral.is_ephemeral
    first = "Which region sold most last quarter?"
    chat_id = chat_of(ann.ask(first))
    assert events(ann.ask("What did I ask first?", chat_id=chat_id))[-1].data == DONE
    assert first in messages_of(ann, chat_id)[-1]["content"]
    assert (ann.get("/history").status_code, ann.get("/history").content) == (204, b"")
    assert_error(bob.get(f"/messages/{chat_id}"), 404, "not_found")
    assert_error(bob.ask(SAID, chat_id=chat_id), 404, "not_found")


def test_without_a_database_the_earlier_messages_come_from_the_request(
    ann: Client, ephemeral: Runtime, workspace: Workspace
) -> None:
    body = asking("What did I ask first?")
    earlier = [{"role": "user", "content": "Do you know Zanzibar?"}, {"role": "assistant", "content": "Yes."}]
    found = events(ann.http.post("/chat", json={**body, "messages": [*earlier, *body["messages"]]}))
    assert "Zanzibar" in deltas(found)


def test_with_a_database_the_earlier_messages_never_come_from_the_request(ann: Client, workspace: Workspace) -> None:
    body = asking("What did I ask first?")
    earlier = [{"role": "user", "content": SAID}, {"role": "assistant", "content": "Yes."}]
    events(ann.http.post("/chat", json={**body, "messages": [*earlier, *body["messages"]]}))
    (sent,) = workspace.requests.invocations
    assert SAID not in sent.body.decode()

"""Clients with a stale view of a chat: they create no second branch and restore nothing that was deleted."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from lib.runtime import Runtime
from local.workspace import Workspace
from tests.integration.rest_client import Client, asking, assert_error, chat_of, events, messages_of

QUESTION = "How many orders are there?"
Write = Callable[[Client, str, str], httpx.Response]
WRITES: dict[str, Write] = {
    "ask": lambda client, chat_id, _: client.http.post("/chat", json=asking(QUESTION, chat_id)),
    "rename": lambda client, chat_id, _: client.http.patch(f"/chat/{chat_id}", json={"title": "Back again"}),
    "pin": lambda client, chat_id, _: client.http.patch(f"/chats/{chat_id}", json={"pinned": True}),
    "change nothing": lambda client, chat_id, _: client.http.patch(f"/chat/{chat_id}", json={}),
    "share": lambda client, chat_id, _: client.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"}),
    "stop": lambda client, chat_id, _: client.http.post(f"/chat/{chat_id}/stop"),
    "copy into": lambda client, chat_id, other: client.http.post(f"/chat/{other}/copy", json={"id": chat_id}),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_to_ones_own_deleted_chat_reports_that_it_is_gone(
    ann: Client, bob: Client, workspace: Workspace, write: str
) -> None:
    chat_id, other = chat_of(ann.ask(QUESTION)), chat_of(ann.ask(QUESTION))
    ann.http.patch(f"/chat/{other}/visibility", json={"visibility": "public"})
    assert ann.http.delete(f"/chat/{chat_id}").status_code == 200
    asked = len(workspace.requests.invocations)
    assert_error(WRITES[write](ann, chat_id, other), 410, "gone")
    assert_error(WRITES[write](bob, chat_id, other), 404, "not_found")
    for client in (ann, bob):
        assert_error(client.get(f"/chat/{chat_id}"), 404, "not_found")
        assert_error(client.get(f"/messages/{chat_id}"), 404, "not_found")
        assert chat_id not in client.get("/history").text
    assert len(workspace.requests.invocations) == asked


def test_without_a_database_a_deleted_chat_is_reported_as_gone_too(
    ann: Client, bob: Client, ephemeral: Runtime
) -> None:
    for write in WRITES.values():
        chat_id, other = chat_of(ann.ask(QUESTION)), chat_of(ann.ask(QUESTION))
        ann.http.patch(f"/chat/{other}/visibility", json={"visibility": "public"})
        assert ann.http.delete(f"/chat/{chat_id}").status_code == 200
        assert_error(write(ann, chat_id, other), 410, "gone")
        assert_error(write(bob, chat_id, other), 404, "not_found")
        assert_error(ann.get(f"/messages/{chat_id}"), 404, "not_found")


def test_a_running_answer_does_not_restore_its_deleted_chat(
    ann: Client, workspace: Workspace, runtime: Runtime
) -> None:
    body = asking(QUESTION)
    fault = workspace.faults.invocations.next(hold_after=1)
    with ann.asked(body) as found:
        next(found)
        assert ann.http.delete(f"/chat/{body['id']}").status_code == 200
        fault.release_all()
        list(found)
    assert_error(ann.http.post("/chat", json=body), 410, "gone")
    assert ann.get("/history").json()["data"] == []
    assert runtime.turns.running == 0


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_an_old_question_sent_again_returns_its_answer_and_changes_nothing(
    ann: Client, workspace: Workspace, kept: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(kept)
    body = asking(QUESTION)
    first = events(ann.http.post("/chat", json=body))[-2].json
    ann.ask("And in March?", chat_id=body["id"])
    before, asked = messages_of(ann, body["id"]), len(workspace.requests.invocations)
    for text in (QUESTION, "Something else entirely"):
        again = {**body, "messages": [{**body["messages"][0], "content": text}]}
        assert events(ann.http.post("/chat", json=again))[-2].json == first
    assert messages_of(ann, body["id"]) == before
    assert len(workspace.requests.invocations) == asked


def test_an_old_question_of_a_copy_sent_again_is_refused(ann: Client, workspace: Workspace) -> None:
    source, copy_id = chat_of(ann.ask(QUESTION)), str(uuid4())
    ann.ask("And in March?", chat_id=source)
    ann.http.post(f"/chat/{source}/copy", json={"id": copy_id})
    before, asked = messages_of(ann, copy_id), len(workspace.requests.invocations)
    body: dict[str, Any] = asking("Something else entirely", copy_id)
    body["messages"][0]["id"] = before[0]["id"]
    assert_error(ann.http.post("/chat", json=body), 409, "moved_on")
    assert messages_of(ann, copy_id) == before
    assert len(workspace.requests.invocations) == asked

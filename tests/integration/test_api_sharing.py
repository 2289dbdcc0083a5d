"""Sharing by the API: live or as a snapshot, with an end, and what readers get then."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from lib.db.database import Database
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.rest_client import Client, asking, assert_error, chat_of, messages_of
from tests.integration.test_row_level_security import run


def share(client: Client, chat_id: str, **limits: Any) -> dict[str, Any]:
    response = client.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public", **limits})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def in_a_day() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


def test_the_answer_and_the_chat_say_what_is_in_force(ann: Client, bob: Client) -> None:
    chat_id = chat_of(ann.ask())
    assert ann.get(f"/chat/{chat_id}").json()["sharing"] is None
    live = share(ann, chat_id)
    assert live["sharing"]["sharedAt"] and live | {"sharing": None} == {
        "success": True,
        "visibility": "public",
        "sharing": None,
    }
    assert (live["sharing"]["snapshot"], live["sharing"]["expiresAt"]) == (False, None)
    limited = share(ann, chat_id, snapshot=True, expiresAt=(until := in_a_day()))["sharing"]
    assert (limited["snapshot"], datetime.fromisoformat(limited["expiresAt"])) == (True, datetime.fromisoformat(until))
    for client in (ann, bob):
        found = client.get(f"/chat/{chat_id}").json()
        assert (found["visibility"], found["sharing"]) == ("public", limited)
    assert share(ann, chat_id, snapshot=True)["sharing"]["expiresAt"] is None, "what is left out does not limit"


@pytest.mark.parametrize(
    "body",
    [
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "2999-01-01T00:00:00Z"},
        {"expiresAt": "2027-01-01T00:00:00"},
        {"expiresAt": "tomorrow"},
        {"snapshot": "yes"},
        {"visibility": "private", "snapshot": True},
        {"visibility": "private", "expiresAt": "2027-01-01T00:00:00Z"},
    ],
)
def test_limits_that_cannot_be_are_refused(ann: Client, bob: Client, body: dict[str, Any]) -> None:
    path = f"/chat/{chat_of(ann.ask())}"
    refused = ann.http.patch(f"{path}/visibility", json={"visibility": "public", **body})
    assert_error(refused, 422, "invalid_request")
    assert_error(bob.get(path), 404, "not_found")


def test_a_snapshot_that_is_taken_ends_the_streams_of_readers(ann: Client, bob: Client, workspace: Workspace) -> None:
    body = asking("How many orders are there?", chat_id := chat_of(ann.ask()))
    share(ann, chat_id)
    fault = workspace.faults.invocations.next(hold_after=2)
    with ann.asked(body) as found:
        next(found)
        with bob.following(chat_id) as followed:
            next(followed)
            share(ann, chat_id, snapshot=True)
            assert all(event.data != "[DONE]" for event in followed)
        assert bob.get(f"/chat/{chat_id}/stream").status_code == 204
        assert [message["status"] for message in messages_of(bob, chat_id)] == ["complete"] * 2
        before = bob.get(f"/chat/{chat_id}").json()
        fault.release_all()
        assert list(found)[-1].data == "[DONE]"
    (*_, later) = messages_of(ann, chat_id)
    assert bob.get(f"/chat/{chat_id}").json() == before
    assert len(messages_of(bob, chat_id)) == 2
    assert_error(bob.get(f"/messages/{chat_id}", before=later["id"]), 400, "bad_input")
    assert_error(bob.get(f"/v1/responses/{later['id']}"), 404, "not_found")
    fork = {"id": str(uuid4()), "messageId": later["id"]}
    assert_error(bob.http.post(f"/chat/{chat_id}/fork", json=fork), 404, "not_found")
    exported = bob.get(f"/chat/{chat_id}/export").json()
    assert len(exported["messages"]) == 2 and later["id"] not in str(exported)


def test_a_chat_whose_sharing_has_ended_is_like_none(ann: Client, bob: Client, database: Database) -> None:
    chat_id, nobodys = chat_of(ann.ask()), uuid4()
    share(ann, chat_id, expiresAt=in_a_day())
    assert bob.get(f"/messages/{chat_id}").status_code == 200
    ended = "UPDATE chat.chats SET shared_until = now() WHERE shared_until IS NOT NULL"
    run(database, ended, user_id=ANN.id)
    for path in ("/chat/{}", "/messages/{}", "/chat/{}/stream", "/chat/{}/export", "/feedback/{}"):
        was, never = bob.get(path.format(chat_id)), bob.get(path.format(nobodys))
        assert (was.status_code, was.content) == (never.status_code, never.content) == (404, never.content), path
    mine = ann.get(f"/chat/{chat_id}").json()
    assert (mine["visibility"], mine["sharing"]) == ("private", None)

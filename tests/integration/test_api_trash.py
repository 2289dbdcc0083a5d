"""Routes by which chats go to the trash, come back, and are deleted for good."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from lib.config import load
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.rest_client import Client, asking, assert_error, chat_of, messages_of
from tests.waiting import until

DELETE_ALL, ERASE = {"confirm": "delete all my chats"}, {"confirm": "erase me"}


@pytest.fixture
def without_trash(served: tuple[str, dict[str, Runtime]], platform: dict[str, str], url: str) -> Iterator[Runtime]:
    made = Runtime(load(platform | {"TRASH_DAYS": "0"}))
    served[1]["now"] = made
    made.start()
    yield made
    made.stop()


def listed(client: Client) -> list[str]:
    return [chat["id"] for chat in client.get("/history").json()["data"]]


def trashed(client: Client) -> list[str]:
    return [chat["id"] for chat in client.get("/trash").json()["data"]]


def delete(client: Client, path: str, body: Any) -> Any:
    return client.http.request("DELETE", path, json=body)


@pytest.mark.parametrize("name", ["chat", "chats"])
def test_a_chat_goes_to_the_trash_and_comes_back(ann: Client, name: str) -> None:
    chat_id = chat_of(ann.ask())
    for _ in range(2):
        assert ann.http.post(f"/{name}/{chat_id}/trash").json() == {"success": True}
        assert (listed(ann), trashed(ann)) == ([], [chat_id])
    for path in (f"/chat/{chat_id}", f"/messages/{chat_id}", f"/chat/{chat_id}/export", f"/chat/{chat_id}/stream"):
        assert_error(ann.get(path), 404, "not_found")
    assert_error(ann.http.post("/chat", json=asking("More?", chat_id)), 410, "gone")
    assert_error(ann.http.patch(f"/chat/{chat_id}", json={"pinned": True}), 410, "gone")
    for _ in range(2):
        assert ann.http.post(f"/{name}/{chat_id}/restore").json() == {"success": True}
        assert (listed(ann), trashed(ann)) == ([chat_id], [])
    assert len(messages_of(ann, chat_id)) == 2


def test_a_chat_in_the_trash_can_be_deleted_for_good(ann: Client) -> None:
    chat_id = chat_of(ann.ask())
    ann.http.post(f"/chat/{chat_id}/trash")
    assert ann.http.delete(f"/chat/{chat_id}").json() == {"success": True}
    assert_error(ann.http.delete(f"/chat/{chat_id}"), 404, "not_found")
    for move in ("trash", "restore"):
        assert_error(ann.http.post(f"/chat/{chat_id}/{move}"), 410, "gone")
        assert_error(ann.http.post(f"/chat/{uuid4()}/{move}"), 404, "not_found")
    assert trashed(ann) == []


def test_where_the_trash_keeps_nothing_trashing_deletes_for_good(ann: Client, without_trash: Runtime) -> None:
    chat_id, other = chat_of(ann.ask()), chat_of(ann.ask())
    assert ann.http.post(f"/chat/{chat_id}/trash").json() == {"success": True}
    assert (listed(ann), trashed(ann)) == ([other], [])
    for move in ("trash", "restore"):
        assert_error(ann.http.post(f"/chat/{chat_id}/{move}"), 410, "gone")


def test_the_trash_is_given_in_pages(ann: Client) -> None:
    ids = [chat_of(ann.ask()) for _ in range(3)]
    for chat_id in ids:
        ann.http.post(f"/chat/{chat_id}/trash")
    first = ann.get("/trash", limit=2).json()
    assert [chat["id"] for chat in first["data"]] == [ids[2], ids[1]]
    assert first["hasMore"] and first["data"][0]["deletedAt"]
    last = ann.get("/trash", limit=2, starting_after=first["nextCursor"]).json()
    assert ([chat["id"] for chat in last["data"]], last["hasMore"], last["nextCursor"]) == ([ids[0]], False, None)
    for cursor in (ids[0], "nonsense"):
        assert_error(ann.get("/trash", starting_after=cursor), 400, "bad_input")


def test_trashing_stops_the_answer_and_keeps_what_has_come(ann: Client, workspace: Workspace, runtime: Runtime) -> None:
    workspace.faults.invocations.next(hold_after=3)
    body = asking("How many orders are there?")
    with ann.asked(body) as events:
        next(events)
        assert ann.http.post(f"/chat/{body['id']}/trash").status_code == 200
    until(lambda: runtime.turns.running == 0)
    ann.http.post(f"/chat/{body['id']}/restore")
    until(lambda: len(messages_of(ann, body["id"])) == 2)
    assert messages_of(ann, body["id"])[-1]["status"] == "stopped"


def test_deleting_everything_takes_the_trash_and_running_answers_too(
    ann: Client, bob: Client, workspace: Workspace, runtime: Runtime
) -> None:
    kept, in_trash = chat_of(bob.ask()), chat_of(ann.ask())
    ann.http.post(f"/chat/{in_trash}/trash")
    chat_of(ann.ask())
    workspace.faults.invocations.next(hold_after=3)
    with ann.asked(asking("How many orders are there?")) as events:
        next(events)
        assert delete(ann, "/history", DELETE_ALL).json() == {"deleted": 3}
    until(lambda: runtime.turns.running == 0)
    assert delete(ann, "/history", DELETE_ALL).json() == {"deleted": 0}
    assert (listed(ann), trashed(ann), listed(bob)) == ([], [], [kept])


@pytest.mark.parametrize("body", [{}, {"confirm": "yes"}, {"confirm": "delete all my chats "}, {"confirm": None}, None])
@pytest.mark.parametrize("path", ["/history", "/session"])
def test_without_the_right_confirmation_nothing_is_deleted(ann: Client, path: str, body: Any) -> None:
    chat_id = chat_of(ann.ask())
    assert_error(delete(ann, path, body), 422, "invalid_request")
    assert_error(delete(ann, path, ERASE if path == "/history" else DELETE_ALL), 422, "invalid_request")
    assert listed(ann) == [chat_id]


def test_erasing_a_user_says_how_much_there_was(ann: Client, bob: Client, runtime: Runtime) -> None:
    shared, own = chat_of(bob.ask()), chat_of(ann.ask())
    bob.http.patch(f"/chat/{shared}/visibility", json={"visibility": "public"})
    answer_id = messages_of(bob, shared)[-1]["id"]
    ann.http.post("/feedback", json={"messageId": answer_id, "isUpvoted": True})
    ann.http.post("/feedback", json={"messageId": messages_of(ann, own)[-1]["id"], "isUpvoted": True})
    assert delete(ann, "/session", ERASE).json() == {"chats": 1, "messages": 2, "votes": 1}
    assert ann.get(f"/feedback/{shared}").json() == {"data": []}
    assert delete(ann, "/session", ERASE).json() == {"chats": 0, "messages": 0, "votes": 0}
    assert runtime.store(ANN).get_chat(chat_of(ann.ask()))


def test_without_a_database_the_trash_works_too(ann: Client, ephemeral: Runtime) -> None:
    chat_id, other = chat_of(ann.ask()), chat_of(ann.ask())
    ann.http.post(f"/chat/{chat_id}/trash")
    assert trashed(ann) == [chat_id]
    assert_error(ann.get(f"/chat/{chat_id}"), 404, "not_found")
    ann.http.post(f"/chat/{chat_id}/restore")
    assert ann.get(f"/chat/{chat_id}").status_code == 200
    ann.http.post(f"/chat/{other}/trash")
    assert delete(ann, "/history", DELETE_ALL).json() == {"deleted": 2}
    assert trashed(ann) == []

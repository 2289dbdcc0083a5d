"""Every route and every operation of a store, tried by somebody else on a private and on a public chat."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from lib.api.routes import all_routes
from lib.chat.conversation import first_answer_id
from lib.runtime import Runtime
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.models import NewTurn
from lib.store.store import Store
from local.workspace import Workspace
from tests.integration.rest_client import AS_BYTES, SAID, Client, asking, assert_error, chat_of, events, messages_of
from tests.integration.test_store import ann as anns_store  # noqa: F401
from tests.integration.test_store import answered, ending_of, everything, new_turn, nothing_for_others
from tests.integration.test_store import bob as bobs_store  # noqa: F401


@dataclass(frozen=True)
class Target:
    """A chat of Ann's, with a question and its file, an answer and her vote on it."""

    chat_id: str
    question_id: str
    answer_id: str
    file_id: str

    def address(self, path: str) -> str:
        ids = {"{chat_id}": self.chat_id, "{response_id}": self.answer_id, "{file_id}": self.file_id}
        for name, id in ids.items():
            path = path.replace(name, id)
        return path


@dataclass(frozen=True)
class Attack:
    """What Bob sends, and the status that he gets while the chat is private and when it is public."""

    private: int
    public: int
    body: Callable[[Target], Any] = lambda _: None
    params: Callable[[Target], dict[str, str]] = lambda _: {}


def nothing_there(body: Callable[[Target], Any] = lambda _: None) -> Attack:
    return Attack(404, 404, body)


def asking_into(target: Target) -> Any:
    return asking("Mine now", target.chat_id)


def file_with_ids_of(target: Target) -> Any:
    """A chat to import that says it is Ann's."""
    at = {"createdAt": "2026-03-04T12:00:00Z"}
    said = {
        "role": "user",
        "status": "complete",
        "parts": [{"type": "text", "text": "Mine now"}],
        "content": "Mine now",
    }
    return {
        "format": "lakechat.chat",
        "version": 1,
        "exportedAt": at["createdAt"],
        "chat": {"id": target.chat_id, "title": "Mine now", "updatedAt": at["createdAt"], **at},
        "messages": [{"id": target.question_id, "parentId": None, **said, **at}],
    }


READ, FOLLOW = Attack(404, 200), Attack(404, 204)
CHANGES = {"title": "Mine now", "pinned": True, "archived": True, "usesInstructions": False}
RENAME = nothing_there(lambda _: CHANGES)
PUBLISH = nothing_there(lambda _: {"visibility": "public"})
LIST = Attack(400, 400, params=lambda target: {"starting_after": target.chat_id})
OPEN = Attack(200, 200)
COMPARE = Attack(404, 404, params=lambda target: {"from": target.answer_id, "to": target.answer_id})
KEEP = nothing_there(lambda to: {"messageId": to.answer_id, "chart": None})
ATTACKS: dict[str, Attack] = {
    "GET /health": OPEN,
    "GET /health/lakebase": OPEN,
    "GET /session": OPEN,
    "GET /instructions": OPEN,
    "PUT /instructions": Attack(200, 200, lambda _: {"instructions": "Mine now"}),
    "GET /agents": OPEN,
    "GET /starters": OPEN,
    "GET /history": LIST,
    "GET /chats": LIST,
    "GET /search": Attack(200, 200, params=lambda _: {"q": SAID}),
    "GET /search/chats": Attack(200, 200, params=lambda _: {"q": SAID}),
    "GET /chat/{chat_id}": READ,
    "GET /chats/{chat_id}": READ,
    "PATCH /chat/{chat_id}": RENAME,
    "PATCH /chats/{chat_id}": RENAME,
    "PATCH /chat/{chat_id}/visibility": PUBLISH,
    "PATCH /chats/{chat_id}/visibility": PUBLISH,
    "POST /chat/{chat_id}/copy": Attack(404, 200, lambda _: {"id": str(uuid4())}),
    "POST /chat/{chat_id}/fork": Attack(404, 200, lambda to: {"id": str(uuid4()), "messageId": to.answer_id}),
    "PUT /chat/{chat_id}/branch": nothing_there(lambda to: {"messageId": to.answer_id}),
    "POST /chat/{chat_id}/regenerate": nothing_there(lambda to: {"messageId": to.answer_id}),
    "GET /chat/{chat_id}/changes": COMPARE,
    "GET /chats/{chat_id}/changes": COMPARE,
    "POST /chat/{chat_id}/approvals": nothing_there(lambda _: {"callId": "call_1", "approve": True, "always": True}),
    "GET /chat/{chat_id}/allowed-tools": nothing_there(),
    "PATCH /chat/{chat_id}/allowed-tools": nothing_there(lambda _: {"name": "run_sql", "allowed": True}),
    "PUT /chat/{chat_id}/chart": KEEP,
    "PUT /chats/{chat_id}/chart": KEEP,
    "GET /trash": OPEN,
    "POST /chat/{chat_id}/trash": nothing_there(),
    "POST /chats/{chat_id}/trash": nothing_there(),
    "POST /chat/{chat_id}/restore": nothing_there(),
    "POST /chats/{chat_id}/restore": nothing_there(),
    "DELETE /history": Attack(200, 200, lambda _: {"confirm": "delete all my chats"}),
    "DELETE /session": Attack(200, 200, lambda _: {"confirm": "erase me"}),
    "DELETE /chat/{chat_id}": nothing_there(),
    "DELETE /chats/{chat_id}": nothing_there(),
    "GET /messages/{chat_id}": READ,
    "GET /chats/{chat_id}/messages": READ,
    "GET /chat/{chat_id}/export": READ,
    "GET /chats/{chat_id}/export": READ,
    "GET /export": Attack(200, 200, params=lambda target: {"chat": target.chat_id}),
    "POST /import": Attack(200, 200, file_with_ids_of),
    "POST /attachments": Attack(404, 404, lambda _: {}, lambda target: {"name": "a.json", "id": target.file_id}),
    "GET /attachments/{file_id}": READ,
    "GET /attachments/{file_id}/thumbnail": nothing_there(),  # the file is a text
    "POST /chat": nothing_there(asking_into),
    "GET /chat/{chat_id}/stream": FOLLOW,
    "POST /chat/{chat_id}/stop": nothing_there(),
    "POST /feedback": Attack(404, 200, lambda target: {"messageId": target.answer_id, "isUpvoted": False}),
    "GET /feedback/{chat_id}": READ,
    "GET /insights": OPEN,
    "GET /insights/answers": OPEN,
    "GET /insights/evaluation-set": Attack(403, 403),
    "GET /admin/checks": Attack(403, 403),
    "POST /v1/responses": nothing_there(lambda target: {"input": "Mine now", "conversation": target.chat_id}),
    "GET /v1/responses/{response_id}": READ,
    "POST /v1/responses/{response_id}/cancel": nothing_there(),
    "GET /v1/models": OPEN,
    "GET /v1/models/{model:path}": Attack(404, 404),
}
TELLS_WHAT_WAS_SAID = {"GET /chat/{chat_id}", "GET /chats/{chat_id}"} | {
    "GET /messages/{chat_id}",
    "GET /chats/{chat_id}/messages",
    "GET /chat/{chat_id}/export",
    "GET /chats/{chat_id}/export",
    "GET /attachments/{file_id}",
    "GET /insights/answers",  # once Bob has voted against one
}


@pytest.fixture
def target(ann: Client) -> Target:
    sent = ann.http.post("/attachments", params={"name": "a.txt"}, content=SAID, headers=AS_BYTES)
    body = asking(f"Why {SAID}?")
    body["messages"][0]["attachments"] = [{"id": sent.json()["id"]}]
    chat_id = chat_of(ann.http.post("/chat", json=body))
    question, answer = messages_of(ann, chat_id)
    vote = {"messageId": answer["id"], "isUpvoted": True, "comment": SAID}
    assert ann.http.post("/feedback", json=vote).status_code == 200
    assert ann.http.put("/instructions", json={"instructions": SAID}).status_code == 200
    return Target(chat_id, question["id"], answer["id"], sent.json()["id"])


def state_of(ann: Client, target: Target) -> list[Any]:
    """All that Ann sees."""
    of_chat = (f"/chat/{target.chat_id}", f"/messages/{target.chat_id}", f"/feedback/{target.chat_id}")
    return [ann.get(path).json() for path in ("/history", *of_chat, "/instructions")]


def test_every_route_has_an_attack() -> None:
    found = {f"{method} {route.path}" for route in all_routes() for method in route.methods or ()}
    assert found == set(ATTACKS)


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_another_user_changes_nothing_and_reads_only_what_is_public(
    ann: Client, bob: Client, target: Target, visibility: str, workspace: Workspace
) -> None:
    ann.http.patch(f"/chat/{target.chat_id}/visibility", json={"visibility": visibility})
    before = state_of(ann, target)
    for name, attack in ATTACKS.items():
        method, path = name.split(" ")
        body, params = attack.body(target), attack.params(target)
        response = bob.http.request(method, target.address(path), json=body, params=params)
        expected = attack.public if visibility == "public" else attack.private
        assert response.status_code == expected, (name, response.text)
        assert (SAID in response.text) == (visibility == "public" and name in TELLS_WHAT_WAS_SAID), name
        assert state_of(ann, target) == before, name
    assert len(workspace.requests.invocations) == 1


def test_a_chat_of_another_user_and_a_missing_chat_get_the_same_response(bob: Client, target: Target) -> None:
    nobodys = Target(*(str(uuid4()) for _ in range(4)))
    for name, attack in ATTACKS.items():
        method, path = name.split(" ")
        if attack.private == 200 or name in ("POST /chat", "POST /v1/responses", "POST /attachments"):
            continue
        answers = [
            bob.http.request(method, each.address(path), json=attack.body(each), params=attack.params(each))
            for each in (target, nobodys)
        ]
        assert answers[0].status_code == answers[1].status_code, name
        assert answers[0].content == answers[1].content, name


def test_reusing_ids_of_another_user_overwrites_nothing(ann: Client, bob: Client, target: Target) -> None:
    ann.http.patch(f"/chat/{target.chat_id}/visibility", json={"visibility": "public"})
    before = state_of(ann, target)
    for taken in (target.question_id, target.answer_id):
        for chat_id in (target.chat_id, str(uuid4())):
            body = asking("Mine now", chat_id)
            body["messages"][0]["id"] = taken
            assert_error(bob.http.post("/chat", json=body), 404, "not_found")
    copy = {"id": target.chat_id}
    own = chat_of(bob.ask("How many orders are there?"))
    assert_error(bob.http.post(f"/chat/{own}/copy", json=copy), 404, "not_found")
    assert state_of(ann, target) == before


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_nobody_can_use_the_id_of_a_running_answer(
    ann: Client, bob: Client, workspace: Workspace, kept: str, request: pytest.FixtureRequest
) -> None:
    process: Runtime = request.getfixturevalue(kept)
    body, mode = asking("How many orders are there?"), process.connection_state.mode
    fault = workspace.faults.invocations.next(hold_after=2)
    with ann.asked(body) as found:
        next(found)
        ann.http.patch(f"/chat/{body['id']}/visibility", json={"visibility": "public"})
        running_id = messages_of(bob, body["id"])[-1]["id"]
        own = chat_of(bob.ask("And mine?"))
        taken, free = [
            [bob.http.post("/chat", json=asking_as(id, chat_id)) for chat_id in (own, str(uuid4()))]
            for id in (running_id, str(new_answer_id()))
        ]
        for refused, unknown in zip(taken, free, strict=True):
            assert_error(refused, 404, "not_found")
            assert refused.content == unknown.content
        fault.release_all()
        assert list(found)[-2].json["status"] == "complete"
    question, answer = messages_of(ann, body["id"])
    assert (answer["id"], answer["status"], answer["parentId"]) == (running_id, "complete", question["id"])
    assert len(messages_of(bob, own)) == 2
    assert (process.connection_state.mode, process.connection_state.is_lost) == (mode, False)


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_nobody_can_use_the_id_of_an_answer_that_is_not_asked_for_yet(
    ann: Client, bob: Client, kept: str, request: pytest.FixtureRequest
) -> None:
    process: Runtime = request.getfixturevalue(kept)
    body, mode = asking("How many orders are there?"), process.connection_state.mode
    answer_id = str(first_answer_id(UUID(body["messages"][0]["id"])))
    assert_error(bob.http.post("/chat", json=asking_as(answer_id, str(uuid4()))), 404, "not_found")
    assert events(ann.http.post("/chat", json=body))[-2].json["status"] == "complete"
    assert [message["id"] for message in messages_of(ann, body["id"])][1:] == [answer_id]
    assert (process.connection_state.mode, process.connection_state.is_lost) == (mode, False)


def asking_as(question_id: str, chat_id: str) -> dict[str, Any]:
    body = asking("Mine now", chat_id)
    body["messages"][0]["id"] = question_id
    return body


def test_a_reader_of_a_public_chat_sees_the_owners_name_but_not_how_the_owner_keeps_it(
    ann: Client, bob: Client, target: Target
) -> None:
    path = f"/chat/{target.chat_id}"
    ann.http.patch(path, json={"pinned": True, "archived": True, "usesInstructions": False})
    ann.http.patch(f"{path}/visibility", json={"visibility": "public"})
    seen = bob.get(path).json()
    assert (seen["isOwner"], seen["ownerName"], seen["pinned"], seen["archived"]) == (False, "Ann", False, False)
    assert seen["usesInstructions"]
    assert bob.get(f"/feedback/{target.chat_id}").json() == {"data": []}
    assert bob.get("/history").json()["data"] == []


def test_making_a_chat_private_ends_the_streams_of_its_readers(ann: Client, bob: Client, workspace: Workspace) -> None:
    body = asking("How many orders are there?")
    path = f"/chat/{body['id']}/visibility"
    fault = workspace.faults.invocations.next(hold_after=2)
    with ann.asked(body) as found:
        next(found)
        ann.http.patch(path, json={"visibility": "public"})
        with bob.following(body["id"]) as followed:
            next(followed)
            assert ann.http.patch(path, json={"visibility": "private"}).json() == {
                "success": True,
                "visibility": "private",
                "sharing": None,
            }
            assert_error(bob.get(f"/messages/{body['id']}"), 404, "not_found")
            assert all(event.data != "[DONE]" for event in followed)
        fault.release_all()
        assert list(found)[-1].data == "[DONE]"


def test_a_copy_belongs_to_its_reader_and_gets_no_later_messages(ann: Client, bob: Client, target: Target) -> None:
    ann.http.patch(f"/chat/{target.chat_id}/visibility", json={"visibility": "public"})
    copy_id = str(uuid4())
    for _ in range(2):
        copied = bob.http.post(f"/chat/{target.chat_id}/copy", json={"id": copy_id}).json()
        assert copied == {"success": True, "id": copy_id}
    assert len(bob.get("/history").json()["data"]) == 1
    told, theirs = messages_of(bob, copy_id), messages_of(ann, target.chat_id)
    assert [message["content"] for message in told] == [message["content"] for message in theirs]
    assert {message["id"] for message in told}.isdisjoint(message["id"] for message in theirs)
    assert events(bob.ask("And now?", chat_id=copy_id))[-2].json["status"] == "complete"
    assert len(messages_of(ann, target.chat_id)) == 2
    assert bob.get(f"/chat/{copy_id}").json()["visibility"] == "private"
    assert_error(ann.get(f"/messages/{copy_id}"), 404, "not_found")


# Of the store: what a stranger may do with a public chat. All else is as with a private one.
READS: dict[str, Callable[[Store, NewTurn], object]] = {
    "find_chat": lambda store, turn: (found := store.find_chat(turn.chat_id)) and not found.is_owner,
    "list_messages": lambda store, turn: len(store.list_messages(turn.chat_id)) == 2,
    "get_message": lambda store, turn: store.get_message(turn.turn_id),
    "copy_chat": lambda store, turn: store.copy_chat(turn.chat_id, uuid4()),
    "vote": lambda store, turn: store.vote(turn.turn_id, True, "good") and store.vote(turn.turn_id, None),
    "votes": lambda store, turn: store.votes(turn.chat_id) == {},
    "extent": lambda store, turn: store.extent(turn.chat_id),
    "list_records": lambda store, turn: [each.vote for each in store.list_records(turn.chat_id)] == [None, None],
    "running_turn": lambda store, turn: store.running_turn(turn.chat_id) is None,
    "find_turn": lambda store, turn: store.find_turn(turn.turn_id),
    "read_log": lambda store, turn: store.read_log(turn.turn_id, 0) is not None or store.find_chat(turn.chat_id),
}


@pytest.mark.parametrize("method", nothing_for_others(new_turn()))
def test_others_can_read_a_public_chat_but_only_its_owner_can_change_it(
    anns_store: Store,  # noqa: F811
    bobs_store: Store,  # noqa: F811
    method: str,
) -> None:
    turn = answered(anns_store)
    assert anns_store.vote(turn.turn_id, False, "Ann's own")
    assert anns_store.edit_chat(turn.chat_id, edits.set_visibility("public"))
    before = everything(anns_store), anns_store.votes(turn.chat_id)
    attempt, expected = nothing_for_others(turn)[method]
    if method in READS:
        assert READS[method](bobs_store, turn)
    elif isinstance(expected, type):
        with pytest.raises(expected):
            attempt(bobs_store)
    else:
        assert attempt(bobs_store) == expected
    assert (everything(anns_store), anns_store.votes(turn.chat_id)) == before


def test_a_chat_that_is_private_again_is_not_found_by_its_readers(
    anns_store: Store,  # noqa: F811
    bobs_store: Store,  # noqa: F811
) -> None:
    turn = answered(anns_store)
    anns_store.edit_chat(turn.chat_id, edits.set_visibility("public"))
    assert bobs_store.vote(turn.turn_id, True)
    anns_store.edit_chat(turn.chat_id, edits.set_visibility("private"))
    for method, (attempt, expected) in nothing_for_others(turn).items():
        if not isinstance(expected, type):
            assert attempt(bobs_store) == expected, method


def test_a_copy_leaves_out_a_question_that_is_being_answered(
    anns_store: Store,  # noqa: F811
    bobs_store: Store,  # noqa: F811
) -> None:
    turn = answered(anns_store)
    anns_store.start_turn(later := new_turn(turn.chat_id, "And later?"))
    anns_store.edit_chat(turn.chat_id, edits.set_visibility("public"))
    copy_id = uuid4()
    assert bobs_store.copy_chat(turn.chat_id, copy_id)
    assert [message.content for message in bobs_store.list_messages(copy_id)] == ["How much?", "42"]
    assert bobs_store.running_turn(copy_id) is None
    anns_store.finish_turn(ending_of(later))
    copies = bobs_store.list_messages(copy_id)
    assert [message.parent_id for message in copies] == [None, copies[0].id]
    assert isinstance(copies[0].id, UUID)

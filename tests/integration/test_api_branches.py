"""Editing, regenerating, switching and forking over the REST API."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from lib.config import load
from lib.runtime import Runtime
from lib.store.answer_ids import new_answer_id
from local.workspace import Fault, Workspace
from tests.integration.conftest import Runtimes
from tests.integration.rest_client import Client, asking, assert_error, chat_of, events, events_of, messages_of
from tests.waiting import until

FIRST, SECOND = "How many orders are there?", "Who are our top 10 customers?"
EDITED = "Which region sold most last quarter?"


@pytest.fixture(params=["saved", "ephemeral"])
def kept(request: pytest.FixtureRequest, url: str) -> str:
    """Where: the same over Postgres and over memory."""
    if request.param == "ephemeral":
        request.getfixturevalue("ephemeral")
    return str(request.param)


@pytest.fixture
def held(workspace: Workspace) -> Iterator[Fault]:
    """The next answer stops after its first chunks until it is released."""
    fault = workspace.faults.invocations.next(hold_after=2)
    yield fault
    fault.release_all()


@pytest.fixture
def talk(kept: str, ann: Client) -> str:
    """A chat with two questions and their answers."""
    chat_id = chat_of(ann.ask(FIRST))
    ann.ask(SECOND, chat_id=chat_id)
    return chat_id


def edited(chat_id: str, parent_id: str | None, question: str = EDITED) -> dict[str, Any]:
    body: dict[str, Any] = asking(question, chat_id)
    body["messages"][0]["parentId"] = parent_id
    return body


def regenerate(client: Client, chat_id: str, message_id: str, **fields: Any) -> httpx.Response:
    return client.http.post(f"/chat/{chat_id}/regenerate", json={"messageId": message_id, **fields})


def switch(client: Client, chat_id: str, message_id: str) -> httpx.Response:
    return client.http.put(f"/chat/{chat_id}/branch", json={"messageId": message_id})


def fork(client: Client, chat_id: str, message_id: str, new_id: str) -> httpx.Response:
    return client.http.post(f"/chat/{chat_id}/fork", json={"messageId": message_id, "id": new_id})


def ids(client: Client, chat_id: str) -> list[str]:
    return [message["id"] for message in messages_of(client, chat_id)]


def questions_sent(workspace: Workspace) -> list[str]:
    """What the agent was sent last: the texts of its user messages."""
    sent = workspace.requests.invocations[-1].json
    return [each["content"] for each in sent.get("input", sent.get("messages")) if each.get("role") == "user"]


def test_an_edited_question_branches_and_both_versions_are_kept(ann: Client, talk: str, workspace: Workspace) -> None:
    before = messages_of(ann, talk)
    meta = events(ann.http.post("/chat", json=(body := edited(talk, before[1]["id"]))))[-2].json
    shown = messages_of(ann, talk)
    assert [each["content"] for each in shown[::2]] == [FIRST, EDITED]
    assert shown[-1]["id"] == meta["assistantMessageId"]
    assert shown[2]["siblings"] == [before[2]["id"], body["messages"][0]["id"]]
    assert shown[2]["parentId"] == before[1]["id"]
    assert questions_sent(workspace) == [FIRST, EDITED]
    assert switch(ann, talk, before[2]["id"]).json() == {"success": True}
    back = messages_of(ann, talk)
    assert [each["id"] for each in back] == [each["id"] for each in before]
    assert back[2]["siblings"] == shown[2]["siblings"]


def test_a_question_without_a_parent_begins_anew_and_one_that_names_none_goes_on(
    ann: Client, talk: str, workspace: Workspace
) -> None:
    before = ids(ann, talk)
    ann.http.post("/chat", json=edited(talk, None))
    shown = messages_of(ann, talk)
    assert ([each["content"] for each in shown[::2]], shown[0]["parentId"]) == ([EDITED], None)
    assert shown[0]["siblings"] == [before[0], shown[0]["id"]]
    assert questions_sent(workspace) == [EDITED]
    ann.ask(SECOND, chat_id=talk)
    assert [each["content"] for each in messages_of(ann, talk)[::2]] == [EDITED, SECOND]
    assert questions_sent(workspace) == [EDITED, SECOND]


def test_the_same_edit_again_asks_nothing_twice(ann: Client, talk: str, workspace: Workspace) -> None:
    before = ids(ann, talk)
    body = edited(talk, before[1])
    first, asked = events(ann.http.post("/chat", json=body))[-2].json, len(workspace.requests.invocations)
    shown = messages_of(ann, talk)
    switch(ann, talk, before[-1])
    assert events(ann.http.post("/chat", json=body))[-2].json == first
    assert (ids(ann, talk), len(workspace.requests.invocations)) == (before, asked), "it does not switch either"
    switch(ann, talk, shown[-1]["id"])
    assert messages_of(ann, talk) == shown


@pytest.mark.parametrize("of", ["the answer", "its question"])
def test_an_older_question_is_answered_again(ann: Client, talk: str, workspace: Workspace, of: str) -> None:
    before = ids(ann, talk)
    response = regenerate(ann, talk, before[1] if of == "the answer" else before[0])
    meta = events(response)[-2].json
    assert (response.headers["X-Chat-Id"], meta["chatId"], meta["status"]) == (talk, talk, "complete")
    shown = messages_of(ann, talk)
    assert [each["id"] for each in shown] == [before[0], meta["assistantMessageId"]]
    assert shown[1]["siblings"] == [before[1], shown[1]["id"]]
    assert questions_sent(workspace) == [FIRST]
    switch(ann, talk, before[1])
    assert ids(ann, talk) == before


def test_the_same_regeneration_again_joins_it_and_later_gives_its_answer(
    ann: Client, talk: str, workspace: Workspace
) -> None:
    before, again = ids(ann, talk), {"messageId": ids(ann, talk)[1], "id": str(uuid4())}
    asked, fault = len(workspace.requests.invocations), workspace.faults.invocations.next(hold_after=2)
    with ann.http.stream("POST", f"/chat/{talk}/regenerate", json=again) as response:
        first = events_of(response.iter_lines())
        head = [next(first), next(first)]
        with ann.http.stream("POST", f"/chat/{talk}/regenerate", json=again) as repeated:
            second = events_of(repeated.iter_lines())
            same = [next(second), next(second)]
            fault.release_all()
            whole = head + list(first)
            assert whole == same + list(second)
    after = messages_of(ann, talk)
    assert events(ann.http.post(f"/chat/{talk}/regenerate", json=again))[-2].json == whole[-2].json
    assert (messages_of(ann, talk), len(workspace.requests.invocations)) == (after, asked + 1)
    assert [each["id"] for each in after] == [before[0], whole[-2].json["assistantMessageId"]]


def test_the_id_of_an_answer_is_kept_as_it_was_given(ann: Client, talk: str) -> None:
    given = str(new_answer_id())
    meta = events(regenerate(ann, talk, ids(ann, talk)[-1], id=given))[-2].json
    assert meta["assistantMessageId"] == given == ids(ann, talk)[-1]


def test_nothing_is_asked_on_any_branch_while_the_chat_answers(ann: Client, talk: str, held: Fault) -> None:
    before = ids(ann, talk)
    with ann.asked(edited(talk, before[1])) as running:
        answer_id = next(running).id.split(":")[0]
        for response in (
            regenerate(ann, talk, before[1]),
            regenerate(ann, talk, answer_id),
            ann.http.post("/chat", json=edited(talk, None)),
            ann.http.post("/chat", json=edited(talk, answer_id)),
            fork(ann, talk, answer_id, str(uuid4())),
        ):
            assert_error(response, 409, "chat_busy")
        held.release_all()
        list(running)


def test_who_switches_during_an_answer_stays_and_sees_where_it_is_written(ann: Client, talk: str, held: Fault) -> None:
    before = ids(ann, talk)
    with ann.http.stream("POST", f"/chat/{talk}/regenerate", json={"messageId": before[1]}) as response:
        running = events_of(response.iter_lines())
        answer_id = next(running).id.split(":")[0]
        *_, live = messages_of(ann, talk)
        assert (live["id"], live["status"], live["siblings"]) == (answer_id, "running", [before[1], answer_id])
        assert switch(ann, talk, before[-1]).status_code == 200
        shown = messages_of(ann, talk)
        assert [each["id"] for each in shown] == before
        assert shown[1]["siblings"] == [before[1], answer_id]
        assert ann.get(f"/chat/{talk}").json()["running"] is True
        assert switch(ann, talk, answer_id).status_code == 200
        assert ids(ann, talk) == [before[0], answer_id]
        switch(ann, talk, before[-1])
        held.release_all()
        list(running)
    assert ids(ann, talk) == before
    switch(ann, talk, answer_id)
    assert [each["status"] for each in messages_of(ann, talk)] == ["complete"] * 2


def test_to_switch_moves_no_chat_up(ann: Client, talk: str) -> None:
    newer = chat_of(ann.ask(FIRST))
    before = ann.get(f"/chat/{talk}").json()
    regenerate(ann, newer, ids(ann, newer)[1])
    assert switch(ann, talk, ids(ann, talk)[0]).status_code == 200
    assert ann.get(f"/chat/{talk}").json() == before


def test_a_failed_answer_is_tried_again_from_its_question(ann: Client, kept: str, workspace: Workspace) -> None:
    workspace.faults.invocations.next(status=413)
    chat_id = chat_of(ann.ask(FIRST))
    question, failed = messages_of(ann, chat_id)
    assert failed["status"] == "failed"
    assert events(regenerate(ann, chat_id, question["id"]))[-2].json["status"] == "complete"
    _, answer = messages_of(ann, chat_id)
    assert (answer["status"], answer["siblings"]) == ("complete", [failed["id"], answer["id"]])


@pytest.fixture
def two_agents(served: tuple[str, Runtimes], platform: dict[str, str], url: str) -> Iterator[Runtime]:
    made = Runtime(load(platform | {"SERVING_ENDPOINT": "demo-agent,demo-chat"}))
    served[1]["now"] = made
    made.start()
    yield made
    made.stop()


def test_another_agent_answers_once(two_agents: Runtime, ann: Client, workspace: Workspace) -> None:
    chat_id = chat_of(ann.ask(FIRST))
    regenerate(ann, chat_id, ids(ann, chat_id)[1], agent="demo-chat")
    assert workspace.requests.invocations[-1].path == "/serving-endpoints/demo-chat/invocations"
    ann.ask(SECOND, chat_id=chat_id)
    assert workspace.requests.invocations[-1].path == "/serving-endpoints/demo-agent/invocations"
    assert [each["agent"] for each in messages_of(ann, chat_id)] == [None, "demo-chat", None, "demo-agent"]
    response = ann.get(f"/v1/responses/{ids(ann, chat_id)[1]}").json()
    assert response["model"] == "demo-chat"
    assert_error(regenerate(ann, chat_id, ids(ann, chat_id)[1], agent="nobody"), 400, "bad_input")


@pytest.mark.parametrize("whose", ["mine", "public"])
def test_a_fork_goes_on_by_itself(ann: Client, bob: Client, talk: str, whose: str, workspace: Workspace) -> None:
    ann.http.patch(f"/chat/{talk}/visibility", json={"visibility": "public" if whose == "public" else "private"})
    client, before, fork_id = (bob if whose == "public" else ann), messages_of(ann, talk), str(uuid4())
    for _ in range(2):
        assert fork(client, talk, before[1]["id"], fork_id).json() == {"success": True, "id": fork_id}
    shown = messages_of(client, fork_id)
    assert [each["content"] for each in shown] == [each["content"] for each in before[:2]]
    assert set(each["id"] for each in shown).isdisjoint(each["id"] for each in before)
    assert client.get(f"/chat/{fork_id}").json()["visibility"] == "private"
    client.ask(EDITED, chat_id=fork_id)
    assert questions_sent(workspace) == [FIRST, EDITED]
    assert messages_of(ann, talk) == before
    regenerate(client, fork_id, shown[1]["id"])
    assert messages_of(client, fork_id)[-1]["siblings"][0] == shown[1]["id"]


def test_what_is_no_message_of_the_chat_is_not_found(ann: Client, talk: str) -> None:
    elsewhere, deleted, before = (chat_of(ann.ask(FIRST)), chat_of(ann.ask(FIRST)), messages_of(ann, talk))
    ids_of = {name: ids(ann, chat_id)[1] for name, chat_id in (("elsewhere", elsewhere), ("deleted", deleted))}
    assert ann.http.delete(f"/chat/{deleted}").status_code == 200
    for message_id in (*ids_of.values(), str(uuid4())):
        for response in (
            ann.http.post("/chat", json=edited(talk, message_id)),
            regenerate(ann, talk, message_id),
            switch(ann, talk, message_id),
            fork(ann, talk, message_id, str(uuid4())),
        ):
            assert_error(response, 404, "not_found")
            assert response.json()["error"] == "There is no such message in this chat."
    assert messages_of(ann, talk) == before
    for response in (
        ann.http.post("/chat", json=edited(deleted, ids_of["deleted"])),
        regenerate(ann, deleted, ids_of["deleted"]),
        switch(ann, deleted, ids_of["deleted"]),
        fork(ann, talk, before[1]["id"], deleted),
    ):
        assert_error(response, 410, "gone")
    assert_error(fork(ann, deleted, ids_of["deleted"], str(uuid4())), 404, "not_found")


def test_a_question_follows_no_question(ann: Client, talk: str) -> None:
    before = messages_of(ann, talk)
    assert_error(ann.http.post("/chat", json=edited(talk, before[2]["id"])), 400, "bad_input")
    assert messages_of(ann, talk) == before


def test_a_new_chat_has_nothing_to_follow(ann: Client, talk: str) -> None:
    new_id = str(uuid4())
    assert_error(ann.http.post("/chat", json=edited(new_id, ids(ann, talk)[1])), 404, "not_found")
    assert_error(ann.get(f"/chat/{new_id}"), 404, "not_found")
    assert ann.http.post("/chat", json=edited(new_id, None)).status_code == 200


def test_whoever_does_not_own_the_chat_learns_nothing(ann: Client, bob: Client, talk: str) -> None:
    answer_id, other = ids(ann, talk)[1], str(uuid4())
    for visibility in ("private", "public"):
        ann.http.patch(f"/chat/{talk}/visibility", json={"visibility": visibility})
        for attempt in (regenerate, switch):
            theirs, nobodys = attempt(bob, talk, answer_id), attempt(bob, other, answer_id)
            assert_error(theirs, 404, "not_found")
            assert theirs.json() == nobodys.json()
    regenerate(ann, talk, answer_id)
    assert [each["siblings"] for each in messages_of(bob, talk)] == [[id] for id in ids(ann, talk)]


def test_a_running_answer_of_a_shared_chat_shows_readers_no_other_version(
    ann: Client, bob: Client, talk: str, held: Fault
) -> None:
    ann.http.patch(f"/chat/{talk}/visibility", json={"visibility": "public"})
    with ann.http.stream("POST", f"/chat/{talk}/regenerate", json={"messageId": ids(ann, talk)[1]}) as response:
        running = events_of(response.iter_lines())
        answer_id = next(running).id.split(":")[0]
        until(lambda: messages_of(bob, talk)[-1]["id"] == answer_id)
        assert messages_of(bob, talk)[-1]["siblings"] == [answer_id]
        held.release_all()
        list(running)

"""Answering an agent that asks before it acts, over REST and as the `openai` client does."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import openai
import pytest

from lib.chat import standing_approvals
from lib.chat.deciding import MAX_REASON_CHARS
from lib.chat.standing_approvals import TOO_MANY_ROUNDS
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.conftest import Runtimes
from tests.integration.rest_client import Client, Event, asking, assert_error, chat_of, events, messages_of
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import lose_database, restore_database
from tests.integration.test_resilient_store import proxy as proxy
from tests.integration.test_resilient_store import resilient as resilient
from tests.integration.test_responses import Speak
from tests.integration.test_responses import speak as speak
from tests.integration.test_waiting_turns import CALL, DONE, OTHER, asks_to, has_done, said

TOOL = {"name": "send_mail", "server": None, "agent": "demo-agent"}


class Agent:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._before = len(workspace.requests.invocations)

    def says(self, *chunks: bytes, **fault: Any) -> Any:
        return self._workspace.faults.invocations.next(chunks=[*chunks, DONE], **fault)

    @property
    def inputs(self) -> list[Any]:
        """What it was sent, by request."""
        return [json.loads(request.body)["input"] for request in self._workspace.requests.invocations[self._before :]]


@pytest.fixture
def agent(workspace: Workspace) -> Iterator[Agent]:
    yield Agent(workspace)
    workspace.faults.clear()


@pytest.fixture(params=["runtime", "ephemeral"])
def kept(request: pytest.FixtureRequest) -> None:
    """In Postgres, and in memory."""
    request.getfixturevalue(request.param)


def waiting(ann: Client, agent: Agent, *chunks: bytes) -> tuple[str, list[Event]]:
    """A chat whose answer waits after these chunks, and the events until then."""
    agent.says(*chunks)
    asked = ann.ask("Send it")
    return chat_of(asked), events(asked)


def decide(client: Client, chat_id: str, call_id: str = CALL, approve: bool = True, **more: Any) -> Any:
    body = {"callId": call_id, "approve": approve, **more}
    return client.http.post(f"/chat/{chat_id}/approvals", json=body)


def marks(client: Client, chat_id: str) -> tuple[bool, bool]:
    chat = client.get(f"/chat/{chat_id}").json()
    return chat["running"], chat["waiting"]


def waiting_chats(client: Client) -> list[str] | None:
    """None in Ephemeral, which has no history."""
    found = client.get("/history", waiting=True)
    return [chat["id"] for chat in found.json()["data"]] if found.status_code == 200 else None


def test_an_answer_waits_and_goes_on_where_it_was(kept: None, ann: Client, agent: Agent) -> None:
    chat_id, before = waiting(ann, agent, said("I will send it.", "a"), asks_to(CALL))
    asked = {"callId": CALL, "name": "send_mail", "arguments": '{"to": "ann"}', "server": None}
    meta = before[-2].json
    assert (meta["type"], meta["status"], meta["waitingFor"]) == ("meta", "running", [asked])
    answer = messages_of(ann, chat_id)[-1]
    assert (answer["status"], answer["waitingFor"], answer["id"]) == ("running", [asked], meta["assistantMessageId"])
    assert marks(ann, chat_id) == (True, True)
    assert waiting_chats(ann) in ([chat_id], None)
    with ann.following(chat_id) as again:
        assert [(each.id, each.data) for each in again] == [(each.id, each.data) for each in before]

    agent.says(has_done(CALL), said("Sent.", "b"))
    after = events(decide(ann, chat_id, reason="Go on"))
    last = int(before[-1].id.split(":")[1])
    assert [each.number for each in after] == list(range(last + 1, last + 1 + len(after)))
    assert after[0].json["type"] == "mcp_approval_response" and after[-2].json["status"] == "complete"
    assert "waitingFor" not in after[-2].json
    answer = messages_of(ann, chat_id)[-1]
    assert (answer["status"], answer["content"], answer["waitingFor"]) == ("complete", "I will send it.\n\nSent.", [])
    assert marks(ann, chat_id) == (False, False)
    assert not waiting_chats(ann)
    assert [item.get("type", item.get("role")) for item in agent.inputs[-1]] == [
        *("user", "assistant", "mcp_approval_request", "mcp_approval_response")
    ]


def test_the_stream_resumes_after_a_decision_without_a_gap(ann: Client, agent: Agent) -> None:
    """Whoever read until the agent asked comes back with the number of the end of that."""
    chat_id, before = waiting(ann, agent, asks_to(CALL))
    held = agent.says(has_done(CALL), said("Sent.", "b"), hold_after=1)
    with ann.http.stream("POST", f"/chat/{chat_id}/approvals", json={"callId": CALL, "approve": True}):
        pass
    with ann.following(chat_id, before[-1].id) as rest:
        found = [next(rest)]
        held.release_all()
        found += list(rest)
    assert [json.loads(each.data)["type"] for each in found[:-1]] == [
        *("mcp_approval_response", "response.output_item.done", "response.output_item.done", "meta")
    ]


@pytest.mark.parametrize("end", ["denied", "stopped"])
def test_the_call_is_not_made(kept: None, ann: Client, agent: Agent, end: str) -> None:
    chat_id, _ = waiting(ann, agent, asks_to(CALL))
    if end == "denied":
        agent.says(said("Then not."))
        assert events(decide(ann, chat_id, approve=False, reason="Not today"))[-2].json["status"] == "complete"
        sent = agent.inputs[-1][-1]
        assert (sent["type"], sent["approve"], sent["reason"]) == ("mcp_approval_response", False, "Not today")
    else:
        assert ann.http.post(f"/chat/{chat_id}/stop").json() == {"success": True}
        assert messages_of(ann, chat_id)[-1]["status"] == "stopped"
        assert len(agent.inputs) == 1
    assert_error(decide(ann, chat_id), 409, "not_waiting")
    agent.says(said("Hello."))
    assert ann.ask("And now?", chat_id=chat_id).status_code == 200
    request_items = [item for item in agent.inputs[-1] if item.get("type") == "mcp_approval_request"]
    assert len(request_items) == (1 if end == "denied" else 0)


def test_what_is_wrong_is_said_and_changes_nothing(kept: None, ann: Client, bob: Client, agent: Agent) -> None:
    chat_id, _ = waiting(ann, agent, asks_to(CALL))
    ann.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    assert_error(decide(ann, chat_id, "another call"), 409, "not_waiting")
    assert_error(decide(ann, chat_id, "another call", always=True), 409, "not_waiting")
    assert_error(decide(ann, chat_id, reason="x" * (MAX_REASON_CHARS + 1)), 400, "bad_input")
    assert_error(decide(ann, chat_id, approve="yes"), 422, "invalid_request")  # type: ignore[arg-type]
    assert_error(decide(bob, chat_id), 404, "not_found")
    assert_error(bob.http.post(f"/chat/{chat_id}/stop"), 404, "not_found")
    busy = ann.ask("And now?", chat_id=chat_id)
    assert_error(busy, 409, "chat_busy")
    assert "waits for your decision" in busy.text
    seen = messages_of(bob, chat_id)[-1]
    assert (seen["status"], len(seen["waitingFor"])) == ("running", 1), "a reader sees what it waits for"
    assert bob.get(f"/chat/{chat_id}").json()["waiting"] is False
    assert marks(ann, chat_id) == (True, True) and len(agent.inputs) == 1
    assert ann.get(f"/chat/{chat_id}/allowed-tools").json() == {"data": []}
    ann.http.delete(f"/chat/{chat_id}")
    assert_error(decide(ann, chat_id), 410, "gone")


def test_what_was_asked_as_the_user_does_not_go_on_as_the_app(
    client_of: Callable[..., Client], agent: Agent, workspace: Workspace
) -> None:
    signed_in = client_of(
        **{"x-forwarded-email": ANN.id, "x-forwarded-access-token": workspace.issue_user_token(ANN.id)}
    )
    chat_id, _ = waiting(signed_in, agent, asks_to(CALL))
    without = client_of(**{"x-forwarded-email": ANN.id})
    assert_error(decide(without, chat_id), 502, "agent_failed")
    assert marks(signed_in, chat_id) == (True, True) and len(agent.inputs) == 1
    agent.says(has_done(CALL), said("Sent."))
    assert events(decide(signed_in, chat_id))[-2].json["status"] == "complete"


def test_an_answer_with_two_requests_goes_on_after_both(ann: Client, agent: Agent) -> None:
    chat_id, _ = waiting(ann, agent, asks_to(CALL), asks_to(OTHER))
    first = events(decide(ann, chat_id, OTHER))
    assert [call["callId"] for call in first[-2].json["waitingFor"]] == [CALL] and len(agent.inputs) == 1
    agent.says(has_done(CALL), has_done(OTHER), said("Both."))
    assert events(decide(ann, chat_id, CALL))[-2].json["status"] == "complete"
    ids = [item.get("approval_request_id") for item in agent.inputs[-1][-2:]]
    assert ids == [OTHER, CALL]


def test_a_tool_that_is_always_allowed_is_not_asked_about(kept: None, ann: Client, agent: Agent) -> None:
    chat_id, _ = waiting(ann, agent, asks_to(CALL))
    agent.says(has_done(CALL), asks_to(OTHER))
    agent.says(has_done(OTHER), said("Both."))
    assert events(decide(ann, chat_id, always=True))[-2].json["status"] == "complete"
    approvals = [part for part in messages_of(ann, chat_id)[-1]["parts"] if part["type"] == "approval"]
    assert [part.get("is_standing") for part in approvals] == [None, True]
    assert ann.get(f"/chat/{chat_id}/allowed-tools").json() == {"data": [TOOL]}

    copy = "0b1c6b1e-6a0c-4a39-9a40-3a51a0b0f0a1"
    assert ann.http.post(f"/chat/{chat_id}/copy", json={"id": copy}).status_code == 200
    for other in (copy, None):
        agent.says(asks_to(CALL))
        body = asking("Send it", other) if other else asking("Send it")
        assert events(ann.http.post("/chat", json=body))[-2].json["status"] == "running"
        assert ann.get(f"/chat/{body['id']}/allowed-tools").json() == {"data": []}

    changed = ann.http.patch(f"/chat/{chat_id}/allowed-tools", json={**TOOL, "allowed": False})
    assert changed.json() == {"data": []}
    agent.says(asks_to(CALL))
    assert events(ann.ask("Again", chat_id=chat_id))[-2].json["status"] == "running"


def test_what_one_agent_may_always_do_another_asks_for(ann: Client, agent: Agent) -> None:
    chat_id, _ = waiting(ann, agent, asks_to(CALL))
    other = {**TOOL, "agent": "another-agent"}
    assert ann.http.patch(f"/chat/{chat_id}/allowed-tools", json={**other, "allowed": True}).json() == {"data": [other]}
    agent.says(asks_to(OTHER))
    assert events(decide(ann, chat_id))[-2].json["status"] == "running"


def test_a_decision_that_is_not_taken_allows_nothing(ann: Client, agent: Agent) -> None:
    chat_id, _ = waiting(ann, agent, asks_to(CALL))
    ann.http.post(f"/chat/{chat_id}/stop")
    assert_error(decide(ann, chat_id, always=True), 409, "not_waiting")
    assert ann.get(f"/chat/{chat_id}/allowed-tools").json() == {"data": []}


def test_always_allowing_a_tool_approves_the_other_calls_that_wait(ann: Client, agent: Agent) -> None:
    chat_id, _ = waiting(ann, agent, asks_to(CALL), asks_to(OTHER))
    agent.says(has_done(CALL), has_done(OTHER), said("Both."))
    assert events(decide(ann, chat_id, always=True))[-2].json["status"] == "complete"


def test_an_agent_that_asks_without_end_is_ended(
    ann: Client, agent: Agent, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_approvals, "MOST_ROUNDS", 3)
    chat_id, _ = waiting(ann, agent, asks_to(CALL))
    workspace.faults.invocations.always(chunks=[asks_to("again"), DONE])
    end = events(decide(ann, chat_id, always=True))
    assert end[-2].json["status"] == "failed" and end[-3].json == {"type": "error", "error": TOO_MANY_ROUNDS}
    assert len(agent.inputs) == 5


def test_while_the_database_is_away_nothing_is_decided(
    resilient: Runtime, proxy: TcpProxy, served: tuple[str, Runtimes], ann: Client, agent: Agent
) -> None:
    served[1]["now"] = resilient
    chat_id, _ = waiting(ann, agent, asks_to(CALL))
    lose_database(resilient, proxy)
    assert_error(decide(ann, chat_id), 503, "database_unavailable")
    assert_error(ann.get(f"/chat/{chat_id}/allowed-tools"), 503, "database_unavailable")
    restore_database(resilient, proxy)
    agent.says(has_done(CALL), said("Sent."))
    assert events(decide(ann, chat_id))[-2].json["status"] == "complete"
    assert len(agent.inputs) == 2


def test_the_openai_client_approves(kept: None, ann: Client, agent: Agent, speak: Speak) -> None:
    client = speak(ANN.id)
    agent.says(said("I will send it.", "a"), asks_to(CALL))
    asked = client.responses.create(model="demo-agent", input="Send it")
    assert asked.status == "completed"
    request = asked.output[-1]
    assert request.type == "mcp_approval_request"
    assert (request.id, request.name, request.arguments) == (CALL, "send_mail", '{"to": "ann"}')
    assert client.responses.retrieve(asked.id) == asked

    agent.says(has_done(CALL), said("Sent.", "b"))
    done = client.responses.create(
        previous_response_id=asked.id,
        input=[{"type": "mcp_approval_response", "approval_request_id": request.id, "approve": True}],
    )
    assert (done.id, done.status, done.output_text) == (asked.id, "completed", "I will send it.\n\nSent.")
    kinds = [item.type for item in done.output]
    assert kinds == ["message", "mcp_approval_request", "function_call_output", "message"]
    assert done.output[:2] == asked.output
    assert client.responses.retrieve(asked.id).output == done.output
    with pytest.raises(openai.ConflictError):
        client.responses.create(
            conversation=done.conversation.id if done.conversation else "",
            input=[{"type": "mcp_approval_response", "approval_request_id": request.id, "approve": True}],
        )


def test_the_openai_client_streams_on(ann: Client, agent: Agent, speak: Speak) -> None:
    client = speak(ANN.id)
    agent.says(said("I will send it.", "a"), asks_to(CALL))
    with client.responses.stream(model="demo-agent", input="Send it") as first:
        before = list(first)
        asked = first.get_final_response()
    agent.says(has_done(CALL), said("Sent.", "b"))
    with client.responses.stream(
        model="demo-agent",
        previous_response_id=asked.id,
        input=[{"type": "mcp_approval_response", "approval_request_id": CALL, "approve": False, "reason": "No"}],
    ) as second:
        after = list(second)
        done = second.get_final_response()
    assert "".join(each.delta for each in after if each.type == "response.output_text.delta") == "\n\nSent."
    assert [item.type for item in done.output] == [
        *("message", "mcp_approval_request", "function_call_output", "message")
    ]
    numbers = [each.sequence_number for each in (*before, *after[2:])]
    assert numbers == sorted(set(numbers))
    middle = after[len(after) // 2]
    with client.responses.retrieve(asked.id, stream=True, starting_after=middle.sequence_number) as again:
        resumed = [each.to_dict() for each in again]
    assert resumed == [each.to_dict() for each in client_events(client, asked.id, middle.sequence_number)]
    assert [each["sequence_number"] for each in resumed] == [
        each.sequence_number for each in after if each.sequence_number > middle.sequence_number
    ]


def client_events(client: openai.OpenAI, response_id: str, after: int) -> list[Any]:
    with client.responses.retrieve(response_id, stream=True) as whole:
        return [each for each in whole if each.sequence_number > after]


def test_the_openai_client_is_told_what_is_wrong(ann: Client, agent: Agent, speak: Speak) -> None:
    client = speak(ANN.id)
    agent.says(asks_to(CALL))
    asked = client.responses.create(model="demo-agent", input="Send it")
    no_id: Any = [{"type": "mcp_approval_response", "approve": True}]
    approved: Any = [{"type": "mcp_approval_response", "approval_request_id": CALL, "approve": True}]
    with pytest.raises(openai.BadRequestError):
        client.responses.create(previous_response_id=asked.id, input=no_id)
    with pytest.raises(openai.BadRequestError):
        client.responses.create(input=approved)
    with pytest.raises(openai.NotFoundError):
        speak("bob@example.com").responses.create(previous_response_id=asked.id, input=approved)
    with pytest.raises(openai.ConflictError):
        client.responses.create(previous_response_id=asked.id, input="And now?")
    cancelled = client.responses.cancel(asked.id)
    assert cancelled.status == "cancelled"
    assert messages_of(ann, str(UUID(cancelled.conversation.id if cancelled.conversation else "")))[-1]["status"] == (
        "stopped"
    )
    with pytest.raises(openai.ConflictError):
        client.responses.create(previous_response_id=asked.id, input=approved)
    assert len(agent.inputs) == 1

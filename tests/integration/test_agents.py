"""Agents through the real HTTP path: the local workspace counts how often each was asked."""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import databricks.sdk  # noqa: F401 - here, since a busy machine takes longer for it than a person would wait
import pytest

from lib.agent.answer import answer
from lib.agent.endpoints.agent import Agent
from lib.agent.endpoints.agents import Agents
from lib.agent.endpoints.credentials import NO_WORKSPACE
from lib.agent.endpoints.url import APPS_DOMAINS
from lib.agent.events import Event, ReasoningDelta, TextDelta, TraceId, Usage
from lib.agent.http.limits import Limits
from lib.agent.http.refusals import APP_SIGN_IN_REFUSED, SIGN_IN_EXPIRED, UNREACHABLE, USER_SIGN_IN_MISSING
from lib.agent.http.retry import BUSY, UNREACHED, WAKING
from lib.agent.http.server_error import TOO_LONG
from lib.agent.http.transport import BAD_HEADER, CONNECTION_LOST, TIMED_OUT, WEB_PAGE, Transport
from lib.agent.prompt import Pause, Prompt
from lib.chat.side_tasks import SideTasks
from lib.chat.turn import Turn
from lib.config import load
from lib.errors import AgentFailed
from lib.identity import AccessToken, Asker, User
from lib.messages.parts import ContextMessage, SignIn, Text, ToolCall, ToolResult
from lib.store.answer_ids import new_answer_id
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import NewTurn
from lib.workspace import Workspace as AppWorkspace
from local.workspace import Workspace
from tests.conftest import ANN, CLIENT_SECRET, ROLE

FAST = Limits(connect_seconds=2, first_byte_seconds=10, idle_seconds=10, wake_seconds=5, first_pause_seconds=0.01)
QUESTION = "Which region sold most last quarter?"
SERVED = ["demo-agent", "demo-chat", "demo-chatagent"]
PLACES = [*SERVED, "app", "openai"]
END = b"data: [DONE]\n\n"
FIRST = b'data: {"type": "response.output_text.delta", "item_id": "m", "delta": "One"}\n\n'
DONE = [b"data: [DONE]\n\n"]


@dataclass
class Received:
    """The events and the failure of one answer."""

    events: list[Event] = field(default_factory=list)
    notices: list[str | Pause] = field(default_factory=list)
    failure: str = ""

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def pauses(self) -> list[Pause]:
        return [notice for notice in self.notices if isinstance(notice, Pause)]

    def has(self, kind: type[Event]) -> bool:
        return any(isinstance(event, kind) for event in self.events)


@pytest.fixture
def environ(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An app bound to the workspace and to no database."""
    bound = {"DATABRICKS_HOST": workspace.url, "DATABRICKS_CLIENT_ID": ROLE, "DATABRICKS_CLIENT_SECRET": CLIENT_SECRET}
    for name, value in bound.items():
        monkeypatch.setenv(name, value)
    workspace.faults.clear()
    workspace.requests.clear()
    yield bound
    workspace.faults.clear()


def made(environ: dict[str, str], place: str = "demo-agent", **more: str) -> Agent:
    """The agent at one of PLACES."""
    host = environ["DATABRICKS_HOST"]
    apps_domains = ("127.0.0.1",) if place == "app" else APPS_DOMAINS
    where = {
        "app": {"AGENT_URL": f"{host}/apps/demo/invocations"},
        "openai": {"AGENT_URL": f"{host}/v1/chat/completions", "AGENT_API_KEY": "any", "AGENT_MODEL": "demo"},
    }.get(place, {"SERVING_ENDPOINT": place})
    return Agents(load({**environ, **where, **more}), AppWorkspace(), apps_domains).get(None)


async def receiving(
    agent: Agent,
    *,
    user: User = ANN,
    token: AccessToken | None = None,
    limits: Limits = FAST,
    said: list[ContextMessage] | None = None,
) -> Received:
    received = Received()
    conversation = said or [ContextMessage("user", [Text(QUESTION)])]
    transport = Transport(limits)
    try:
        async with aclosing(
            answer(agent, Prompt(uuid4(), user, conversation, token), transport, received.notices.append)
        ) as all:
            async for chunk in all:
                received.events += chunk.events
    except AgentFailed as failure:
        received.failure = str(failure)
    finally:
        await transport.close()
    return received


def receive(agent: Agent, **more: Any) -> Received:
    return asyncio.run(receiving(agent, **more))


def sse(*data: object) -> list[bytes]:
    return [f"data: {json.dumps(one)}\n\n".encode() for one in data]


def on_behalf(workspace: Workspace, **more: Any) -> AccessToken:
    return AccessToken(workspace.issue_user_token(ANN.id, **more))


# -- Every kind of agent


@pytest.mark.parametrize("place", PLACES)
def test_each_kind_of_agent_answers_a_question_asked_once(
    place: str, environ: dict[str, str], workspace: Workspace
) -> None:
    received = receive(made(environ, place))
    assert received.failure == "" and received.text.startswith("**Nordics**")
    assert received.has(ToolCall) and received.has(Usage) is (place != "demo-chatagent")
    assert received.has(TraceId) is (place in ("demo-agent", "demo-chatagent", "app"))
    assert len(workspace.requests.invocations) == 1


@pytest.mark.parametrize("place", PLACES)
def test_each_kind_of_agent_accepts_its_own_answer_as_history(
    place: str, environ: dict[str, str], workspace: Workspace
) -> None:
    parts = [Text("I look."), ToolCall("c" * 80, "run_sql", "{}"), ToolResult("c" * 80, "")]
    question = [Text("What did I ask first?")]
    said = [
        ContextMessage("user", [Text(QUESTION)]),
        ContextMessage("assistant", parts),
        ContextMessage("user", question),
    ]
    received = receive(made(environ, place), said=said)
    assert received.failure == "" and QUESTION in received.text


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_that_is_not_streamed_is_read(place: str, environ: dict[str, str], workspace: Workspace) -> None:
    agent = made(environ, place)
    workspace.faults.invocations.next(status=400, body={"message": "Streaming is not supported by this endpoint."})
    received = receive(agent)
    assert received.failure == "" and received.text.startswith("**Nordics**") and received.has(ToolCall)
    assert [request.json["stream"] for request in workspace.requests.invocations] == [True, False]


def test_streaming_refused_under_http_200_leads_to_one_request_without_streaming(
    environ: dict[str, str], workspace: Workspace
) -> None:
    refusal = sse({"error": {"message": "Streaming is not supported by this model."}})
    workspace.faults.invocations.next(chunks=refusal)
    assert receive(made(environ)).text.startswith("**Nordics**")
    workspace.faults.invocations.next(chunks=refusal, times=2)
    assert "Streaming is not supported" in receive(made(environ)).failure
    assert [request.json["stream"] for request in workspace.requests.invocations] == [True, False] * 2


@pytest.mark.parametrize("place", PLACES)
def test_an_error_before_the_first_word_is_shown_and_not_retried(
    place: str, environ: dict[str, str], workspace: Workspace
) -> None:
    agent = made(environ, place)
    workspace.faults.invocations.next(error_after=0, error={"error": "The tool broke."})
    received = receive(agent)
    assert received.failure == "The agent reported an error: The tool broke." and received.text == ""
    assert len(workspace.requests.invocations) == 1


@pytest.mark.parametrize("place", PLACES)
def test_text_before_an_error_or_a_cut_is_kept(place: str, environ: dict[str, str], workspace: Workspace) -> None:
    agent = made(environ, place)
    workspace.faults.invocations.next(error_after=12, error={"error": "The tool broke."})
    workspace.faults.invocations.next(cut_after=12)
    broken, cut = receive(agent), receive(agent)
    assert "The tool broke." in broken.failure and cut.failure == CONNECTION_LOST
    assert broken.text and broken.text == cut.text
    assert len(workspace.requests.invocations) == 2


@pytest.mark.parametrize("place", PLACES)
def test_a_cut_before_the_first_event_is_not_retried(place: str, environ: dict[str, str], workspace: Workspace) -> None:
    agent = made(environ, place)
    workspace.faults.invocations.next(cut_after=0)
    assert receive(agent).failure == CONNECTION_LOST
    assert len(workspace.requests.invocations) == 1


def spoken(delta: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


# How agents of each kind send their reasoning: streamed, and in one piece.
SUMMARY = {"type": "response.reasoning_summary_text.delta", "item_id": "r", "delta": "Hm."}
THOUGHT = {"type": "response.reasoning_text.delta", "item_id": "r", "delta": "Hm."}
ANSWER = {"type": "response.output_text.delta", "item_id": "m", "delta": "Yes."}
REASONED: dict[str, list[dict[str, Any]]] = {
    "demo-agent": [SUMMARY, ANSWER],
    "demo-chat": [spoken({"content": "<think>Hm."}), spoken({"content": "</think>Yes."})],
    "demo-chatagent": [{"delta": {"role": "assistant", "id": "a", "content": "<think>Hm.</think>Yes."}}],
    "app": [THOUGHT, ANSWER],
    "openai": [spoken({"role": "assistant", "reasoning_content": "Hm."}), spoken({"content": "Yes."})],
}
MESSAGE = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]}
TAGGED = {"role": "assistant", "id": "a", "content": "<think>Hm.</think>Yes."}
REASONED_WHOLE: dict[str, dict[str, Any]] = {
    "demo-agent": {"output": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}, MESSAGE]},
    "demo-chat": {"choices": [{"index": 0, "message": TAGGED}]},
    "demo-chatagent": {"messages": [TAGGED]},
    "app": {"output": [{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Hm."}]}, MESSAGE]},
    "openai": {"choices": [{"index": 0, "message": {"role": "assistant", "reasoning": "Hm.", "content": "Yes."}}]},
}


@pytest.mark.parametrize("place", PLACES)
def test_reasoning_of_each_kind_of_agent_is_separated(
    place: str, environ: dict[str, str], workspace: Workspace
) -> None:
    agent = made(environ, place)
    whole = [json.dumps(REASONED_WHOLE[place]).encode()]
    workspace.faults.invocations.next(chunks=[*sse(*REASONED[place]), END])
    workspace.faults.invocations.next(chunks=whole, content_type="application/json")
    for received in (receive(agent), receive(agent)):
        assert (received.text, received.failure) == ("Yes.", "")
        thought = [
            (number, event.text) for number, event in enumerate(received.events) if type(event) is ReasoningDelta
        ]
        assert thought == [(0, "Hm.")]


# Errors about a conversation that is too long, and errors that quote internals.
LENGTH = "This model's maximum context length is 4096 tokens."
LIMIT = {"error": {"message": LENGTH, "type": "invalid_request_error", "code": "context_length_exceeded"}}
FOREIGN = {"error_code": "BAD_REQUEST", "message": json.dumps({"external_model_provider": "x"} | LIMIT)}
KEY = {"error": {"message": "Incorrect API key provided: sk-12345678. Find it at https://provider.example/keys."}}


@pytest.mark.parametrize("place", ["demo-agent", "openai"])
@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (400, LIMIT, f"{TOO_LONG} It said: {LENGTH}"),
        (400, FOREIGN, f"{TOO_LONG} It said: {LENGTH}"),
        (413, "<html>413 Request Entity Too Large</html>", TOO_LONG),
        (
            422,
            {"detail": [{"loc": ["body", "n"], "msg": "Field required", "type": "missing", "input": {"k": "v"}}]},
            "The agent did not accept the format in which the question was sent. It said: n: Field required",
        ),
        (500, {"detail": f"Error code: 400 - {LIMIT!r}"}, f"{TOO_LONG} It said: {LENGTH}"),
        (
            500,
            "Traceback (most recent call last):\n  File \"/app/x.py\", line 1, in f\nKeyError: 'x'",
            "The agent answered with an error (500).",
        ),
        (401, KEY, APP_SIGN_IN_REFUSED),
    ],
)
def test_a_refusal_by_the_server_becomes_a_readable_message(
    place: str, status: int, body: Any, sentence: str, environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.invocations.next(status=status, body=body)
    assert receive(made(environ, place)).failure == sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ({"error": {"message": LENGTH}}, f"{TOO_LONG} It said: {LENGTH}"),
        ({"error": f"Error code: 400 - {LIMIT!r}"}, f"{TOO_LONG} It said: {LENGTH}"),
        ({"error": {"message": json.dumps(LIMIT)}}, f"{TOO_LONG} It said: {LENGTH}"),
        ({"error": {"message": "RuntimeError: No table."}}, "The agent reported an error: No table."),
        (KEY, "The agent could not answer."),
    ],
)
def test_an_error_within_an_answer_is_read_as_a_refusal_is(
    error: dict[str, Any], sentence: str, environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.invocations.next(error_after=0, error=error)
    assert receive(made(environ)).failure == sentence


# -- Exactly one call


def test_a_busy_agent_is_retried_after_its_retry_after_time(environ: dict[str, str], workspace: Workspace) -> None:
    workspace.faults.invocations.next(status=429, headers={"Retry-After": "0"}, times=2)
    received = receive(made(environ))
    assert received.failure == "" and {pause.reason for pause in received.pauses} == {BUSY}
    assert [request.status for request in workspace.requests.invocations] == [429, 429, 200]


def test_who_waits_is_told_what_the_agent_said_and_when_it_is_asked_again(
    environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.invocations.next(status=429, headers={"Retry-After": "1"})
    began_at = time.monotonic()
    (pause,) = receive(made(environ), limits=replace(FAST, wake_seconds=30)).pauses
    assert (pause.reason, pause.said) == (BUSY, "The local workspace was told to 429.")
    assert 1 <= pause.ends_at - began_at < 29 < pause.gives_up_at - began_at < 60


def test_an_agent_with_too_long_a_retry_after_time_is_not_retried(
    environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.invocations.next(status=429, headers={"Retry-After": "3600"})
    received = receive(made(environ))
    assert received.failure.startswith("The agent is busy") and received.notices == []
    assert len(workspace.requests.invocations) == 1


def test_a_starting_agent_is_waited_for_and_the_user_is_notified(environ: dict[str, str], workspace: Workspace) -> None:
    workspace.faults.invocations.next(status=503, times=3)
    received = receive(made(environ))
    assert received.failure == "" and {pause.reason for pause in received.pauses} == {WAKING}
    assert len(workspace.requests.invocations) == 4


def test_waiting_for_a_starting_agent_ends_after_a_limit(environ: dict[str, str], workspace: Workspace) -> None:
    workspace.faults.invocations.always(status=503)
    received = receive(made(environ), limits=replace(FAST, wake_seconds=0.1))
    assert received.failure.startswith("The agent is not ready.")
    assert len(workspace.requests.invocations) > 1


@pytest.mark.parametrize("status", [400, 500, 502, 504])
def test_a_failure_after_which_the_agent_may_have_run_is_not_retried(
    status: int, environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.invocations.next(status=status, html=status in (502, 504))
    received = receive(made(environ))
    assert received.failure and "<" not in received.failure and received.notices == []
    assert len(workspace.requests.invocations) == 1


def test_an_unreachable_agent_is_retried_a_few_times(environ: dict[str, str]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        received = receive(made({**environ, "AGENT_URL": f"http://127.0.0.1:{held.getsockname()[1]}/v1/responses"}))
    assert received.failure == UNREACHABLE and {pause.reason for pause in received.pauses} == {UNREACHED}


def test_a_connection_closed_without_a_response_is_not_retried(environ: dict[str, str]) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        asked.append(connection.recv(100))

        thread = threading.Thread(target=hang_up)
        thread.start()
        received = receive(made({**environ, "AGENT_URL": f"http://127.0.0.1:{server.getsockname()[1]}/v1/responses"}))
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert received.failure == CONNECTION_LOST and len(asked) == 1


def test_a_silent_agent_times_out_before_and_after_its_first_byte(
    environ: dict[str, str], workspace: Workspace
) -> None:
    agent = made(environ)
    workspace.faults.invocations.next(delay_seconds=30)
    assert receive(agent, limits=replace(FAST, first_byte_seconds=0.3)).failure == TIMED_OUT
    fault = workspace.faults.invocations.next(chunks=[FIRST, FIRST], hold_after=1)
    received = receive(agent, limits=replace(FAST, idle_seconds=0.3))
    fault.release_all()
    assert received.failure == TIMED_OUT and received.text == "One"
    assert len(workspace.requests.invocations) == 2


PING = [
    b": ping\n\n",
    b": ping\n",
    b"\n",
    b"data:\n\n",
    b"event: ping\ndata:\n\n",
    b'event: ping\ndata: {"type": "ping"}\n\n',
    b"event: keepalive\ndata: {}\n\n",
    b"id: 7\nretry: 1000\n\n",
]


@pytest.mark.parametrize("ping", PING)
def test_an_agent_that_only_sends_pings_times_out(environ: dict[str, str], workspace: Workspace, ping: bytes) -> None:
    workspace.faults.invocations.next(chunks=[FIRST, *[ping] * 400], interval_seconds=0.05)
    began = time.monotonic()
    received = receive(made(environ), limits=replace(FAST, idle_seconds=0.5))
    assert (received.text, received.failure) == ("One", TIMED_OUT)
    assert time.monotonic() - began < 10, "and not with the last ping"


@pytest.mark.parametrize("ping", [PING[0], PING[5]])
def test_pings_give_an_agent_longer_to_think_than_silence_does(
    environ: dict[str, str], workspace: Workspace, ping: bytes
) -> None:
    async def receive_twice(agent: Agent) -> Received:
        await receiving(agent)  # the look-ups take no part in what is measured
        # Few long pauses: each may last longer than it says, and together they may not take twice the limit.
        workspace.faults.invocations.next(chunks=[*[ping] * 5, FIRST, *[ping] * 5, *DONE], interval_seconds=0.8)
        return await receiving(agent, limits=replace(FAST, idle_seconds=3))

    received = asyncio.run(receive_twice(made(environ)))
    assert (received.text, received.failure) == ("One", "")


def test_abandoning_an_answer_closes_its_connection_even_during_silence(
    environ: dict[str, str], workspace: Workspace
) -> None:
    agent = made(environ)
    fault = workspace.faults.invocations.next(chunks=[FIRST, FIRST], hold_after=1)

    async def leaving() -> None:
        task = asyncio.create_task(receiving(agent))
        while not workspace.requests.invocations:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        [request] = workspace.requests.invocations
        for _ in range(6000):
            if request.closed_by_client:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the connection stayed open")

    asyncio.run(leaving())
    fault.release_all()


# -- Other answers


@pytest.mark.parametrize("content_type", ["text/event-stream", "text/plain", "application/json"])
def test_the_framing_is_detected_from_the_bytes_whatever_the_content_type(
    content_type: str, environ: dict[str, str], workspace: Workspace
) -> None:
    agent = made(environ)
    body = json.dumps({"output": [{"type": "message", "content": "One"}]}).encode()
    for chunks in ([FIRST, END], [body[:9], body[9:]]):
        workspace.faults.invocations.next(chunks=chunks, content_type=content_type)
        received = receive(agent)
        assert (received.text, received.failure) == ("One", "")


def test_a_web_page_is_not_taken_for_an_answer(environ: dict[str, str], workspace: Workspace) -> None:
    workspace.faults.invocations.next(chunks=[b"\n<!DOCTYPE html><html></html>"], content_type="text/html")
    assert receive(made(environ)).failure == WEB_PAGE


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_answer_is_read_wherever_its_bytes_are_split(
    end: bytes, environ: dict[str, str], workspace: Workspace
) -> None:
    agent = made(environ)
    stream = b": hello" + end * 2 + (FIRST + END).replace(b"One", "Zoë 😀".encode()).replace(b"\n", end)
    workspace.faults.invocations.next(chunks=[bytes([byte]) for byte in stream])
    received = receive(agent)
    assert (received.text, received.failure) == ("Zoë 😀", "")


def test_an_error_that_asks_for_a_sign_in_gives_the_sign_in_page(environ: dict[str, str], workspace: Workspace) -> None:
    url = "https://dbc-1.cloud.databricks.com/explore/connections/wiki"
    complaint = f"Credential for user identity('a') is not found for the connection 'wiki'. Please visit {url}"
    agent = made(environ)
    workspace.faults.invocations.next(status=400, body={"message": complaint})
    workspace.faults.invocations.next(error_after=0, error={"error": complaint})
    for received in (receive(agent), receive(agent)):
        [login] = received.events[:1]
        assert isinstance(login, SignIn) and login.url == url and received.failure


# -- Credentials


def test_the_agent_is_called_with_the_users_token(environ: dict[str, str], workspace: Workspace) -> None:
    for mode in ("auto", "user"):
        receive(made(environ, AGENT_AUTH=mode), token=on_behalf(workspace))
    receive(made(environ, AGENT_AUTH="app"), token=on_behalf(workspace))
    receive(made(environ))
    assert [request.caller for request in workspace.requests.invocations] == [ANN.id, ANN.id, ROLE, ROLE]


def test_an_agent_that_requires_a_user_is_not_called_without_a_token(
    environ: dict[str, str], workspace: Workspace
) -> None:
    for place in ("demo-agent", "app"):
        assert receive(made(environ, place, AGENT_AUTH="user")).failure == USER_SIGN_IN_MISSING
    assert workspace.requests.invocations == []


@pytest.mark.parametrize("mode", ["auto", "user"])
@pytest.mark.parametrize(
    "refusal",
    [
        {},  # the workspace's own for a token that has reached its end
        {"status": 403, "body": {"error_code": 403, "message": "Invalid access token."}},
        {"status": 401, "html": True},
        {"status": 403, "body": "<html><title>403</title><pre>Invalid Token</pre></html>"},
        {"status": 403, "headers": {"WWW-Authenticate": 'Bearer realm="x", error="invalid_token"'}},
    ],
)
def test_an_expired_user_token_is_never_replaced_by_the_apps_token(
    mode: str, refusal: dict[str, Any], environ: dict[str, str], workspace: Workspace
) -> None:
    token = on_behalf(workspace, ttl_seconds=-1)
    if refusal:
        workspace.faults.invocations.next(**refusal)
    received = receive(made(environ, AGENT_AUTH=mode), token=token)
    assert received.failure == SIGN_IN_EXPIRED and received.notices == []
    assert received.failure.startswith("Your sign-in has expired: reload the page")
    [request] = workspace.requests.invocations
    assert request.headers["authorization"] == f"Bearer {token.value}"


def test_an_agent_on_apps_with_an_expired_token_reports_the_expiry(
    environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.invocations.next(status=401, body={"detail": "The user's token has expired."})
    assert receive(made(environ, "app"), token=on_behalf(workspace, ttl_seconds=-1)).failure == SIGN_IN_EXPIRED
    workspace.faults.invocations.next(status=403, body={"detail": "No permission."})
    assert "app's service principal" in receive(made(environ, "app"), token=on_behalf(workspace)).failure
    assert len(workspace.requests.invocations) == 2


@pytest.mark.parametrize(
    ("place", "more", "asked_as"),
    [
        ("demo-agent", {}, "user"),
        ("demo-agent", {"AGENT_AUTH": "app"}, "app"),
        ("app", {}, "user"),
        ("app", {"AGENT_API_KEY": "any"}, "user"),
        ("app", {"AGENT_AUTH": "app"}, "app"),
        ("openai", {}, "app"),
    ],
)
def test_the_agent_is_told_with_whose_rights_it_is_called(
    place: str, more: dict[str, str], asked_as: str, environ: dict[str, str], workspace: Workspace
) -> None:
    agent, token = made(environ, place, **more), on_behalf(workspace)
    assert (agent.asked_as(token), agent.asked_as(None)) == (asked_as, "app")
    receive(agent, token=token)
    [request] = workspace.requests.invocations
    assert (token.value in str(request.headers)) is (asked_as == "user")


def test_a_missing_scope_is_named_and_not_bypassed_with_the_apps_token(
    environ: dict[str, str], workspace: Workspace
) -> None:
    received = receive(made(environ), token=on_behalf(workspace, scopes=()))
    assert "“model-serving”" in received.failure and received.notices == []
    assert len(workspace.requests.invocations) == 1


def test_an_agent_that_acts_for_its_user_reports_when_it_cannot(environ: dict[str, str], workspace: Workspace) -> None:
    alone = receive(made(environ, "demo-chatagent"))
    assert "acts on behalf of its user" in str(alone.notices[0]) and "model-serving" in str(alone.notices[0])
    assert receive(made(environ, "demo-chatagent"), token=on_behalf(workspace)).notices == []
    assert receive(made(environ, "demo-chatagent"), user=replace(ANN, authenticated=False)).notices == []


def test_an_agent_on_apps_gets_the_apps_token_and_the_users_token_beside_it(
    environ: dict[str, str], workspace: Workspace
) -> None:
    user, token = replace(ANN, email="zoë@example.com"), on_behalf(workspace)
    assert receive(made(environ, "app"), user=user, token=token).failure == ""
    receive(made(environ, "app", AGENT_AUTH="app"), user=user, token=token)
    first, second = workspace.requests.invocations
    assert first.caller == ROLE and first.headers["x-forwarded-access-token"] == token.value
    assert first.headers["x-app-user-email"].encode("latin-1").decode() == "zoë@example.com"
    assert first.headers["x-mlflow-return-trace-id"] == "true"
    assert "x-forwarded-access-token" not in second.headers


def test_an_agent_url_that_asks_for_a_sign_in_is_reported(environ: dict[str, str], workspace: Workspace) -> None:
    received = receive(made(environ, "app", AGENT_API_KEY="no oauth token"))
    assert "requires a sign-in" in received.failure


def test_a_server_outside_databricks_gets_no_databricks_token(environ: dict[str, str], workspace: Workspace) -> None:
    url = f"{workspace.url}/apps/demo/invocations"  # outside of the apps' domain here
    receive(made({**environ, "AGENT_URL": url}), token=on_behalf(workspace))
    [request] = workspace.requests.invocations
    assert not {"authorization", "x-forwarded-access-token", "x-app-user-email"} & request.headers.keys()


def test_a_token_reaches_no_log_and_no_error(
    environ: dict[str, str], workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "dapi-very-secret"
    caplog.set_level(logging.DEBUG)
    token = AccessToken(secret)
    texts = [repr(token), repr(Asker(ANN, token)), repr(Prompt(uuid4(), ANN, [], token))]
    for broken in (token, AccessToken(f"{secret}\nx: y")):
        for place in ("demo-agent", "app"):
            agent = made(environ, place, AGENT_AUTH="user")
            prompt = Prompt(uuid4(), ANN, [], token)
            post = asyncio.run(agent.request(prompt, Transport(FAST), print)) if place == "app" else None
            texts.append(repr(post))
            received = receive(agent, token=broken)
            texts += [received.failure, *map(str, received.notices)]
    assert BAD_HEADER in texts
    logged = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    assert secret not in logged + "\n".join(texts)


def test_cookies_of_one_user_are_never_sent_with_a_question_of_another(
    environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.invocations.next(status=500, headers={"Set-Cookie": "session=ann; Path=/"})
    agent = made(environ)

    async def both() -> None:
        transport = Transport(FAST)
        for _ in range(2):
            prompt = Prompt(uuid4(), ANN, [ContextMessage("user", [Text(QUESTION)])])
            with suppress(AgentFailed):
                _ = [chunk async for chunk in answer(agent, prompt, transport)]
        await transport.close()

    asyncio.run(both())
    assert ["cookie" in request.headers for request in workspace.requests.invocations] == [False, False]


# -- Discovery


def discoveries(workspace: Workspace) -> int:
    return len(workspace.requests.to("/api/2.0/serving-endpoints/", "GET"))


def test_concurrent_questions_look_the_endpoint_up_once(environ: dict[str, str], workspace: Workspace) -> None:
    agent = made(environ)

    async def many() -> list[Received]:
        return await asyncio.gather(*(receiving(agent) for _ in range(5)))

    assert [received.failure for received in asyncio.run(many())] == [""] * 5
    receive(agent)
    assert discoveries(workspace) == 1 and len(workspace.requests.invocations) == 6


@pytest.mark.parametrize("place", SERVED)
def test_a_question_is_answered_although_the_endpoint_look_up_failed(
    place: str, environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.discovery.next(status=500)
    received = receive(made(environ, place))
    assert received.failure == "" and received.text.startswith("**Nordics**")
    answered = [request for request in workspace.requests.invocations if request.status == 200]
    assert len(answered) == 1


def test_a_missing_endpoint_has_its_own_message(environ: dict[str, str], workspace: Workspace) -> None:
    received = receive(made(environ, "no-such-agent"))
    assert received.failure == "The agent was not found. It may have been renamed or removed."
    assert workspace.requests.invocations == []


def test_an_endpoint_that_is_still_loading_is_waited_for(environ: dict[str, str], workspace: Workspace) -> None:
    workspace.faults.invocations.next(status=404)
    received = receive(made(environ))
    assert received.failure == "" and {pause.reason for pause in received.pauses} == {WAKING}
    assert discoveries(workspace) == 2


def test_an_unreachable_workspace_has_its_own_message(environ: dict[str, str], workspace: Workspace) -> None:
    workspace.faults.token.always(status=401)
    received = receive(made(environ))
    assert received.failure == NO_WORKSPACE
    assert workspace.requests.invocations == []


# -- Titles


def valid_title(environ: dict[str, str], endpoint: str | None = "demo-titles") -> str:
    """The title of a chat that began as "First"."""
    store, chat_id = MemoryStore(MemoryChats(), ANN), uuid4()
    new = NewTurn(new_answer_id(), chat_id, uuid4(), question=QUESTION, title="First", agent=None, owner="test")
    store.start_turn(new)

    async def giving() -> None:
        transport = Transport(FAST)
        settings = replace(load(environ | {"SERVING_ENDPOINT": "demo-agent"}), title_endpoint=endpoint)
        SideTasks.of(settings, AppWorkspace(), transport).name_chat(
            Turn(new.turn_id, chat_id, new.question_id, None, QUESTION), store
        )
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
        await transport.close()

    asyncio.run(giving())
    chat = store.get_chat(chat_id)
    assert chat is not None
    return chat.title


def test_a_title_comes_from_the_title_model_and_never_from_the_agent(
    environ: dict[str, str], workspace: Workspace
) -> None:
    title = valid_title(environ)
    assert title != "First" and 4 <= len(title.split()) <= 6
    [request] = workspace.requests.to("/demo-titles/", "POST")
    assert request.caller == ROLE and "stream" not in request.json
    assert workspace.requests.invocations == []


def test_without_a_title_model_no_title_is_requested(environ: dict[str, str], workspace: Workspace) -> None:
    assert valid_title(environ, None) == "First"
    assert len(workspace.requests) == 0


@pytest.mark.parametrize(
    "content", ['<think>Sales? Yes.</think>\n\n"Sales by region"', [{"type": "text", "text": "**Sales by region**"}]]
)
def test_a_title_loses_the_decoration_that_models_add(
    content: object, environ: dict[str, str], workspace: Workspace
) -> None:
    answered = {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
    workspace.faults.titles.next(chunks=[json.dumps(answered).encode()], content_type="application/json")
    assert valid_title(environ) == "Sales by region"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 500, "html": True},
        {"cut_after": 0},
        {"chunks": [b"[1]"]},
        {"chunks": [json.dumps({"choices": [{"message": {"content": "word " * 13}}]}).encode()]},
        {"chunks": [json.dumps({"choices": [{"message": {"content": "<think>hm"}}]}).encode()]},
    ],
)
def test_when_the_title_model_fails_the_question_stays_the_title_without_a_retry(
    fault: dict[str, Any], environ: dict[str, str], workspace: Workspace
) -> None:
    workspace.faults.titles.next(**fault)
    assert valid_title(environ) == "First"
    assert len(workspace.requests.to("/demo-titles/", "POST")) == 1

"""The Responses API as the `openai` client sees it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest
from openai import OpenAI, Stream
from openai.types.responses import Response, ResponseStreamEvent, ResponseTextDeltaEvent

from lib.api.event_stream import KEEP_ALIVE
from lib.db.database import Database
from lib.runtime import Runtime
from local import environment
from local.app import AppProcess
from local.workspace import Fault, Workspace
from tests.conftest import ANN, BOB
from tests.integration.conftest import Runtimes
from tests.integration.rest_client import SAID, Client, asking, chat_of, messages_of
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_replicas import age
from tests.integration.test_resilient_store import lose_database, restore_database
from tests.integration.test_resilient_store import proxy as proxy
from tests.integration.test_resilient_store import resilient as resilient
from tests.waiting import until

STREAMS = Path(__file__).parents[1] / "fixtures" / "streams"
LONG = "Tell me everything about the data"
QUESTION = "How many orders are there?"
Speak = Callable[..., OpenAI]


def speaking(url: str, user_id: str, **options: Any) -> OpenAI:
    options = {"max_retries": 0, **options}
    return OpenAI(
        base_url=f"{url}/v1", api_key="an OAuth token", default_headers={"x-forwarded-email": user_id}, **options
    )


@pytest.fixture
def speak(url: str) -> Iterator[Speak]:
    """Clients of the API of the tests, which stands at the root."""
    with ExitStack() as stack:
        yield lambda user_id=ANN.id, **options: stack.enter_context(speaking(url, user_id, **options))


@pytest.fixture
def client(speak: Speak) -> OpenAI:
    return speak()


@pytest.fixture
def held(workspace: Workspace) -> Iterator[Fault]:
    fault = workspace.faults.invocations.next(hold_after=30)
    yield fault
    fault.release_all()


def chat_id_of(response: Response) -> str:
    assert response.conversation
    return response.conversation.id


def texts(events: list[ResponseStreamEvent]) -> str:
    return "".join(event.delta for event in events if isinstance(event, ResponseTextDeltaEvent))


def read_until_text(stream: Stream[ResponseStreamEvent]) -> list[ResponseStreamEvent]:
    """The events as far as some text has come."""
    events = []
    for event in stream:
        events.append(event)
        if len(texts(events)) > 20:
            break
    return events


def assert_well_formed(response: Response, ann: Client) -> None:
    """As the types of the client say, and as the chat has it."""
    Response.model_validate(response.to_dict())
    answer = messages_of(ann, chat_id_of(response))[-1]
    assert (response.id, response.output_text) == (answer["id"], answer["content"])
    assert (response.metadata or {}).get("trace_id") == answer["traceId"]


def test_a_question_is_answered_and_stored(client: OpenAI, ann: Client) -> None:
    response = client.responses.create(model="demo-agent", input="Which region sold most last quarter?")
    assert (response.status, response.model, response.error) == ("completed", "demo-agent", None)
    assert_well_formed(response, ann)
    assert response.usage and response.usage.total_tokens > 0
    kinds = [item.type for item in response.output]
    assert {"function_call", "function_call_output", "message"} <= set(kinds)
    assert client.responses.retrieve(response.id) == response


def test_a_streamed_answer_equals_the_complete_response(client: OpenAI, ann: Client) -> None:
    with client.responses.stream(model="demo-agent", input="Which region sold most last quarter?") as stream:
        events = list(stream)
        response = stream.get_final_response()
    assert_well_formed(response, ann)
    numbers = [event.sequence_number for event in events]
    assert numbers == sorted(set(numbers))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert {"response.output_item.added", "response.function_call_arguments.delta"} <= set(kinds)
    assert (
        "".join(event.delta for event in events if event.type == "response.output_text.delta") == response.output_text
    )
    assert client.responses.retrieve(response.id).to_dict() == response.to_dict(exclude_unset=True) | {
        "output": client.responses.retrieve(response.id).to_dict()["output"]
    }


# One of each format; the unit tests read all of them.
@pytest.mark.parametrize(
    "file", ["responses.sse", "chat.sse", "chat_agent.sse", "chat_think.sse", "responses_failed.sse"]
)
def test_the_events_are_the_same_whatever_format_the_agent_uses(
    client: OpenAI, ann: Client, workspace: Workspace, file: str
) -> None:
    workspace.faults.invocations.next(chunks=[(STREAMS / file).read_bytes()])
    events = list(client.responses.create(input=QUESTION, stream=True))
    last = events[-1]
    assert last.type in ("response.completed", "response.failed", "response.incomplete")
    assert_well_formed(last.response, ann)
    assert client.responses.retrieve(last.response.id) == last.response
    again = list(client.responses.retrieve(last.response.id, stream=True))
    assert again[-1] == last


def test_the_agent_gets_the_history_by_conversation_and_by_previous_response_id(
    client: OpenAI, workspace: Workspace
) -> None:
    first = client.responses.create(input=QUESTION)
    second = client.responses.create(input="And by region?", previous_response_id=first.id)
    third = client.responses.create(input="And by month?", conversation=chat_id_of(first))
    fourth = client.responses.create(
        input="Why?", conversation={"id": chat_id_of(first)}, previous_response_id=third.id
    )
    assert {chat_id_of(each) for each in (first, second, third, fourth)} == {chat_id_of(first)}
    assert [each.previous_response_id for each in (second, third, fourth)] == [first.id, second.id, third.id]
    asked = workspace.requests.invocations[-1].body.decode()
    assert all(said in asked for said in (QUESTION, "And by region?", "And by month?"))


def test_only_the_new_part_of_the_input_is_asked(client: OpenAI, ann: Client, workspace: Workspace) -> None:
    response = client.responses.create(
        input=[
            {"role": "developer", "content": "You are a pirate."},
            {"role": "user", "content": "Something that was never said here"},
            {"role": "assistant", "content": [{"type": "output_text", "text": "Nor this"}]},
            {
                "role": "user",
                "content": [{"type": "input_text", "text": "How many"}, {"type": "text", "text": "orders?"}],
            },
        ]
    )
    question, _ = messages_of(ann, chat_id_of(response))
    assert question["content"] == "How many\n\norders?"
    assert "never said" not in workspace.requests.invocations[-1].body.decode()


def test_without_a_database_the_input_is_the_history(client: OpenAI, ephemeral: Runtime, workspace: Workspace) -> None:
    response = client.responses.create(
        input=[
            {"role": "user", "content": "My name is Ann."},
            {"role": "assistant", "content": "Hello, Ann."},
            {"role": "user", "content": QUESTION},
        ]
    )
    assert "My name is Ann." in workspace.requests.invocations[-1].body.decode()
    second = client.responses.create(input="And by region?", previous_response_id=response.id)
    assert chat_id_of(second) == chat_id_of(response)
    assert client.responses.retrieve(response.id) == response


def test_parameters_without_effect_are_accepted(client: OpenAI) -> None:
    response = client.responses.create(
        input=QUESTION,
        instructions="Be brief.",
        temperature=0.2,
        top_p=0.9,
        max_output_tokens=100,
        metadata={"source": "a test"},
        store=True,
        tools=[],
        tool_choice="auto",
        truncation="auto",
        user="somebody",
        text={"format": {"type": "text"}},
    )
    assert response.status == "completed"


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"store": False}, "store"),
        ({"tools": [{"type": "function", "name": "f", "parameters": {}, "strict": True}]}, "tools"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"text": {"format": {"type": "json_object"}}}, "text.format"),
        ({"input": ""}, None),
        ({"input": []}, "input"),
        ({"input": [{"role": "assistant", "content": "Yes?"}]}, "input"),
        (
            {
                "input": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "input_text", "text": "What is this?"},
                            {"type": "input_image", "image_url": "https://x.example"},
                        ],
                    }
                ]
            },
            "input",
        ),
        ({"input": {"role": "user"}}, None),
        ({"conversation": "conv_1"}, "conversation"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
    ],
)
def test_unsupported_parameters_are_refused_and_nothing_is_asked(
    client: OpenAI, workspace: Workspace, given: dict[str, Any], param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(**{"input": QUESTION, **given})
    assert refused.value.type == "invalid_request_error"
    assert refused.value.code in ("bad_input", "invalid_request")
    assert param is None or refused.value.param == param
    assert workspace.requests.invocations == []


def test_an_unknown_agent_is_refused_with_the_list_of_known_agents(client: OpenAI) -> None:
    assert [(model.id, model.object) for model in client.models.list()] == [("demo-agent", "model")]
    assert client.models.retrieve("demo-agent").id == "demo-agent"
    for unknown in (
        lambda: client.models.retrieve("gpt-4o"),
        lambda: client.responses.create(model="gpt-4o", input="Hi"),
    ):
        with pytest.raises(openai.NotFoundError) as refused:
            unknown()
        assert (refused.value.code, refused.value.param) == ("model_not_found", "model")


def test_a_failed_answer_gives_the_reason_under_http_200(client: OpenAI, workspace: Workspace) -> None:
    workspace.faults.invocations.always(status=500)
    response = client.responses.create(input=QUESTION)
    assert response.status == "failed" and response.error
    assert (response.error.code, response.output) == ("server_error", [])
    *_, last = client.responses.create(input=QUESTION, stream=True)
    assert last.type == "response.failed" and last.response.error
    assert last.response.error.message == response.error.message


def test_an_answer_cut_at_the_length_limit_is_incomplete(client: OpenAI, workspace: Workspace) -> None:
    workspace.faults.invocations.next(chunks=[(STREAMS / "responses_incomplete.sse").read_bytes()])
    response = client.responses.create(input=QUESTION)
    assert response.status == "incomplete" and response.incomplete_details
    assert (response.incomplete_details.reason, response.error) == ("max_output_tokens", None)


def test_a_reader_that_was_cut_off_resumes_where_it_stopped(client: OpenAI, held: Fault, ann: Client) -> None:
    with client.responses.create(input=LONG, stream=True) as stream:
        seen = read_until_text(stream)
    (created, *_) = seen
    assert created.type == "response.created"
    running = client.responses.retrieve(created.response.id)
    assert running.status == "in_progress" and running.output_text.startswith(texts(seen))
    after = seen[-1].sequence_number
    resumed = client.responses.retrieve(created.response.id, stream=True, starting_after=after)
    threading.Timer(0.2, held.release_all).start()
    rest = list(resumed)
    assert rest[0].sequence_number > after
    answer = messages_of(ann, chat_id_of(created.response))[-1]["content"]
    assert texts(seen) + texts(rest) == answer
    # After the end, too, and from the beginning.
    late = list(client.responses.retrieve(created.response.id, stream=True, starting_after=after))
    assert texts(seen) + texts(late) == answer
    assert texts(list(client.responses.retrieve(created.response.id, stream=True))) == answer


def test_a_background_response_exists_at_once_and_completes_later(client: OpenAI, held: Fault) -> None:
    response = client.responses.create(input=LONG, background=True)
    assert response.status == "in_progress"
    held.release_all()
    until(lambda: client.responses.retrieve(response.id).status == "completed")


def test_a_cancelled_answer_keeps_its_partial_text(client: OpenAI, held: Fault, ann: Client) -> None:
    with client.responses.create(input=LONG, stream=True) as stream:
        seen = read_until_text(stream)
        assert seen[0].type == "response.created"
        cancelled = client.responses.cancel(seen[0].response.id)
        *_, last = stream
    assert last.type == "response.incomplete" and last.response == cancelled
    assert cancelled.status == "cancelled"
    assert cancelled.output_text.startswith(texts(seen))
    assert_well_formed(cancelled, ann)
    assert client.responses.cancel(cancelled.id) == cancelled


def test_requests_with_the_same_idempotency_key_ask_once(client: OpenAI, speak: Speak, workspace: Workspace) -> None:
    for key in (str(uuid4()), "an order of the night's batch"):
        first, second = (
            client.responses.create(input=QUESTION, extra_headers={"Idempotency-Key": key}) for _ in range(2)
        )
        assert first == second
    own = client.responses.create(input=QUESTION, metadata={"question_id": str(uuid4())})
    message = {"role": "user", "content": QUESTION, "id": "msg_1"}
    assert client.responses.create(input=[message]).id == client.responses.create(input=[message]).id != own.id
    assert len(workspace.requests.invocations) == 4
    # A key is its user's.
    assert speak(BOB.id).responses.create(input=[message]).id != client.responses.create(input=[message]).id


def test_the_same_idempotency_key_joins_the_running_answer(client: OpenAI, held: Fault, workspace: Workspace) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    with client.responses.create(input=LONG, stream=True, extra_headers=key) as first:
        seen = read_until_text(first)
        with client.responses.create(input=LONG, stream=True, extra_headers=key) as second:
            again = read_until_text(second)
            held.release_all()
            assert seen + list(first) == again + list(second)
    assert len(workspace.requests.invocations) == 1


def test_an_idempotency_key_is_the_id_of_the_question(client: OpenAI, ann: Client) -> None:
    key = str(uuid4())
    response = client.responses.create(input=QUESTION, extra_headers={"Idempotency-Key": key})
    assert messages_of(ann, chat_id_of(response))[0]["id"] == key


@pytest.mark.parametrize("in_chat", [False, True])
def test_an_automatic_retry_of_the_client_asks_once(
    speak: Speak, held: Fault, workspace: Workspace, ann: Client, in_chat: bool
) -> None:
    """It sends no key, and the first request is cut off by its own timeout."""
    place = {"conversation": str(uuid4())} if in_chat else {}
    threading.Timer(7, held.release_all).start()
    response = speak(timeout=3.0, max_retries=5).responses.create(input=LONG, **place)
    assert response.status == "completed"
    assert len(workspace.requests.invocations) == 1
    assert len(messages_of(ann, chat_id_of(response))) == 2


def test_the_same_text_without_a_key_is_asked_twice(client: OpenAI, workspace: Workspace) -> None:
    first, second = (client.responses.create(input=QUESTION) for _ in range(2))
    assert chat_id_of(first) != chat_id_of(second)
    assert len(workspace.requests.invocations) == 2


def test_a_chat_that_is_busy_is_a_conflict_and_one_that_has_moved_on_is_forked(
    client: OpenAI, held: Fault, ann: Client, workspace: Workspace
) -> None:
    running = client.responses.create(input=LONG, background=True)
    for place in ({"conversation": chat_id_of(running)}, {"previous_response_id": running.id}):
        with pytest.raises(openai.ConflictError) as busy:
            client.responses.create(input=SAID, **place)
        assert busy.value.code == "chat_busy"
    held.release_all()
    until(lambda: client.responses.retrieve(running.id).status == "completed")
    newer = client.responses.create(input=QUESTION, previous_response_id=running.id)
    other_way = client.responses.create(input=SAID, previous_response_id=running.id)
    assert (chat_id_of(other_way), other_way.previous_response_id) == (chat_id_of(newer), running.id)
    assert QUESTION not in str(workspace.requests.invocations[-1].body), "said on the other branch"
    shown = messages_of(ann, chat_id_of(running))
    assert [said["content"] for said in shown[::2]] == [LONG, SAID]
    assert shown[2]["siblings"] == [newer.metadata["question_id"], other_way.metadata["question_id"]]
    with pytest.raises(openai.NotFoundError):
        client.responses.create(input=SAID, previous_response_id=newer.metadata["question_id"])
    other = client.responses.create(input=QUESTION)
    with pytest.raises(openai.BadRequestError):
        client.responses.create(input=SAID, previous_response_id=newer.id, conversation=chat_id_of(other))


def test_responses_and_chats_of_another_user_are_not_found(
    client: OpenAI, speak: Speak, ann: Client, workspace: Workspace
) -> None:
    response, bob = client.responses.create(input=QUESTION), speak(BOB.id)
    asked = len(workspace.requests.invocations)
    attempts: list[Callable[[], object]] = [
        lambda: bob.responses.retrieve(response.id),
        lambda: bob.responses.retrieve(response.id, stream=True),
        lambda: bob.responses.cancel(response.id),
        lambda: bob.responses.create(input=SAID, conversation=chat_id_of(response)),
        lambda: bob.responses.create(input=SAID, previous_response_id=response.id),
        lambda: bob.responses.retrieve(str(uuid4())),
        lambda: bob.responses.retrieve("resp_1"),
    ]
    refused = []
    for attempt in attempts:
        with pytest.raises(openai.NotFoundError) as error:
            attempt()
        refused.append(error.value.body)
    assert refused[0] == refused[1] == refused[5]
    # A public one may be read, and nothing else.
    ann.http.patch(f"/chat/{chat_id_of(response)}/visibility", json={"visibility": "public"})
    assert bob.responses.retrieve(response.id) == response
    assert texts(list(bob.responses.retrieve(response.id, stream=True))) == response.output_text
    for attempt in attempts[2:5]:
        with pytest.raises(openai.NotFoundError):
            attempt()
    assert len(workspace.requests.invocations) == asked


def test_the_stream_of_a_running_answer_ends_for_readers_when_its_chat_becomes_private(
    client: OpenAI, speak: Speak, held: Fault, ann: Client
) -> None:
    running = client.responses.create(input=LONG, background=True)
    ann.http.patch(f"/chat/{chat_id_of(running)}/visibility", json={"visibility": "public"})
    with speak(BOB.id).responses.retrieve(running.id, stream=True) as stream:
        read_until_text(stream)
        ann.http.patch(f"/chat/{chat_id_of(running)}/visibility", json={"visibility": "private"})
        assert [event for event in stream if event.type == "response.completed"] == []


def test_a_deleted_chat_is_not_found(client: OpenAI, ann: Client) -> None:
    response = client.responses.create(input=QUESTION)
    ann.http.delete(f"/chat/{chat_id_of(response)}")
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)
    with pytest.raises(openai.APIStatusError) as gone:
        client.responses.create(input=SAID, conversation=chat_id_of(response))
    assert (gone.value.status_code, gone.value.code) == (410, "gone")


def test_errors_raise_the_clients_exception_classes(
    client: OpenAI, client_of: Callable[..., Client], runtime: Runtime, url: str
) -> None:
    limited = runtime.settings.requests_per_minute
    runtime.settings = replace(runtime.settings, requests_per_minute=1)
    with pytest.raises(openai.RateLimitError) as too_many:
        for _ in range(3):
            client.models.list()
    assert too_many.value.code == "too_many" and int(too_many.value.response.headers["Retry-After"]) > 0
    runtime.settings = replace(runtime.settings, requests_per_minute=limited, app_name="lakechat")
    with pytest.raises(openai.AuthenticationError) as unknown, OpenAI(base_url=f"{url}/v1", api_key="token") as nobody:
        nobody.responses.create(input=QUESTION)
    assert unknown.value.code == "not_signed_in"
    # Elsewhere they are as they were.
    assert client_of().get("/session").json()["code"] == "not_signed_in"


def test_during_an_outage_answers_continue_and_unknown_responses_are_unavailable(
    client: OpenAI, resilient: Runtime, proxy: TcpProxy, served: tuple[str, Runtimes]
) -> None:
    served[1]["now"] = resilient
    before = client.responses.create(input=QUESTION)
    lose_database(resilient, proxy)
    response = client.responses.create(input="And now?", previous_response_id=before.id)
    assert (response.status, response.previous_response_id) == ("completed", before.id)
    assert client.responses.retrieve(response.id).output_text == response.output_text
    with pytest.raises(openai.InternalServerError) as away:
        client.responses.retrieve(str(uuid4()))
    assert (away.value.status_code, away.value.code) == (503, "database_unavailable")
    assert int(away.value.response.headers["Retry-After"]) > 0
    restore_database(resilient, proxy)
    assert client.responses.retrieve(response.id) == response


def test_the_raw_stream_consists_of_typed_events_and_comments(
    ann: Client, held: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.api.event_stream.KEEP_ALIVE_SECONDS", 0.6)
    body = {"input": LONG, "stream": True}
    raw = b""
    with ann.http.stream("POST", "/v1/responses", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for piece in response.iter_bytes():
            raw += piece
            if KEEP_ALIVE in raw:
                held.release_all()
    blocks = [block for block in raw.decode().split("\n\n") if block and not block.startswith(":")]
    for block in blocks:
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        assert isinstance(event["sequence_number"], int)
    assert blocks[-1].startswith("event: response.completed\n")


def test_the_chat_route_accepts_content_as_a_list_of_texts(ann: Client) -> None:
    parts = [{"type": "text", "text": "How many"}, {"type": "input_text", "text": "orders?"}]
    body = asking(QUESTION)
    body["messages"][0]["content"] = parts
    chat_id = chat_of(ann.http.post("/chat", json=body))
    assert messages_of(ann, chat_id)[0]["content"] == "How many\n\norders?"
    for wrong in (
        [{"type": "text"}],
        ["text"],
        {"text": "?"},
    ):
        body = asking(QUESTION)
        body["messages"][0]["content"] = wrong
        refused = ann.http.post("/chat", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
        assert "Schema" not in refused.json()["error"]


Processes = Callable[[], tuple[AppProcess, OpenAI]]


@pytest.fixture
def processes(platform: dict[str, str], tmp_path: Path) -> Iterator[Processes]:
    """Starts processes of the app over one database, each with a client."""
    with ExitStack() as stack:
        environ = environment.of_app({}, port=0, ephemeral=False) | platform

        def started() -> tuple[AppProcess, OpenAI]:
            app = stack.enter_context(AppProcess(environ, log=tmp_path / f"{uuid4()}.log"))
            return app, stack.enter_context(speaking(f"{app.url}/api", ANN.id))

        yield started


def test_another_process_resumes_with_the_same_sequence_numbers_after_kill_9(
    processes: Processes, held: Fault, database: Database
) -> None:
    (first, mine), (_, theirs) = processes(), processes()
    with mine.responses.create(input=LONG, stream=True) as stream:
        seen = read_until_text(stream)
    assert seen[0].type == "response.created"
    answer_id = seen[0].response.id
    with theirs.responses.retrieve(answer_id, stream=True) as elsewhere:
        again = read_until_text(elsewhere)
    together = min(len(seen), len(again))
    assert again[:together] == seen[:together]
    until(lambda: theirs.responses.retrieve(answer_id).output_text.startswith(texts(seen).strip()))
    first.kill()
    age(database)
    # Dead turns are looked for every few seconds.
    until(lambda: theirs.responses.retrieve(answer_id).status != "in_progress")
    left = theirs.responses.retrieve(answer_id)
    assert left.status == "incomplete"
    assert left.output_text.startswith(texts(seen).strip())
    rest = list(theirs.responses.retrieve(answer_id, stream=True, starting_after=seen[-1].sequence_number))
    assert texts(seen) + texts(rest) == left.output_text
    assert rest[-1].type == "response.incomplete"
    assert UUID(answer_id) == UUID(rest[-1].response.id)


def test_an_answer_can_be_cancelled_at_another_process(processes: Processes, held: Fault) -> None:
    (_, mine), (_, theirs) = processes(), processes()
    running = mine.responses.create(input=LONG, background=True)
    assert theirs.responses.cancel(running.id).status == "cancelled"
    assert mine.responses.retrieve(running.id).status == "cancelled"


def test_openapi_describes_the_responses_routes(ann: Client) -> None:
    described = ann.get("/openapi.json").json()["paths"]
    assert {"/v1/responses", "/v1/responses/{response_id}", "/v1/responses/{response_id}/cancel", "/v1/models"} <= set(
        described
    )

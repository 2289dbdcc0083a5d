"""The local workspace, used through the real SDK, a real Postgres and plain HTTP."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from logging import INFO
from typing import Any

import httpx
import psycopg2
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, DatabricksError, NotFound, PermissionDenied

from local import lakebase
from local.postgres import Cluster
from local.postgres.temporary import temporary_cluster
from local.workspace import ENDPOINT, INSTANCE, Workspace

ROLE = "1a4ec8a7-0000-4000-8000-00000000test"
SECRET = "a secret"
DATABASE = "databricks_postgres"
QUESTION = "Which region sold most last quarter?"
PATHS = {
    "demo-agent": "/serving-endpoints/demo-agent/invocations",
    "demo-chat": "/serving-endpoints/demo-chat/invocations",
    "demo-chatagent": "/serving-endpoints/demo-chatagent/invocations",
}


def new_workspace(admin_dsn: str | None = None, **options: Any) -> Workspace:
    options = {"words_per_second": float("inf")} | options
    return Workspace(admin_dsn, role=ROLE, client_id=ROLE, client_secret=SECRET, **options)


@pytest.fixture(scope="module")
def running() -> Iterator[Workspace]:
    with new_workspace() as workspace:
        yield workspace


@pytest.fixture
def workspace(running: Workspace) -> Iterator[Workspace]:
    yield running
    running.faults.clear()
    running.requests.clear()
    running.traces.location = None


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as cluster:
        lakebase.bind(cluster, role=ROLE, database=DATABASE)
        yield cluster


def sdk(workspace: Workspace, secret: str = SECRET) -> WorkspaceClient:
    return WorkspaceClient(host=workspace.url, client_id=ROLE, client_secret=secret)


@pytest.fixture(scope="module")
def client(running: Workspace) -> WorkspaceClient:
    return sdk(running)


@pytest.fixture
def bearer(workspace: Workspace, client: WorkspaceClient) -> dict[str, str]:
    workspace.requests.clear()
    return dict(client.config.authenticate())


def log_in(cluster: Cluster, password: str) -> str:
    """The logins as the server reports them."""
    login = {"user": ROLE, "password": password, "dbname": DATABASE, "sslmode": cluster.sslmode}
    connection = psycopg2.connect(host=cluster.host, port=cluster.port, **login)
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        return str(cursor.fetchone()[0])


def asked(endpoint: str, *questions: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": question} for question in questions]
    return {"input" if endpoint == "demo-agent" else "messages": messages, "stream": True} | more


def events(response: httpx.Response) -> list[Any]:
    """The JSON values of the stream; the last one is "[DONE]" if it was sent."""
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    return [json.loads(line) if line.startswith("{") else line for line in lines]


def stream(
    workspace: Workspace, bearer: dict[str, str], endpoint: str, body: dict[str, Any] | None = None
) -> list[Any]:
    response = httpx.post(workspace.url + PATHS[endpoint], headers=bearer, json=body or asked(endpoint, QUESTION))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return events(response)


# -- OAuth


def test_the_sdk_logs_in_with_host_and_client_credentials(workspace: Workspace) -> None:
    assert sdk(workspace).current_user.me().user_name == ROLE
    paths = [request.path for request in workspace.requests]
    assert paths[:1] == ["/.well-known/databricks-config"]
    assert paths[-2:] == ["/oidc/v1/token", "/api/2.0/preview/scim/v2/Me"]


def test_a_wrong_secret_is_refused_as_oauth_does(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="invalid_client: Client authentication failed"):
        sdk(workspace, "wrong").current_user.me()
    form = {"grant_type": "client_credentials", "client_id": ROLE, "client_secret": "wrong"}
    assert httpx.post(f"{workspace.url}/oidc/v1/token", data=form).status_code == 401


def test_client_credentials_are_accepted_as_a_form_and_as_basic_authentication(workspace: Workspace) -> None:
    form = {"grant_type": "client_credentials", "client_id": ROLE, "client_secret": SECRET}
    token = httpx.post(f"{workspace.url}/oidc/v1/token", data=form).json()
    assert token["token_type"] == "Bearer" and token["expires_in"] == 3600
    me = httpx.get(
        f"{workspace.url}/api/2.0/preview/scim/v2/Me", headers={"Authorization": f"Bearer {token['access_token']}"}
    )
    assert me.json()["userName"] == ROLE


@pytest.mark.parametrize(
    ("header", "status"), [({}, 401), ({"Authorization": "Bearer made-up"}, 403), ({"Authorization": "Basic x"}, 401)]
)
def test_every_api_requires_a_token_issued_by_the_local_workspace(
    workspace: Workspace, header: dict[str, str], status: int
) -> None:
    for method, path in [
        ("GET", "/api/2.0/serving-endpoints/demo-agent"),
        ("POST", PATHS["demo-agent"]),
        ("POST", "/api/2.0/postgres/credentials"),
    ]:
        response = httpx.request(method, workspace.url + path, headers=header)
        assert (response.status_code, set(response.json())) == (status, {"error_code", "message"})


def test_an_expired_token_is_refused() -> None:
    with new_workspace() as workspace:
        client = sdk(workspace)
        client.current_user.me()
        workspace.tokens.expire_all()
        with pytest.raises(DatabricksError, match="expired"):
            client.current_user.me()


def test_a_user_token_carries_the_user_and_only_its_scopes(workspace: Workspace) -> None:
    good = {"Authorization": f"Bearer {workspace.issue_user_token('ada@example.com')}"}
    assert (
        httpx.post(workspace.url + PATHS["demo-agent"], headers=good, json=asked("demo-agent", "hi")).status_code == 200
    )
    assert workspace.requests.invocations[-1].caller == "ada@example.com"
    poor = {"Authorization": f"Bearer {workspace.issue_user_token('ada@example.com', scopes=('sql',))}"}
    refused = httpx.post(workspace.url + PATHS["demo-agent"], headers=poor, json=asked("demo-agent", "hi"))
    assert refused.status_code == 403
    assert refused.json()["message"] == "Provided OAuth token does not have required scopes: model-serving"


def test_the_record_never_shows_a_token(workspace: Workspace, bearer: dict[str, str]) -> None:
    httpx.get(f"{workspace.url}/api/2.0/preview/scim/v2/Me", headers=bearer)
    token = bearer["Authorization"].removeprefix("Bearer ")
    assert token in workspace.requests[-1].headers["authorization"]
    assert token not in repr(list(workspace.requests))


# -- Database credentials


def test_a_minted_credential_logs_in_to_the_real_postgres(cluster: Cluster) -> None:
    with new_workspace(cluster.admin_dsn()) as workspace:
        w = sdk(workspace)
        credential = w.postgres.generate_database_credential(endpoint=ENDPOINT)
        provisioned = w.database.generate_database_credential(instance_names=[INSTANCE], request_id="1")
        assert log_in(cluster, str(credential.token)) == ROLE
        assert provisioned.token == credential.token
        assert str(provisioned.expiration_time)[:19] == credential.expire_time.ToDatetime().isoformat()[:19]
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            log_in(cluster, "wrong")


def test_after_rotation_only_the_new_credential_works(cluster: Cluster) -> None:
    with new_workspace(cluster.admin_dsn()) as workspace:
        w = sdk(workspace)
        old = str(w.postgres.generate_database_credential(endpoint=ENDPOINT).token)
        workspace.minter.rotate()
        new = str(w.postgres.generate_database_credential(endpoint=ENDPOINT).token)
        assert log_in(cluster, new) == ROLE
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            log_in(cluster, old)


def test_a_credential_is_renewed_after_half_its_life_and_refused_after_all_of_it(cluster: Cluster) -> None:
    with new_workspace(cluster.admin_dsn(), credential_ttl_seconds=5) as workspace:
        w = sdk(workspace)
        token = str(w.postgres.generate_database_credential(endpoint=ENDPOINT).token)
        assert log_in(cluster, token) == ROLE
        deadline = time.monotonic() + 60
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            while time.monotonic() < deadline:
                log_in(cluster, token)
                time.sleep(0.05)
        assert w.postgres.generate_database_credential(endpoint=ENDPOINT).token != token


def test_an_unknown_database_endpoint_is_not_found(client: WorkspaceClient, workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="projects/x"):
        client.postgres.generate_database_credential(endpoint="projects/x/branches/y/endpoints/z")


# -- Discovery and the three formats


@pytest.mark.parametrize(
    ("name", "task"),
    [("demo-agent", "agent/v1/responses"), ("demo-chat", "llm/v1/chat"), ("demo-chatagent", "agent/v2/chat")],
)
def test_an_endpoint_reports_its_task(workspace: Workspace, client: WorkspaceClient, name: str, task: str) -> None:
    assert client.serving_endpoints.get(name).task == task
    raw: Any = client.api_client.do("GET", f"/api/2.0/serving-endpoints/{name}")
    assert ("auth_policy" in raw) == (name == "demo-chatagent")


@pytest.mark.parametrize(
    ("name", "tile"), [("demo-supervisor", "MULTI_AGENT_SUPERVISOR"), ("demo-knowledge", "KNOWLEDGE_ASSISTANT")]
)
def test_an_agent_that_databricks_builds_says_so_and_has_tags(client: WorkspaceClient, name: str, tile: str) -> None:
    raw: Any = client.api_client.do("GET", f"/api/2.0/serving-endpoints/{name}")
    assert (raw["task"], raw["tile_endpoint_metadata"]) == ("agent/v1/responses", {"problem_type": tile})
    assert "lakechat_name" in [tag["key"] for tag in raw["tags"]]


def test_a_supervisor_hands_over_by_a_call_and_names_who_speaks(workspace: Workspace, bearer: dict[str, str]) -> None:
    url = f"{workspace.url}/serving-endpoints/demo-supervisor/invocations"
    body = {"input": [{"role": "user", "content": "How can I return it?"}]}
    whole = httpx.post(url, headers=bearer, json=body).json()
    items = [item.get("name") or item.get("output") or item["content"][0]["text"] for item in whole["output"]]
    assert items[:4] == [
        "<name>agent-supervisor</name>",
        "agent-handbook",
        "Handed over to agent-handbook.",
        "<name>agent-handbook</name>",
    ]
    [first, second] = whole["output"][4]["content"]
    assert first["annotations"][0]["url"].endswith(
        "/Volumes/main/shop/handbook/returns%20policy.pdf#page=3:~:text=Unused%20goods%20may%20be%20returned%20within"
        "%2030%20days%20of%20delivery."
    )
    assert second["text"].startswith("The money is back")
    streamed = events(httpx.post(url, headers=bearer, json=body | {"stream": True}))
    kinds = [event["type"] for event in streamed[:-1]]
    assert kinds.count("response.output_text.annotation.added") == 2 and kinds[-1] == "response.completed"
    [text] = [
        event["item"]["content"][0]["text"]
        for event in streamed[:-1]
        if event["type"] == "response.output_item.done" and "30 days" in str(event["item"])
    ]
    assert "[^src-0]: returns policy.pdf" in text


def test_an_unknown_endpoint_is_not_found(workspace: Workspace, client: WorkspaceClient) -> None:
    with pytest.raises(NotFound):
        client.serving_endpoints.get("nobody")


def test_responses_stream_tool_deltas_and_repeat_the_text_at_the_end(
    workspace: Workspace, bearer: dict[str, str]
) -> None:
    *found, done = stream(workspace, bearer, "demo-agent")
    assert done == "[DONE]"
    kinds = [event["type"] for event in found]
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed"
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    items = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    assert [item["type"] for item in items] == ["function_call", "function_call_output", "message"]
    assert items[0]["call_id"] == items[1]["call_id"] and "sql" in json.loads(items[0]["arguments"])
    text = "".join(event["delta"] for event in found if event["type"] == "response.output_text.delta")
    assert text.startswith("**") and text == items[2]["content"][0]["text"]
    assert found[-1]["response"]["output"] == items
    assert not any("databricks_output" in event for event in found)


def test_a_requested_trace_is_in_the_last_item(workspace: Workspace, bearer: dict[str, str]) -> None:
    body = asked("demo-agent", QUESTION, databricks_options={"return_trace": True})
    with_trace = [event for event in stream(workspace, bearer, "demo-agent", body)[:-1] if "databricks_output" in event]
    assert [event["type"] for event in with_trace] == ["response.output_item.done"]
    assert with_trace[0]["databricks_output"]["trace"]["info"]["trace_id"].startswith("tr-")


def test_chat_completions_stream_tool_calls_in_pieces_and_no_trace(
    workspace: Workspace, bearer: dict[str, str]
) -> None:
    *found, usage, done = stream(workspace, bearer, "demo-chat")
    deltas = [event["choices"][0]["delta"] for event in found]
    pieces = [call for delta in deltas for call in delta.get("tool_calls", [])]
    assert "sql" in json.loads("".join(piece["function"]["arguments"] for piece in pieces)) and len(pieces) == 2
    assert "".join(delta.get("content") or "" for delta in deltas).startswith("**")
    assert found[-1]["choices"][0]["finish_reason"] == "stop" and usage["usage"]["completion_tokens"] > 20
    assert done == "[DONE]" and "trace" not in json.dumps(found)


def test_chat_agent_streams_messages_by_their_ids(workspace: Workspace, bearer: dict[str, str]) -> None:
    body = asked("demo-chatagent", QUESTION, databricks_options={"return_trace": True})
    *found, done = stream(workspace, bearer, "demo-chatagent", body)
    ids = list(dict.fromkeys(event["delta"]["id"] for event in found))
    roles = [next(event["delta"]["role"] for event in found if event["delta"]["id"] == one) for one in ids]
    assert roles == ["assistant", "tool", "assistant"] and done == "[DONE]"
    assert found[0]["delta"]["tool_calls"][0]["id"] == found[1]["delta"]["tool_call_id"]
    assert found[-1]["databricks_output"]["trace"]["info"]["trace_id"].startswith("tr-")


def test_all_formats_give_the_same_text_streamed_or_not(workspace: Workspace, bearer: dict[str, str]) -> None:
    texts = set()
    for endpoint, path in PATHS.items():
        body = asked(endpoint, QUESTION, stream=False)
        whole = httpx.post(workspace.url + path, headers=bearer, json=body).json()
        if endpoint == "demo-agent":
            texts.add(whole["output"][-1]["content"][0]["text"])
        elif endpoint == "demo-chat":
            texts.add(whole["choices"][0]["message"]["content"])
        else:
            texts.add(whole["messages"][-1]["content"])
    streamed = stream(workspace, bearer, "demo-agent")
    texts.add("".join(event["delta"] for event in streamed[:-1] if event["type"] == "response.output_text.delta"))
    assert len(texts) == 1


def test_in_each_format_the_agent_uses_the_history_of_the_request(workspace: Workspace, bearer: dict[str, str]) -> None:
    history: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]},
        {"type": "function_call", "call_id": "1", "name": "run_sql", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": "[]"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "The Nordics."}], "id": "msg_1"},
        {"role": "user", "content": "What did I ask first?"},
    ]
    found = stream(workspace, bearer, "demo-agent", {"input": history, "stream": True})
    assert QUESTION in found[-2]["response"]["output"][0]["content"][0]["text"]
    calls = [{"id": "1", "type": "function", "function": {"name": "run_sql", "arguments": "{}"}}]
    messages = [
        *({"role": "user", "content": QUESTION}, {"role": "assistant", "content": " ", "tool_calls": calls}),
        *({"role": "tool", "tool_call_id": "1", "content": "[]"}, {"role": "user", "content": "What did I ask first?"}),
    ]
    for endpoint in ("demo-chat", "demo-chatagent"):
        whole = httpx.post(workspace.url + PATHS[endpoint], headers=bearer, json={"messages": messages}).json()
        last = whole["choices"][0]["message"] if endpoint == "demo-chat" else whole["messages"][-1]
        assert last["content"] == f'The first thing you asked was: "{QUESTION}"'


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}
BROKEN_IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,*"}}


@pytest.mark.parametrize(
    ("endpoint", "body", "message"),
    [
        ("demo-agent", {"messages": []}, "Model is missing inputs ['input']"),
        ("demo-chatagent", {"input": []}, "Model is missing inputs ['messages']"),
        ("demo-agent", {"input": [{"type": "surprise"}]}, "Invalid item"),
        ("demo-chat", {"messages": [{"role": "user", "content": "hi"}], "context": {}}, 'unknown field "context"'),
        ("demo-chat", {"messages": [{"role": "robot", "content": "hi"}]}, "role"),
        ("demo-chat", {"messages": []}, "at least one message"),
        ("demo-chatagent", {"messages": [{"role": "user", "content": [IMAGE]}]}, "0.content: Input should be a valid"),
        ("demo-agent", {"input": [{"role": "user", "content": [IMAGE]}]}, "Invalid content type: 'image_url'"),
        ("demo-chat", {"messages": [{"role": "user", "content": [BROKEN_IMAGE]}]}, "expected data in base64"),
    ],
)
def test_a_body_of_the_wrong_shape_is_a_bad_request(
    workspace: Workspace, bearer: dict[str, str], endpoint: str, body: dict[str, Any], message: str
) -> None:
    response = httpx.post(workspace.url + PATHS[endpoint], headers=bearer, json=body)
    assert response.status_code == 400 and message in response.json()["message"]


def test_a_payload_over_four_megabytes_is_refused(workspace: Workspace, bearer: dict[str, str]) -> None:
    body = asked("demo-agent", "x" * 2**22)
    assert httpx.post(workspace.url + PATHS["demo-agent"], headers=bearer, json=body).status_code == 413


def test_a_title_is_the_same_every_time(workspace: Workspace, bearer: dict[str, str]) -> None:
    body = {"messages": [{"role": "system", "content": "Make a title."}, {"role": "user", "content": QUESTION}]}
    url = f"{workspace.url}/serving-endpoints/demo-titles/invocations"
    titles = {httpx.post(url, headers=bearer, json=body).json()["choices"][0]["message"]["content"] for _ in range(2)}
    assert titles == {"Region sold most last quarter"}
    assert workspace.requests.invocations == []


def test_an_agent_on_apps_returns_a_requested_trace_id_and_redirects_strangers_to_the_sign_in(
    workspace: Workspace, bearer: dict[str, str]
) -> None:
    for path in ("/apps/demo/invocations", "/apps/demo/responses"):
        headers = {**bearer, "x-mlflow-return-trace-id": "true"}
        found = events(httpx.post(workspace.url + path, headers=headers, json=asked("demo-agent", "hi")))
        assert found[-2]["trace_id"].startswith("tr-") and found[-1] == "[DONE]"
        without = events(httpx.post(workspace.url + path, headers=bearer, json=asked("demo-agent", "hi")))
        assert without[-2]["type"] == "response.completed"
        assert httpx.post(workspace.url + path, json=asked("demo-agent", "hi")).status_code == 302


def test_an_openai_client_needs_a_key_and_a_model(workspace: Workspace) -> None:
    url = f"{workspace.url}/v1/chat/completions"
    body = asked("openai", QUESTION, model="demo")
    key = {"Authorization": "Bearer any key"}
    assert events(httpx.post(url, headers=key, json=body))[0]["object"] == "chat.completion.chunk"
    assert httpx.post(url, json=body).json()["error"]["type"] == "authentication_error"
    assert httpx.post(url, headers=key, json=asked("openai", QUESTION)).status_code == 400


# -- MLflow


def test_an_assessment_is_created_changed_read_and_deleted(workspace: Workspace, client: WorkspaceClient) -> None:
    trace_id = workspace.traces.new()
    path = f"/api/3.0/mlflow/traces/{trace_id}"
    given = {"trace_id": trace_id, "assessment_name": "user_feedback", "feedback": {"value": True}}
    given["source"] = {"source_type": "HUMAN", "source_id": "ada@example.com"}
    made: Any = client.api_client.do("POST", f"{path}/assessments", body={"assessment": given})
    one = f"{path}/assessments/{made['assessment']['assessment_id']}"
    change = {"assessment": {**given, "feedback": {"value": False}, "rationale": "wrong"}, "update_mask": "feedback"}
    client.api_client.do("PATCH", one, body=change)
    (read,) = _assessments(client, path)
    assert read["feedback"] == {"value": False} and "rationale" not in read
    client.api_client.do("PATCH", one, body=change | {"update_mask": "assessmentName,feedback,rationale"})
    assert _assessments(client, path)[0]["rationale"] == "wrong"
    client.api_client.do("DELETE", one)
    assert _assessments(client, path) == []


def _assessments(client: WorkspaceClient, path: str) -> list[Any]:
    found: Any = client.api_client.do("GET", path)
    return list(found["trace"]["trace_info"].get("assessments", []))


def test_a_trace_in_unity_catalog_has_the_four_point_zero_paths(workspace: Workspace, client: WorkspaceClient) -> None:
    workspace.traces.location = "main.agents"
    _, location, trace = workspace.traces.new().split("/")
    where = {"type": "UC_SCHEMA", "uc_schema": {"catalog_name": "main", "schema_name": "agents"}}
    given = {"trace_id": trace, "trace_location": where, "assessment_name": "user_feedback"}
    given |= {"feedback": {"value": True}, "source": {"source_type": "HUMAN", "source_id": "ada@example.com"}}
    path = f"/api/4.0/mlflow/traces/{location}/{trace}"
    warehouse = {"sql_warehouse_id": "1"}
    made: Any = client.api_client.do("POST", f"{path}/assessments", query=warehouse, body=given)
    assert (made["trace_id"], made["trace_location"]) == (trace, where)
    change = given | {"feedback": {"value": False}}
    one = f"{path}/assessments/{made['assessment_id']}"
    with pytest.raises(BadRequest, match="update_mask"):
        client.api_client.do("PATCH", one, body=change | {"update_mask": "feedback"})
    client.api_client.do("PATCH", one, query={"update_mask": "feedback"}, body=change)
    assert _assessments(client, f"{path}/info")[0]["feedback"] == {"value": False}
    client.api_client.do("DELETE", one)
    assert _assessments(client, f"{path}/info") == []


def test_a_trace_in_unity_catalog_has_no_other_paths_and_no_other_place(
    workspace: Workspace, client: WorkspaceClient
) -> None:
    workspace.traces.location = "main.agents"
    _, location, trace = (trace_id := workspace.traces.new()).split("/")
    given: dict[str, Any] = {"assessment_name": "user_feedback", "feedback": {"value": True}}
    with pytest.raises(NotFound):
        client.api_client.do("POST", f"/api/3.0/mlflow/traces/{trace_id}/assessments", body={"assessment": given})
    for elsewhere in ({}, {"trace_id": trace}, {"trace_id": trace_id, "trace_location": {"type": "UC_SCHEMA"}}):
        with pytest.raises(BadRequest, match="trace_location"):
            path = f"/api/4.0/mlflow/traces/{location}/{trace}/assessments"
            client.api_client.do("POST", path, body=given | elsewhere)


def test_an_unknown_trace_cannot_be_assessed(workspace: Workspace, client: WorkspaceClient) -> None:
    given = {"assessment_name": "user_feedback", "feedback": {"value": True}}
    with pytest.raises(NotFound, match="tr-unknown"):
        client.api_client.do("POST", "/api/3.0/mlflow/traces/tr-unknown/assessments", body={"assessment": given})


# -- Faults


def test_a_queued_refusal_happens_exactly_as_often_as_requested(workspace: Workspace, bearer: dict[str, str]) -> None:
    workspace.faults.invocations.next(status=429, headers={"Retry-After": "1"}, times=2)
    workspace.faults.invocations.next(status=500, html=True)
    found = [
        httpx.post(workspace.url + PATHS["demo-agent"], headers=bearer, json=asked("demo-agent", "hi"))
        for _ in range(4)
    ]
    assert [response.status_code for response in found] == [429, 429, 500, 200]
    assert found[0].headers["retry-after"] == "1" and found[0].json()["error_code"] == "REQUEST_LIMIT_EXCEEDED"
    assert found[2].headers["content-type"].startswith("text/html")
    assert len(workspace.requests.invocations) == 4


def test_a_queued_stream_error_is_sent_under_status_200(workspace: Workspace, bearer: dict[str, str]) -> None:
    workspace.faults.invocations.next(error_after=5, error={"error": "out of memory"})
    found = stream(workspace, bearer, "demo-agent")
    assert len(found) == 7 and found[5:] == [{"error": "out of memory"}, "[DONE]"]


def test_a_queued_cut_ends_the_connection_after_the_given_number_of_chunks(
    workspace: Workspace, bearer: dict[str, str]
) -> None:
    workspace.faults.invocations.next(cut_after=6)
    seen = b""
    with (
        pytest.raises(httpx.RemoteProtocolError),
        httpx.stream(
            "POST", workspace.url + PATHS["demo-agent"], headers=bearer, json=asked("demo-agent", QUESTION)
        ) as response,
    ):
        for chunk in response.iter_bytes():
            seen += chunk
    assert seen.count(b"data: ") == 6
    assert workspace.requests[-1].complete is False


def test_a_held_stream_continues_when_it_is_released(workspace: Workspace, bearer: dict[str, str]) -> None:
    fault = workspace.faults.invocations.next(hold_after=1)
    with httpx.stream(
        "POST", workspace.url + PATHS["demo-agent"], headers=bearer, json=asked("demo-agent", QUESTION)
    ) as response:
        lines = (line for line in response.iter_lines() if line)
        assert "response.created" in next(lines)
        fault.release()
        assert "output_item.added" in next(lines)
        assert workspace.requests[-1].complete is False
        fault.release_all()
        assert list(lines)[-1] == "data: [DONE]"


def test_scripted_chunks_are_sent_unchanged_one_by_one(workspace: Workspace, bearer: dict[str, str]) -> None:
    chunks = [b'data: {"delta": "h', "é".encode()[:1], "é".encode()[1:], b'"}\n', b"\n"]
    fault = workspace.faults.invocations.next(chunks=chunks, content_type="text/plain", hold_after=0)
    with httpx.stream(
        "POST", workspace.url + PATHS["demo-agent"], headers=bearer, json=asked("demo-agent", QUESTION)
    ) as response:
        raw = response.iter_raw()
        seen = []
        for _ in chunks:
            fault.release()
            seen.append(next(raw))
        assert seen == chunks and list(raw) == []
        assert response.headers["content-type"] == "text/plain"


def test_the_done_event_can_be_left_out(workspace: Workspace, bearer: dict[str, str]) -> None:
    workspace.faults.invocations.next(without_done=True)
    assert stream(workspace, bearer, "demo-agent")[-1]["type"] == "response.completed"


def test_a_delay_holds_back_the_first_byte(workspace: Workspace, bearer: dict[str, str]) -> None:
    workspace.faults.invocations.next(delay_seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(workspace.url + PATHS["demo-agent"], headers=bearer, json=asked("demo-agent", QUESTION), timeout=0.1)
    assert wait_until(lambda: workspace.requests.invocations and workspace.requests[-1].closed_by_client)
    assert workspace.requests[-1].status is None


def test_a_client_that_disconnects_is_noticed(workspace: Workspace, bearer: dict[str, str]) -> None:
    workspace.faults.invocations.next(hold_after=3)
    with httpx.stream(
        "POST", workspace.url + PATHS["demo-agent"], headers=bearer, json=asked("demo-agent", QUESTION)
    ) as response:
        next(response.iter_bytes())
    assert wait_until(lambda: workspace.requests[-1].closed_by_client)


def test_the_token_and_credential_endpoints_fail_on_demand(workspace: Workspace, client: WorkspaceClient) -> None:
    workspace.faults.token.next(status=500)
    assert httpx.post(f"{workspace.url}/oidc/v1/token", auth=(ROLE, SECRET)).status_code == 500
    workspace.faults.credentials.next(status=403)
    with pytest.raises(PermissionDenied):
        client.postgres.generate_database_credential(endpoint=ENDPOINT)


def vote(workspace: Workspace, bearer: dict[str, str], trace_id: str, timeout: float = 60.0) -> httpx.Response:
    given = {"assessment_name": "user_feedback", "feedback": {"value": True}}
    path = f"{workspace.url}/api/3.0/mlflow/traces/{trace_id}/assessments"
    return httpx.post(path, headers=bearer, json={"assessment": given}, timeout=timeout)


def test_a_vote_is_refused_as_often_and_as_requested(workspace: Workspace, bearer: dict[str, str]) -> None:
    faults, trace_id = workspace.faults.assessments, workspace.traces.new()
    faults.next(status=404, message=f"Trace with ID '{trace_id}' not found.", times=2)
    faults.next(status=429, headers={"Retry-After": "7"})
    faults.next(status=403, message="ann@example.com may not edit the experiment.")
    faults.next(status=503)
    faults.next(status=500, html=True)
    found = [vote(workspace, bearer, trace_id) for _ in range(7)]
    assert [response.status_code for response in found] == [404, 404, 429, 403, 503, 500, 200]
    assert found[2].headers["retry-after"] == "7"
    refusal = found[3].json()
    assert (refusal["error_code"], refusal["message"]) == (
        "PERMISSION_DENIED",
        "ann@example.com may not edit the experiment.",
    )
    assert refusal["details"][0]["@type"] == "type.googleapis.com/google.rpc.RequestInfo"
    assert len(workspace.traces.assessments(trace_id)) == 1


def test_an_answer_may_be_lost_after_the_vote_was_written(workspace: Workspace, bearer: dict[str, str]) -> None:
    trace_id = workspace.traces.new()
    workspace.faults.assessments.next(cut_after=0)
    with pytest.raises(httpx.TransportError):
        vote(workspace, bearer, trace_id)
    assert len(workspace.traces.assessments(trace_id)) == 1
    assert (workspace.requests[-1].status, workspace.requests[-1].complete) == (None, False)
    assert vote(workspace, bearer, trace_id).status_code == 200


def test_an_answer_may_hang_before_or_after_the_vote_is_written(workspace: Workspace, bearer: dict[str, str]) -> None:
    trace_id = workspace.traces.new()
    workspace.faults.assessments.next(delay_seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        vote(workspace, bearer, trace_id, timeout=0.1)
    assert workspace.traces.assessments(trace_id) == {}
    fault = workspace.faults.assessments.next(hold_after=0)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(vote, workspace, bearer, trace_id)
        assert wait_until(lambda: workspace.traces.assessments(trace_id))
        assert not waiting.done()
        fault.release_all()
        assert waiting.result(timeout=60).status_code == 200


def test_open_streams_and_delays_do_not_delay_stopping(caplog: pytest.LogCaptureFixture) -> None:
    with httpx.Client() as client, ThreadPoolExecutor() as pool:
        with new_workspace() as workspace:
            bearer = {"Authorization": f"Bearer {workspace.issue_user_token('ada@example.com')}"}
            workspace.faults.invocations.next(hold_after=2)
            workspace.faults.token.next(delay_seconds=600)
            url = workspace.url + PATHS["demo-agent"]
            response = client.send(
                client.build_request("POST", url, headers=bearer, json=asked("demo-agent", QUESTION)), stream=True
            )
            waiting = pool.submit(httpx.post, f"{workspace.url}/oidc/v1/token", timeout=60)
            workspace.requests.wait_for("/oidc/v1/token")
        with pytest.raises(httpx.RemoteProtocolError):
            response.read()
        assert isinstance(waiting.exception(timeout=60), httpx.TransportError)
    # A server that had to cancel something says so, as an error.
    assert [record for record in caplog.records if record.levelno > INFO and record.name.startswith("uvicorn")] == []


def test_an_unknown_path_answers_as_databricks_does(workspace: Workspace) -> None:
    assert httpx.get(f"{workspace.url}/api/9.9/nothing").json()["error_code"] == "ENDPOINT_NOT_FOUND"


def wait_until(condition: Any, seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(condition())

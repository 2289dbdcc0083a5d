"""How much later the first word arrives through the app than directly from the agent."""

import time
from typing import Any
from uuid import uuid4

import httpx

from bench.figures import Row, as_ms, p50, p99
from bench.stage import IDENTITY, Stage
from local.environment import DEMO_AGENT

TURNS = 200
WARM_UP = 5
P50_SECONDS, P99_SECONDS = 0.005, 0.020
MARK = b"output_text.delta"
QUESTION = "What can you do?"


def measure(stage: Stage) -> list[Row]:
    app, agent = f"{stage.app_of_platform.url}/api/chat", _endpoint(stage)
    turns = TURNS // 4 if stage.is_quick else TURNS
    with httpx.Client(headers=_login(stage), timeout=30) as bare, httpx.Client(headers=IDENTITY, timeout=30) as ours:
        pairs = [(_first_text(bare, agent, _agent_body()), _first_text(ours, app, _body())) for _ in range(turns)]
    asked, through = [pair[0] for pair in pairs[WARM_UP:]], [pair[1] for pair in pairs[WARM_UP:]]
    added = [slow - fast for fast, slow in pairs[WARM_UP:]]
    is_kept = p50(added) <= P50_SECONDS and p99(added) <= P99_SECONDS
    return [Row("first token, API", as_ms(through), as_ms(asked), f"+{as_ms(added)}", "≤ +5 / +20 ms", is_kept)]


def _first_text(client: httpx.Client, url: str, body: dict[str, Any]) -> float:
    """Seconds from the request to the first text delta. Reads to the end."""
    began, first, seen = time.perf_counter(), 0.0, b""
    with client.stream("POST", url, json=body) as response:
        response.raise_for_status()
        for piece in response.iter_raw():
            seen += piece
            if not first and MARK in seen:
                first = time.perf_counter() - began
    return first


def _body() -> dict[str, Any]:
    return {"id": str(uuid4()), "messages": [{"id": str(uuid4()), "role": "user", "content": QUESTION}]}


def _agent_body() -> dict[str, Any]:
    """What the app sends to the agent for the same question."""
    context = {"conversation_id": str(uuid4()), "user_id": IDENTITY["X-Forwarded-Email"]}
    said = {"role": "user", "content": QUESTION}
    return {"stream": True, "input": [said], "context": context, "databricks_options": {"return_trace": True}}


def _endpoint(stage: Stage) -> str:
    return f"{stage.workspace_url}/serving-endpoints/{DEMO_AGENT}/invocations"


def _login(stage: Stage) -> dict[str, str]:
    login = (stage.principal.client_id, stage.principal.client_secret)
    grant = {"grant_type": "client_credentials", "scope": "all-apis"}
    answer = httpx.post(f"{stage.workspace_url}/oidc/v1/token", data=grant, auth=login)
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}

"""Every answer case through the app, from the agent's bytes to the stored message."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest

from lib.config import load
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.answer_cases import AnswerCase
from tests.conftest import ANN
from tests.integration.conftest import Runtimes
from tests.integration.rest_client import Client, asking
from tests.unit.agent.test_formats import ANSWER_CASES


@pytest.fixture(scope="module")
def client(served: tuple[str, Runtimes], workspace: Workspace) -> Iterator[Client]:
    """A client of an app whose agent is at a URL and which has no database."""
    workspace.faults.clear()
    address = {"AGENT_URL": f"{workspace.url}/v1/chat/completions", "AGENT_API_KEY": "any", "AGENT_MODEL": "demo"}
    served[1]["now"] = runtime = Runtime(load(address))
    runtime.start()
    asking = Client(served[0], {"x-forwarded-email": ANN.id})
    yield asking
    asking.http.close()
    runtime.stop()


@pytest.mark.parametrize("case", ANSWER_CASES, ids=repr)
def test_each_answer_case_is_stored_as_expected(case: AnswerCase, client: Client, workspace: Workspace) -> None:
    content_type = "application/json" if case.body[:1] == b"{" else "text/event-stream"
    middle = len(case.body) // 2
    workspace.faults.invocations.next(chunks=[case.body[:middle], case.body[middle:]], content_type=content_type)
    chat_id = str(uuid4())
    # A new user for each case: one user would exceed the rate limit.
    client.http.headers["x-forwarded-email"] = f"{chat_id}@example.com"
    assert client.http.post("/chat", json=asking("Why?", chat_id)).status_code == 200
    found: dict[str, Any] = client.get(f"/messages/{chat_id}").json()["data"][-1]
    assert (found["status"], found["content"]) == (case.status, case.text)
    assert [kind for kind, _ in groupby(part["type"] for part in found["parts"])] == list(case.kinds)
    told = [part["text"] for part in found["parts"] if part["type"] == "error"]
    assert bool(told) is (case.status == "failed") and case.error in "".join(told)
    assert "Boom" not in case.error or "".join(told).endswith(": Boom")
    assert "Try again" not in "".join(told)

"""Limits on the size of a request, and on the requests and answers of a user."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from lib.api.rate_limit import MAX_USERS, RateLimit
from lib.errors import TooMany
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.integration.rest_client import SAID, Client, asking, assert_error, messages_of
from tests.waiting import until


@pytest.mark.parametrize(("how", "path", "megabytes"), [("announced", "/chat", 16), ("in pieces", "/feedback", 2)])
def test_a_body_that_is_too_large_is_refused_chunked_or_not(
    ann: Client, workspace: Workspace, how: str, path: str, megabytes: int
) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"messages": [{"role": "user", "content": "'
        for _ in range(10 * megabytes):
            yield b"x" * 100_000

    content = b"".join(pieces()) if how == "announced" else pieces()
    response = ann.http.post(path, content=content, headers={"content-type": "application/json"})
    assert_error(response, 413, "too_large")
    assert workspace.requests.invocations == []
    assert ann.get("/history").json()["data"] == []


UNKNOWN = {
    "POST /chat": {**asking(SAID), "visibility": "public"},
    "PATCH /chat/{}": {"title": "x", "userId": "bob@example.com"},
    "PATCH /chat/{}/visibility": {"visibility": "private", "userId": "x"},
    "POST /chat/{}/copy": {"id": str(uuid4()), "title": SAID},
    "POST /feedback": {"messageId": str(uuid4()), "isUpvoted": True, "userId": "x"},
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_fields_are_refused(ann: Client, name: str) -> None:
    method, path = name.split(" ")
    response = ann.http.request(method, path.format(uuid4()), json=UNKNOWN[name])
    assert_error(response, 422, "invalid_request")


WRONG_CHANGES = [
    {"title": ""},
    {"title": "x" * 81},
    {"title": 7},
    {"pinned": "yes"},
    {"archived": 1},
    {"pinned": {}},
]


def test_an_invalid_change_changes_nothing(ann: Client) -> None:
    body = asking("How many orders are there?")
    ann.http.post("/chat", json=body)
    before = ann.get("/history").json()
    for change in WRONG_CHANGES:
        assert_error(ann.http.patch(f"/chat/{body['id']}", json=change), 422, "invalid_request")
    for title in (" \n ", "\x00"):
        change = {"pinned": True, "title": title}
        assert_error(ann.http.patch(f"/chat/{body['id']}", json=change), 400, "bad_input")
    for visibility in ("secret", "", None, 7):
        change = {"visibility": visibility}
        assert_error(ann.http.patch(f"/chat/{body['id']}/visibility", json=change), 422, "invalid_request")
    answer = messages_of(ann, body["id"])[-1]["id"]
    for vote in ({"isUpvoted": "yes"}, {}, {"isUpvoted": True, "comment": "x" * 2_001}):
        assert_error(ann.http.post("/feedback", json={"messageId": answer, **vote}), 422, "invalid_request")
    assert ann.get("/history").json() == before
    assert ann.get(f"/feedback/{body['id']}").json() == {"data": []}


def test_a_user_over_the_rate_limit_is_refused_and_others_are_not(
    client_of: Callable[..., Client], bob: Client, runtime: Runtime
) -> None:
    ann = client_of(**{"x-forwarded-email": f"{uuid4()}@example.com"})
    runtime.settings = replace(runtime.settings, requests_per_minute=5)
    answers = [ann.get("/session") for _ in range(6)]
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert_error(answers[5], 429, "too_many")
    assert 1 <= int(answers[5].headers["Retry-After"]) <= 12
    assert f"Try again in {answers[5].headers['Retry-After']} seconds" in answers[5].json()["error"]
    assert bob.get("/session").status_code == 200
    assert ann.get("/health").status_code == 200


def test_a_bucket_drains_steadily() -> None:
    now = [0.0]
    limit = RateLimit(lambda: now[0])
    for _ in range(60):
        limit.count("ann", 60)
    with pytest.raises(TooMany) as refused:
        limit.count("ann", 60)
    assert refused.value.wait_seconds == 1
    now[0] += 1
    limit.count("ann", 60)
    with pytest.raises(TooMany):
        limit.count("ann", 60)


def test_the_rate_limit_remembers_a_bounded_number_of_users() -> None:
    limit = RateLimit(lambda: 0.0)
    for number in range(MAX_USERS + 10):
        limit.count(str(number), 1)
    assert len(limit._buckets) == MAX_USERS


def test_a_user_over_the_limit_of_concurrent_answers_is_refused(
    ann: Client, bob: Client, runtime: Runtime, workspace: Workspace
) -> None:
    runtime.turns._admission._answers_a_user = 2
    fault = workspace.faults.invocations.next(times=3, hold_after=1)
    bodies = [asking(SAID) for _ in range(2)]
    readers = [threading.Thread(target=lambda body=body: ann.http.post("/chat", json=body)) for body in bodies]
    for reader in readers:
        reader.start()
    until(lambda: runtime.turns.running == 2)
    refused = ann.ask(SAID)
    assert_error(refused, 429, "too_many")
    with ann.asked(bodies[0]) as again:  # what is answered already counts once
        assert next(again).number == 1
    assert int(refused.headers["Retry-After"]) > 0
    others = threading.Thread(target=lambda: bob.ask("Not Ann"))
    others.start()
    until(lambda: runtime.turns.running == 3)
    fault.release_all()
    for thread in (*readers, others):
        thread.join()
    assert ann.ask("And now?").status_code == 200

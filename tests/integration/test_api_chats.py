"""Routes for titles, pins, votes, health and OpenAPI, and the log lines of requests."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from lib.api.request_log import pseudonym
from lib.db.migrate import migrations
from lib.runtime import Runtime
from lib.settings.agents import STARTER_QUESTIONS
from tests.conftest import ANN
from tests.integration.rest_client import SAID, Client, asking, assert_error, chat_of, messages_of
from tests.waiting import until


def test_a_chat_can_be_renamed_pinned_and_archived_under_both_routes(ann: Client) -> None:
    chat_id = chat_of(ann.ask())
    for name in ("chat", "chats"):
        changed = ann.http.patch(f"/{name}/{chat_id}", json={"title": " Orders ", "pinned": True}).json()
        assert (changed["title"], changed["pinned"], changed["archived"]) == ("Orders", True, False)
        assert changed == ann.get(f"/{name}/{chat_id}").json()
        changed = ann.http.patch(f"/{name}/{chat_id}", json={"archived": True, "title": None}).json()
        assert (changed["title"], changed["pinned"], changed["archived"]) == ("Orders", True, True)
        assert ann.get("/history").json()["data"] == []
        assert [chat["id"] for chat in ann.get("/history", archived="true").json()["data"]] == [chat_id]
        ann.http.patch(f"/{name}/{chat_id}", json={"archived": False, "pinned": False})
    assert ann.http.patch(f"/chat/{chat_id}", json={}).json()["title"] == "Orders"


def test_votes_are_kept_changed_and_taken_back(ann: Client) -> None:
    chat_id = chat_of(ann.ask())
    answer_id = messages_of(ann, chat_id)[-1]["id"]
    for is_upvoted, comment, tags in ((True, "Well said", []), (False, None, ["Wrong number", "Unclear"])):
        body = {"messageId": answer_id, "isUpvoted": is_upvoted, "comment": comment, "tags": tags}
        assert ann.http.post("/feedback", json=body).json() == {"success": True}
        assert ann.get(f"/feedback/{chat_id}").json() == {"data": [{**body, "delivery": None}]}
    ann.http.post("/feedback", json={"messageId": answer_id, "isUpvoted": None})
    assert ann.get(f"/feedback/{chat_id}").json() == {"data": []}
    question_id = messages_of(ann, chat_id)[0]["id"]
    for message_id in (question_id, str(uuid4())):
        vote = {"messageId": message_id, "isUpvoted": True}
        assert_error(ann.http.post("/feedback", json=vote), 404, "not_found")
    too_much = ({"comment": "x" * 2_001}, 422), ({"tags": ["Unclear"] * 21}, 422)
    for wrong, status in (({"tags": ["Boring"]}, 400), *too_much):
        refused = ann.http.post("/feedback", json={"messageId": answer_id, "isUpvoted": False, **wrong})
        assert_error(refused, status, "bad_input" if status == 400 else "invalid_request")
    assert ann.get(f"/feedback/{chat_id}").json() == {"data": []}


def test_starters_are_the_configured_ones_and_ones_own_whose_answers_one_liked(ann: Client, bob: Client) -> None:
    configured = [{"question": question, "isLiked": False} for question in STARTER_QUESTIONS.default]
    for question in ("Orders in May?", STARTER_QUESTIONS.default[0].upper()):
        answer_id = messages_of(ann, chat_of(ann.ask(question)))[-1]["id"]
        ann.http.post("/feedback", json={"messageId": answer_id, "isUpvoted": True})
    assert ann.get("/starters").json() == {"data": [*configured, {"question": "Orders in May?", "isLiked": True}]}
    assert bob.get("/starters").json() == {"data": configured}


def test_database_health_gives_mode_and_migration_without_secrets(ann: Client, runtime: Runtime) -> None:
    found = ann.get("/health/lakebase").json()
    assert (found["mode"], found["reason"], found["migration"]) == ("saved", None, max(migrations()))
    assert set(found) == {"mode", "since", "reason", "migration"}
    assert "postgresql" not in json.dumps(found)


def test_agents_are_listed_with_the_default_first(ann: Client, runtime: Runtime) -> None:
    assert ann.get("/agents").json()["data"] == list(runtime.agents.names)
    body = {**asking("How many orders are there?"), "agent": "no such agent"}
    assert_error(ann.http.post("/chat", json=body), 400, "bad_input")


def test_openapi_has_every_route_and_the_docs_page_loads_nothing_external(ann: Client) -> None:
    described = ann.get("/openapi.json").json()
    page = ann.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path, methods in described["paths"].items():
        for method in methods:
            assert f"{method.upper()} /api{path}" in page.text
    assert not re.search(r"<script|<link|<img|https?://|@import|url\(", page.text)
    assert set(re.findall(r'href="([^#"]*)', page.text)) == {"", "openapi.json"}


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the API logs."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("lakechat.api")
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    yield said
    log.removeHandler(handler)
    log.setLevel(level)


def test_each_request_logs_one_line_without_content_or_user(ann: Client, lines: list[str]) -> None:
    chat_id = chat_of(ann.ask(SAID))
    ann.get(f"/messages/{chat_id}")
    ann.get("/search", q=SAID)
    ann.get(f"/nowhere/{SAID}")
    patterns = (
        rf"request method=POST route=/chat status=200 ms=\d+ total_ms=\d+ user={pseudonym(ANN.id)} chat=-",
        rf"request method=GET route=/messages/{{chat_id}} status=200 ms=\d+ total_ms=\d+ user=\w+ chat={chat_id}",
        r"request method=GET route=/search status=200 .*",
        r"request method=GET route=\? status=404 .* user=- chat=-",
    )
    until(lambda: len(lines) >= len(patterns))  # the app logs a request after it has answered
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(pattern, line), line
    assert not any(SAID in line or ANN.id in line for line in lines)


def test_requests_are_not_logged_above_info_level(ann: Client, lines: list[str]) -> None:
    logging.getLogger("lakechat.api").setLevel(logging.WARNING)
    ann.get("/session")
    assert lines == []


def test_an_identity_header_is_trusted_and_on_the_platform_the_proxy_overwrites_it(
    client_of: Callable[..., Client], runtime: Runtime
) -> None:
    """As in docs/security.md: the app trusts the header, since on Databricks Apps only the proxy can set it."""
    runtime.settings = replace(runtime.settings, app_name="lakechat")
    info = client_of(**{"x-forwarded-user-info": '{"email": "ann@example.com"}', "authorization": "Bearer x"})
    assert_error(info.get("/session"), 401, "not_signed_in")
    assert client_of(**{"x-forwarded-email": ANN.id}).get("/session").json()["user"]["id"] == ANN.id


def test_no_other_origin_may_read_responses(ann: Client) -> None:
    response = ann.http.get("/session", headers={"origin": "https://evil.example"})
    assert not any(name.startswith("access-control-") for name in response.headers)
    preflight = ann.http.options("/chat", headers={"origin": "https://evil.example"})
    assert_error(preflight, 405, "method_not_allowed")

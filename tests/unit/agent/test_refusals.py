"""What a refused request means, and the message for the user."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from lib.agent.endpoints.url import host_kind
from lib.agent.formats.registry import CHAT, REQUEST_FORMATS
from lib.agent.http.refusals import (
    FILTERED,
    QUOTA_EXCEEDED,
    SIGN_IN_EXPIRED,
    WRONG_FORMAT,
    Refused,
)
from lib.retry_after import retry_after_seconds

SCOPE = "Provided OAuth token does not have required scopes: model-serving"


@pytest.mark.parametrize(("status", "detail"), [(401, ""), (403, "Invalid access token."), (403, "Token has expired")])
def test_an_expired_sign_in_has_its_own_message(status: int, detail: str) -> None:
    assert str(Refused(status, detail, asked_as="user", signed_in_as="user")) == SIGN_IN_EXPIRED


def test_the_same_refusal_of_the_apps_token_does_not_mention_the_users_sign_in() -> None:
    refused = Refused(401, "Access token has expired.")
    assert not refused.is_stale_user_token
    assert "this app's sign-in" in str(refused)


def test_a_missing_scope_is_named() -> None:
    refused = Refused(403, SCOPE, asked_as="user", signed_in_as="user")
    assert refused.missing_scope == "model-serving" and "“model-serving”" in str(refused)
    assert not refused.is_stale_user_token


@pytest.mark.parametrize(
    ("status", "detail", "is_temporary"),
    [
        (429, "", True),
        (429, '{"error": {"message": "Check your plan and billing details.", "code": "insufficient_quota"}}', False),
        (429, "Request too large for the model: Limit 30000, Requested 50000 tokens per minute.", False),
        (529, '{"error": {"type": "overloaded_error", "message": "Overloaded"}}', True),
        (503, "The endpoint is scaling from zero.", True),
        (503, "upstream connect error or disconnect/reset before headers. reset reason: connection termination", False),
        (500, "", False),
        (502, "", False),
        (504, "", False),
        (404, "", False),
    ],
)
def test_a_refusal_is_temporary_only_if_the_agent_cannot_have_run(status: int, detail: str, is_temporary: bool) -> None:
    assert Refused(status, detail).is_temporary is is_temporary


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        (400, "This endpoint does not support streaming.", True),
        (422, "stream: extra fields not permitted", True),
        (400, "Model is missing inputs ['input'].", False),
        (500, "Streaming is not supported", False),
        (500, '{"detail":"No stream function registered"}', True),
    ],
)
def test_a_refusal_of_streaming_is_recognised(status: int, detail: str, expected: bool) -> None:
    assert Refused(status, detail).refuses_streaming is expected


@pytest.mark.parametrize(
    ("status", "detail", "sentence"),
    [
        (429, '{"error": {"message": "No.", "code": "insufficient_quota"}}', f"{QUOTA_EXCEEDED} It said: No."),
        (400, '{"error": {"message": "Ask less.", "code": "content_filter"}}', f"{FILTERED} It said: Ask less."),
        (400, "Model is missing inputs ['input'].", f"{WRONG_FORMAT} It said: Model is missing inputs ['input']."),
        (418, "", "The agent answered with an error (418)."),
    ],
)
def test_the_message_of_a_refusal_says_what_the_user_can_do(status: int, detail: str, sentence: str) -> None:
    assert str(Refused(status, detail)) == sentence


@pytest.mark.parametrize(("seconds", "words"), [(None, "in a minute"), (60, "in a minute"), (600, "wait 10 minutes")])
def test_how_long_a_busy_agent_asks_to_wait_is_said(seconds: float | None, words: str) -> None:
    assert words in str(Refused(429, retry_after=seconds))


def test_an_agent_that_misses_the_field_of_its_format_wants_that_format() -> None:
    for words in ("'messages'", "KeyError: 'messages'", "KeyError('messages')"):
        assert Refused(500, f'{{"detail": "{words}"}}').wanted_format is CHAT
    assert Refused(500, '{"detail": "No \'messages\' here."}').wanted_format is None


@pytest.mark.parametrize(
    ("detail", "wanted"),
    [
        ("Model is missing inputs ['messages']. Note that there were extra inputs: ['input'].", "chat"),
        ('Bad request: json: unknown field "input"', "chat"),
        ("you must provide a messages parameter", "chat"),
        ('{"detail": [{"loc": ["body", "messages"], "msg": "Field required", "type": "missing"}]}', "chat"),
        ("Missing required parameter: 'input'.", "responses"),
        ('{"detail": [{"loc": ["body", "messages"], "msg": "Extra inputs are not permitted"}]}', "responses"),
        ("input: Field required; messages: Extra inputs are not permitted", "responses"),
        ("messages: Field required; input: Extra inputs are not permitted", "chat"),
        ("Model is missing inputs ['input']. Extra inputs: ['messages'].", "responses"),
        ("Invalid input: the date is wrong.", None),
        ("No such message.", None),
    ],
)
def test_a_refusal_shows_the_format_that_the_agent_wants(detail: str, wanted: str | None) -> None:
    expected = REQUEST_FORMATS[wanted] if wanted else None
    assert (Refused(400, detail).wanted_format, Refused(500, detail).wanted_format) == (expected, None)


@pytest.mark.parametrize(
    ("body", "challenge"),
    [
        ("<html><h2>HTTP ERROR 403</h2><pre>Invalid access token.</pre></html>", ""),
        ("", 'Bearer realm="x", error="invalid_token"'),
        ('{"error_code": 403, "message": "Invalid Token [ReqId: 1-2]"}', ""),
        ("ExpiredJwtException: JWT expired at 2026-11-21T22:00:00Z", ""),
    ],
)
def test_an_expired_sign_in_is_recognised_in_body_and_challenge(body: str, challenge: str) -> None:
    refused = Refused(403, body.encode(), challenge=challenge, asked_as="user", signed_in_as="user")
    assert str(refused) == SIGN_IN_EXPIRED
    assert "service principal" in str(Refused(403, body, challenge=challenge))


def test_a_missing_scope_is_recognised_in_the_challenge_too() -> None:
    challenge = 'Bearer error="insufficient_scope", error_description="expired?", scope="sql"'
    assert Refused(403, "", challenge=challenge, asked_as="user", signed_in_as="user").missing_scope == "sql"


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    assert retry_after_seconds({"retry-after": "7"}) == 7
    soon = retry_after_seconds({"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)})
    assert soon is not None and 30 < soon <= 60
    assert retry_after_seconds({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}) == 0
    assert retry_after_seconds({"retry-after": "soon"}) is None
    assert retry_after_seconds({}) is None


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://agent-123.aws.databricksapps.com/invocations", "app"),
        ("https://agent-123.4.azure.databricksapps.com/responses", "app"),
        ("https://databricksapps.com.evil.example/invocations", "external"),
        ("https://notdatabricksapps.com/invocations", "external"),
        ("https://dbc-1.cloud.databricks.com/ai-gateway/mlflow/v1/chat/completions", "workspace"),
        ("https://adb-1.2.azuredatabricks.net/serving-endpoints/chat/completions", "workspace"),
        ("http://localhost:11434/v1/chat/completions", "external"),
    ],
)
def test_the_url_says_what_kind_of_host_answers(url: str, place: str) -> None:
    assert host_kind(url) == place

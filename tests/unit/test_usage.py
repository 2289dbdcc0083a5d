"""The counts of tokens, whatever an agent calls them; and why an answer failed, as a word."""

import re
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.agent.events import Chunk, CurrentMessage, Event, Model, TextDelta, Usage
from lib.agent.formats.decoder import Decoder
from lib.agent.http.refusals import FAILURES, Refused, Unreached
from lib.agent.http.server_error import read
from lib.chat.turn import Turn
from lib.errors import AgentFailure, LakechatError
from lib.messages.usage import Tokens, tokens_of
from tests.unit.agent.test_decoder_streams import decoded

API = Path(__file__).parents[2] / "docs" / "api.md"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NAMES = ("input_tokens", "prompt_tokens", "total_tokens", "output_tokens", "prompt_tokens_details", "cached_tokens")


@pytest.mark.parametrize(
    ("reported", "tokens"),
    [
        (
            {
                "input_tokens": 1200,
                "input_tokens_details": {"cached_tokens": 200},
                "output_tokens": 50,
                "output_tokens_details": {"reasoning_tokens": 20},
                "total_tokens": 1250,
            },
            Tokens(1200, 50, 1250, 200, 20),
        ),
        (
            {"prompt_tokens": 3, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 0}},
            Tokens(3, 4, 7, 0, None),
        ),
        ({"input_tokens": 3, "cache_read_input_tokens": 2, "output_tokens": 4}, Tokens(3, 4, 7, 2, None)),
        (
            {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 9, "thoughtsTokenCount": 2},
            Tokens(3, 4, 9, None, 2),
        ),
        ({"total_tokens": 7.0}, Tokens(None, None, 7, None, None)),
        ({"cost": 0.5}, None),
        ({"input_tokens": True, "output_tokens": "4"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_tokens_are_counted_in_the_same_words_whatever_the_agent_calls_them(
    reported: dict[str, Any] | None, tokens: Tokens | None
) -> None:
    assert tokens_of(reported) == tokens


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_anything_may_stand_where_counts_are_expected(reported: dict[str, Any]) -> None:
    counts = vars(tokens_of(reported) or Tokens(None, None, None, None, None)).values()
    assert all(count is None or (type(count) is int and count >= 0) for count in counts)


@pytest.mark.parametrize(
    "message",
    [
        '{"model": "m-1", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}',
        '{"type": "response.created", "response": {"model": "m-1", "status": "in_progress", "output": []}}',
        '{"model": "m-1", "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}]}',
        '{"type": "message_start", "message": {"model": "m-1", "role": "assistant", "content": []}}',
        '{"model": "m-1", "message": {"role": "assistant", "content": "Hi"}, "done": false}',
        '{"modelVersion": "m-1", "candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}',
        '{"model": " m-1\\u202e\\n", "choices": []}',
    ],
)
def test_the_model_is_read_from_each_format(message: str) -> None:
    assert [event for event in decoded(message) if isinstance(event, Model)] == [Model("m-1")]


@pytest.mark.parametrize("value", ["", None, 3, {"name": "m"}, "\\u202e"])
def test_what_is_no_name_is_no_model(value: object) -> None:
    shown = f'"{value}"' if isinstance(value, str) else "null" if value is None else str(value).replace("'", '"')
    assert not any(isinstance(event, Model) for event in decoded(f'{{"model": {shown}, "choices": []}}'))


def test_the_model_is_told_once_and_again_only_when_another_answers() -> None:
    decoder = Decoder()
    chunks = [decoder.feed(f'{{"model": "{name}", "choices": []}}') for name in ("a", "a", "b", "b")]
    assert [event for chunk in chunks for event in chunk.events] == [Model("a"), Model("b")]


@pytest.mark.parametrize(
    ("event", "counts"),
    [(Model("m"), False), (Usage({}), False), (CurrentMessage(1), False), (TextDelta("Hi"), True)],
)
def test_the_time_to_the_first_word_ends_with_what_the_agent_says(event: Event, counts: bool) -> None:
    turn = Turn(uuid4(), uuid4(), uuid4(), agent=None)
    turn.take(Chunk("", (event,)))
    assert (turn.first_event_ms is not None) is counts


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        *((status, "", failure) for status, failure in FAILURES.items()),
        (302, "", "unauthorized"),
        (400, "Something is off.", "bad_request"),
        (400, "The response was filtered by the content management policy.", "content_filter"),
        (400, "This model's maximum context length is 8192 tokens.", "context_too_long"),
        (429, "You exceeded your current quota.", "quota_exceeded"),
        (403, "Provided OAuth token does not have required scopes: model-serving", "forbidden"),
        (500, "", "agent_failed"),
    ],
)
def test_a_refusal_has_a_word_for_its_cause(status: int, body: str, failure: str) -> None:
    assert Refused(status, body).failure == failure


def test_an_expired_sign_in_is_not_a_refusal_of_the_apps() -> None:
    assert Refused(401, "", asked_as="user").failure == "sign_in_expired"
    assert (Refused(401).failure, Unreached().failure) == ("unauthorized", "unreachable")


@pytest.mark.parametrize(
    ("report", "is_limited"),
    [
        ('{"error": {"message": "Slow down.", "type": "rate_limit_error"}}', True),
        ('{"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Too many."}', True),
        ('{"error": {"code": "429", "message": "x"}}', True),
        ('{"error": {"message": "The tool has a rate limit."}}', False),
    ],
)
def test_an_error_within_an_answer_is_a_rate_limit_if_its_code_says_so(report: str, is_limited: bool) -> None:
    assert read(report).is_rate_limited is is_limited


def test_the_documentation_has_every_word_for_a_failure() -> None:
    section = API.read_text().partition("### Why an answer failed")[2].partition("|---|")[2].partition("\n#")[0]
    named = set(re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE))
    words = {word for cell in named for word in re.findall(r"`(\w+)`", cell)}
    codes = {error.code for error in _all_below(LakechatError)}
    assert set(get_args(AgentFailure)) | {"interrupted", "error", "not_taken"} <= words
    assert words <= set(get_args(AgentFailure)) | {"interrupted"} | codes


def _all_below(kind: type[LakechatError]) -> set[type[LakechatError]]:
    return {kind, *(each for below in kind.__subclasses__() for each in _all_below(below))}

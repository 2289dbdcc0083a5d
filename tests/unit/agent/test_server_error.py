"""The text shown for a server's error: the server's own sentences, whatever they are wrapped in."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.agent.http.refusals import Refused
from lib.agent.http.server_error import MAX_CHARS, MAX_TEXTS, TOO_LONG, read, readable

LENGTH = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
OPENAI = {"message": LENGTH, "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}
PYTHON = f"Error code: 400 - { ({'error': OPENAI})!r}"
FASTAPI = [
    {"type": "missing", "loc": ["body", "messages"], "msg": "Field required", "input": {"input": "my own words"}},
    {"type": "extra_forbidden", "loc": ["body", "input"], "msg": "Extra inputs are not permitted", "input": "my words"},
]
PYDANTIC = """Invalid parameters for ResponsesAgent: 1 validation error for ResponsesAgentRequest
input
  Field required [type=missing, input_value={'messages': [{'role': 'user', 'content': 'my words'}]}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.12/v/missing"""


@pytest.mark.parametrize(
    "error",
    [
        {"error": OPENAI},
        {"object": "error", "message": LENGTH, "type": "BadRequestError", "code": 400},
        {"error_code": "BAD_REQUEST", "message": json.dumps({"external_model_provider": "x", "error": OPENAI})},
        {"error_code": "BAD_REQUEST", "message": json.dumps({"external_model_error": json.dumps({"error": OPENAI})})},
        {"error_code": "INTERNAL_ERROR", "message": f"The agent failed. {PYTHON}"},
        {"error": {"code": -32603, "message": f"BadRequestError({PYTHON!r})"}},
        {"error": {"message": "Provider returned error", "metadata": {"raw": json.dumps({"error": OPENAI})}}},
        {
            "error": {
                "message": f"litellm.ContextWindowExceededError: litellm.BadRequestError: OpenAIException - {LENGTH}"
            }
        },
        {"detail": PYTHON},
        [{"error": OPENAI}],
        PYTHON,
        json.dumps({"error": OPENAI})[:-20],  # cut off
        f"event: error\ndata: {json.dumps({'error': OPENAI})}\n\n",
    ],
)
def test_a_conversation_that_is_too_long_is_recognised_in_every_wrapping(error: Any) -> None:
    for body in (error, json.dumps(error), json.dumps(error).encode()):
        assert read(body).sentence == LENGTH
        assert str(Refused(400, json.dumps(error))) == f"{TOO_LONG} It said: {LENGTH}"


@pytest.mark.parametrize(
    "words",
    [
        "prompt is too long: 205000 tokens > 200000 maximum",
        "Input is too long for requested model.",
        "The input token count (1048600) exceeds the maximum number of tokens allowed (1048576).",
        "Too many input tokens",
        "Your request exceeded the limit of 8192 tokens",
        "string_above_max_length",
        "Please reduce the length of the messages or completion.",
        "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 50000.",
        "Request size cannot exceed 4194304 bytes.",
    ],
)
@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_a_conversation_that_is_too_long_is_recognised_in_many_wordings(words: str, status: int) -> None:
    assert str(Refused(status, json.dumps({"message": words}))).startswith(TOO_LONG)
    assert str(Refused(status, json.dumps({"error": {"message": "No.", "code": words}}))) == f"{TOO_LONG} It said: No."


@pytest.mark.parametrize(
    "words",
    [
        "Rate limit reached: exceeded 30000 tokens per minute.",
        "You exceeded your token quota: 100 tokens.",
        "max_tokens is too large: 5000. This model supports at most 4096 completion tokens.",
        "The access token has expired.",
        "The tool gave too many rows.",
    ],
)
def test_other_limits_are_not_taken_for_the_length_of_the_conversation(words: str) -> None:
    assert not read({"message": words}).is_too_long


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ({"error_code": "BAD_REQUEST", "message": "No such\\nfield.".replace("\\n", " ")}, "No such field."),
        ({"error": "Plain words"}, "Plain words"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": FASTAPI}, "messages: Field required; input: Extra inputs are not permitted"),
        ({"detail": PYDANTIC}, "input: Field required"),
        ({"message": repr([FASTAPI[0] | {"loc": ("body", "messages")}])}, "messages: Field required"),
        ({"error": "invalid_client", "error_description": "The audience is unknown."}, "The audience is unknown."),
        ({"status": 400, "error": "Bad Request", "message": "The date is wrong."}, "The date is wrong."),
        ({"error": "model 'llama9' not found, try pulling it first"}, "model 'llama9' not found, try pulling it first"),
        ({"error_code": "INTERNAL", "message": "boom"}, "boom"),
        ({"error": "RuntimeError: The warehouse is stopped."}, "The warehouse is stopped."),
        ("INTERNAL_ERROR: The warehouse is stopped.", "The warehouse is stopped."),
        ({"errors": [{"message": "Too big"}]}, "Too big"),
        ("<html><body><h1>502 Bad Gateway</h1></body></html>", ""),
        ("\n<!DOCTYPE html>", ""),
        ({"error": {"code": "rate_limited"}}, ""),
        ({"error": ""}, ""),
        ({"error": {}}, ""),
        ('["x"]', ""),
        ("x" * 5_000, ""),
        ("null", "null"),
        (None, ""),
        (500, ""),
    ],
)
def test_the_message_of_an_error_is_found_in_every_shape(error: Any, sentence: str) -> None:
    assert read(error).sentence == sentence


@pytest.mark.parametrize(
    "internal",
    [
        "Incorrect API key provided: sk-abcde***********wxyz.",
        "Limit reached in organization org-AbCdEfGhIjKlMnOp.",
        "Connecting to http://10.3.4.5:8080/v1 failed.",
        "No route to agents.prod.svc",
        "You can find your key at https://platform.openai.com/account/api-keys.",
        "The prompt triggered Azure OpenAI's content management policy.",
        "See request req_011CSHoEeqs5C35K2UUqR7Fy.",
        "Request id: 5b9b5b2e-9f0e-4f3a-9a55-0c8a7d9c2b11",
        "Received Model Group=gpt-3.5-turbo",
        "Received API Key = sk-...abcd, and its hash is unknown.",
        "Failed in /usr/lib/python3.11/site-packages/agent.py",
        'Bad message: "' + "the question of a person, quoted back word by word, " * 3 + '".',
        "Token eyJhbGciOiJSUzI1NiIsInR5cCI6 was not accepted.",
        'Got {"role": 1}.',
        "<class 'dict'> is no string.",
        "com.databricks.serving.ModelException was thrown.",
        "Write to admin@provider.example.",
        'Traceback (most recent call last):\n  File "/app/agent.py", line 3, in answer\nValueError: my own words',
        "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
    ],
)
def test_internals_of_a_server_are_left_out(internal: str) -> None:
    assert readable(internal) == ""
    assert readable(f"Nothing came of it.\n{internal}") == "Nothing came of it."


def test_a_traceback_is_cut_off_and_an_id_in_brackets_too() -> None:
    said = 'The table is gone.\nTraceback (most recent call last):\n  File "x.py", line 3, in f\nSecretError: x y z.'
    assert readable(said) == "The table is gone."
    assert readable("You may not query it. [ReqId: 4aa3-22]") == "You may not query it."


def test_a_long_error_text_is_cut_after_a_sentence() -> None:
    assert readable("It is so. " * 100) == ("It is so. " * 30).strip()
    cut = readable("word " * 200)
    assert cut.endswith("word…") and len(cut) <= MAX_CHARS


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":' * 50_000, "[" * 100_000, "{'message': '" * 10_000, "1" * 100_000, "a." * 50_000, " " * 100_000),
        *("exceed" * 20_000, "\\" * 100_000, '"' * 100_000, "x\n" * 50_000, "(req id" * 15_000, "ErrorError" * 10_000),
        json.dumps(
            {"error": {"error": {"error": [{"message": "x"}] * 9}}} | {str(n): {"message": "y"} for n in range(9999)}
        ),
    ],
)
def test_an_error_of_any_size_is_read_to_its_end(text: str) -> None:
    """With more than linear time this would take minutes."""
    error = read(text)
    assert len(error.sentence) <= MAX_CHARS and len(error.texts) <= MAX_TEXTS and not error.is_too_long


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([LENGTH, PYTHON, PYDANTIC, "{'msg': 'x"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["error", "message", "detail", "msg", "loc", "code", "x"]) | st.text(), inner)
        | inner.map(json.dumps)
        | inner.map(repr)
    ),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=200)
@given(JSON | st.binary())
def test_any_bytes_sent_as_an_error_can_be_read_and_shown(error: Any) -> None:
    found = read(error)
    assert len(found.sentence) <= MAX_CHARS and not set("{}\n\x00") & set(found.sentence)
    found.sentence.encode()
    assert Refused(400, json.dumps(error) if not isinstance(error, bytes) else error).sentence

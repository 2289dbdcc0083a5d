"""What is recorded, with which attributes, and what of it is left out."""

import ast
import asyncio
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from lib.db.credentials import Credential, Credentials
from lib.errors import AgentFailed, BadInput, DatabaseUnavailable
from lib.telemetry import instruments
from lib.telemetry.failure import failure_of
from lib.telemetry.instruments import ATTRIBUTES, INSTRUMENTS, Instrument
from lib.telemetry.recording import begin_span, record, trace_field, trace_headers
from lib.telemetry.redaction import REDACTED, Redaction
from lib.telemetry.signals import Signals, Unsupported, wanted
from tests.telemetry_in_memory import telemetry_in_memory

ROOT = Path(__file__).parents[2]
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4314"}
GRPC = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
SECRET = "what-was-said-2218"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Signals(None, None)),
        (GRPC, Signals(None, None)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, Signals(None, None)),
        (ENDPOINT | GRPC, Signals("grpc", "grpc")),
        (ENDPOINT, Signals("http/protobuf", "http/protobuf")),
        (ENDPOINT | GRPC | {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/protobuf"}, Signals("grpc", "http/protobuf")),
        (ENDPOINT | GRPC | {"OTEL_TRACES_EXPORTER": "none"}, Signals(None, "grpc")),
        (GRPC | {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:1"}, Signals("grpc", None)),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "True"}, Signals(None, None)),
    ],
)
def test_the_variables_say_what_is_exported(environ: dict[str, str], expected: Signals) -> None:
    assert wanted(environ) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
        {"OTEL_METRICS_EXPORTER": "prometheus"},
        {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{SECRET}%0A"},
    ],
)
def test_what_is_not_supported_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(Unsupported, match=next(iter(wrong))) as refused:
        wanted(ENDPOINT | wrong)
    assert SECRET not in str(refused.value)


def test_a_token_for_the_receiver_that_cannot_be_read_is_not_logged() -> None:
    """In a process of its own, since providers can be set only once."""
    script = "import os; from lib.telemetry import telemetry; telemetry.start(os.environ, {})"
    environ = os.environ | ENDPOINT | {"OTEL_EXPORTER_OTLP_HEADERS": f"Bearer {SECRET}"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)  # noqa: S603
    assert "Header format invalid!" in done.stderr
    assert SECRET not in done.stderr


def test_while_it_is_off_nothing_is_recorded() -> None:
    span = begin_span("lakechat.turn", 0, agent="a")
    with span.child("part"):
        record(instruments.VOTES, vote="up")
    span.end("failed")
    assert (span.trace_id, trace_headers(), trace_field()) == (None, {}, {})


def test_a_figure_has_only_the_attributes_that_its_instrument_declares() -> None:
    with telemetry_in_memory() as kept:
        record(instruments.VOTES, vote="up", agent=SECRET, failure=None)
        assert kept.metrics() == {"lakechat.votes": [({"lakechat.vote": "up"}, 1.0)]}


def test_a_failed_part_has_the_word_for_the_failure_and_not_its_sentence() -> None:
    with telemetry_in_memory() as kept:
        span = begin_span("lakechat.turn", 1, turn="7", unknown=SECRET)
        with pytest.raises(AgentFailed), span.child("part", is_call=True):
            raise AgentFailed(SECRET, failure="timeout")
        span.end("timeout", status="failed")
        span.end(status="complete")
        part, whole = kept.spans
    assert part.parent and part.parent.span_id == whole.context.span_id and part.kind is SpanKind.CLIENT
    assert dict(part.attributes or {}) == {"error.type": "timeout"}
    assert dict(whole.attributes or {}) == {
        "lakechat.turn.id": "7",
        "lakechat.turn.status": "failed",
        "error.type": "timeout",
    }
    assert {each.status.status_code.name for each in (part, whole)} == {"ERROR"}
    assert SECRET not in part.to_json() + whole.to_json()


def test_a_stopped_part_is_no_failure() -> None:
    with telemetry_in_memory() as kept:
        with pytest.raises(asyncio.CancelledError), begin_span("lakechat.turn", 1).child("part"):
            raise asyncio.CancelledError
        [part] = kept.spans
    assert part.status.status_code.name == "UNSET"


def test_an_agent_is_told_of_the_trace_while_it_is_asked_and_of_no_baggage() -> None:
    with telemetry_in_memory():
        span = begin_span("lakechat.turn", 1)
        assert trace_headers() == {}
        with span.child("part", is_call=True):
            headers = trace_headers()
            assert trace_field() == {"trace_id": span.trace_id}
        assert trace_headers() == {}
    assert list(headers) == ["traceparent"] and headers["traceparent"].split("-")[1] == span.trace_id


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (AgentFailed(SECRET, failure="quota_exceeded"), "quota_exceeded"),
        (DatabaseUnavailable(failure="57P01"), "57P01"),
        (DatabaseUnavailable(), "database_unavailable"),
        (BadInput(SECRET), "bad_input"),
        (ValueError(SECRET), "ValueError"),
        (GeneratorExit(), None),
    ],
)
def test_the_word_for_an_error_is_never_its_message(error: BaseException, word: str | None) -> None:
    assert failure_of(error) == word


def test_a_credential_that_cannot_be_minted_is_counted_as_failed() -> None:
    minted = Credential("password", datetime.now(UTC) + timedelta(hours=1))
    mint = iter([ValueError(SECRET), minted])

    def next_one() -> Credential:
        if isinstance(made := next(mint), Exception):
            raise made
        return made

    credentials = Credentials(next_one)
    with telemetry_in_memory() as kept:
        with pytest.raises(DatabaseUnavailable):
            credentials.password()
        assert credentials.password() == "password"
        counted = kept.metrics()["lakechat.database.credential.requests"]
    assert counted == [({"error.type": "ValueError"}, 1.0), ({}, 1.0)]


def test_path_and_query_of_a_request_leave_its_span() -> None:
    exporter = InMemorySpanExporter()
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    tracers.add_span_processor(Redaction())
    said = {
        "url.path": SECRET,
        "url.query": SECRET,
        "http.request.method_original": SECRET,
        "http.request.method": "GET",
    }
    for kind in (SpanKind.SERVER, SpanKind.CLIENT):
        tracers.get_tracer("fastapi").start_span("GET", kind=kind, attributes=said).end()
    server, client = exporter.get_finished_spans()
    assert dict(server.attributes or {}) == {**dict.fromkeys(said, REDACTED), "http.request.method": "GET"}
    assert dict(client.attributes or {}) == said


def test_the_app_gives_each_figure_only_attributes_that_its_instrument_has() -> None:
    """Others would silently be left out."""
    by_name = {name: value for name, value in vars(instruments).items() if isinstance(value, Instrument)}
    told = set()
    for path in sorted((ROOT / "lib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "record" and node.args:
                instrument = by_name[ast.unparse(node.args[0]).rpartition(".")[2]]
                told.add(instrument)
                names = {each.arg for each in node.keywords if each.arg}
                assert names <= set(instrument.attributes), f"{path}: {instrument.name}"
    assert told == {each for each in INSTRUMENTS if each.kind != "up-down counter"}


def test_the_documentation_lists_the_instruments() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| ([\w -]+) \| (\S+) \| (.*?) \| (.*?) \|$", _documentation(), re.MULTILINE)
    assert rows == [
        (
            each.name,
            each.kind,
            each.unit,
            each.meaning,
            ", ".join(f"`{ATTRIBUTES[name]}`" for name in each.attributes) or "none",
        )
        for each in INSTRUMENTS
    ]


def test_the_queries_in_the_documentation_name_what_there_is() -> None:
    queries = "\n".join(re.findall(r"```sql\n(.*?)```", _documentation(), re.DOTALL))
    names = {each.name for each in INSTRUMENTS} | {"http.server.request.duration"}
    assert set(re.findall(r"name = '([\w.]+)'", queries)) <= names | {"lakechat.turn"}
    used = set(re.findall(r"attributes:\['([\w.]+)'\]", queries))
    assert used <= {*ATTRIBUTES.values(), "service.instance.id", "http.route", "http.response.status_code"}
    assert len(used) > 3


def _documentation() -> str:
    return (ROOT / "docs" / "telemetry.md").read_text()

"""What reaches a receiver, how long one that does not work holds up a process, and what is loaded without one."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.environment import without
from tests.otlp_receiver import Received, grpc_receiver, http_receiver

ROOT = Path(__file__).parents[2]
DELTA, CUMULATIVE = 1, 2  # as the protocol numbers them
LOADED = """
import sys
from lib.telemetry import telemetry
telemetry.start({}, {})()
print(*[name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "grpc"))])
"""
SENDS = """
import os, time
from lib.telemetry import telemetry
from lib.telemetry.instruments import SESSIONS, VOTES
from lib.telemetry.recording import begin_span, record
stop = telemetry.start(os.environ, {SESSIONS: lambda: [(7, {})]})
began = time.monotonic()
for _ in range(5_000):
    record(VOTES, vote="up")
    begin_span("lakechat.turn", time.time_ns()).end()
told = time.monotonic()
stop()
print(told - began, time.monotonic() - told)
"""


def run(code: str, environ: Mapping[str, str]) -> str:
    """In a process of its own, because providers are set once in each."""
    given = {**without(os.environ, "OTEL_"), **environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=given, cwd=ROOT, capture_output=True, text=True, timeout=60)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_an_endpoint_nothing_of_the_sdk_is_loaded() -> None:
    assert run(f"import app\n{LOADED}", {}).split() == []


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_figures_and_spans_are_sent_at_the_end_at_the_latest(protocol: str) -> None:
    with grpc_receiver() if protocol == "grpc" else http_receiver() as received:
        run(
            SENDS,
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": received.url,
                "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
            },
        )
        _check(received)


def _check(received: Received) -> None:
    of_time = {each.name: each.sum.aggregation_temporality for each in received.metrics}
    assert of_time == {"lakechat.votes": DELTA, "lakechat.sessions.open": CUMULATIVE}
    assert received.value("lakechat.votes", lakechat__vote="up") == 5_000
    assert received.value("lakechat.sessions.open") == 7
    assert received.named("lakechat.turn")
    assert {each["service.name"] for each in received.resources} == {"lakechat"}


@pytest.mark.parametrize(("protocol", "is_open"), [("grpc", False), ("grpc", True), ("http/protobuf", True)])
def test_a_receiver_that_is_away_or_silent_holds_up_nothing(protocol: str, is_open: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if not is_open:
            listener.close()
        printed = run(SENDS, {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol})
    telling_seconds, stopping_seconds = map(float, printed.split())
    assert telling_seconds < 5  # 10,000 figures and spans, on a busy machine
    assert stopping_seconds < 2


def test_providers_that_are_there_already_are_used() -> None:
    code = """
import os
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from lib.telemetry.providers import Providers
from lib.telemetry.signals import Signals
trace.set_tracer_provider(tracers := TracerProvider())
metrics.set_meter_provider(meters := MeterProvider())
providers = Providers(Signals("grpc", "grpc"))
print(providers.tracers is tracers, providers.meters is meters)
"""
    assert run(code, {}).split() == ["True", "True"]


def test_variables_that_the_sdk_cannot_read_leave_it_off() -> None:
    said = run(
        "import logging, os, sys; logging.basicConfig(stream=sys.stdout)\n"
        "from lib.telemetry import recording, telemetry\n"
        "telemetry.start(os.environ, {})(); print(recording._recorder)",
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "soon",
        },
    )
    assert "Telemetry is off" in said and said.rstrip().endswith("None")

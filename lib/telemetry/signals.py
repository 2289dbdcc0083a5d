"""Which signals are exported, and how, by OpenTelemetry's own variables. Its SDK reads all the others itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

Protocol = Literal["grpc", "http/protobuf"]
PROTOCOLS: tuple[Protocol, ...] = ("grpc", "http/protobuf")
DEFAULT_PROTOCOL: Protocol = "http/protobuf"


class Unsupported(ValueError):
    """A variable asks for what the app does not have; the message is a sentence that says so."""


@dataclass(frozen=True)
class Signals:
    """The protocol of each signal; None if it is not exported."""

    traces: Protocol | None
    metrics: Protocol | None

    @property
    def is_off(self) -> bool:
        return self.traces is None and self.metrics is None


def wanted(environ: Mapping[str, str]) -> Signals:
    """All off without an endpoint. Raises Unsupported."""
    if _value(environ, "OTEL_SDK_DISABLED").lower() == "true":
        return Signals(None, None)
    return Signals(_protocol(environ, "TRACES"), _protocol(environ, "METRICS"))


def _protocol(environ: Mapping[str, str], signal: str) -> Protocol | None:
    exporter = _value(environ, f"OTEL_{signal}_EXPORTER") or "otlp"
    if exporter == "none" or not _of_signal(environ, signal, "ENDPOINT"):
        return None
    if exporter != "otlp":
        raise Unsupported(f"OTEL_{signal}_EXPORTER must be otlp or none.")
    protocol = _of_signal(environ, signal, "PROTOCOL") or DEFAULT_PROTOCOL
    if protocol not in PROTOCOLS:
        raise Unsupported(f"OTEL_EXPORTER_OTLP_PROTOCOL must be {' or '.join(PROTOCOLS)}.")
    # The exporters quote a header that they cannot send in the log, with the token in it.
    if not unquote(_of_signal(environ, signal, "HEADERS")).isprintable():
        raise Unsupported("OTEL_EXPORTER_OTLP_HEADERS has a character that no header can have, such as a line break.")
    return protocol


def _of_signal(environ: Mapping[str, str], signal: str, what: str) -> str:
    """What is set for the signal alone, else what is set for all."""
    return _value(environ, f"OTEL_EXPORTER_OTLP_{signal}_{what}") or _value(environ, f"OTEL_EXPORTER_OTLP_{what}")


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()

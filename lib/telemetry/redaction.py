"""Keeps what a request says out of its span, and a receiver's token out of the log.

FastAPI's own spans have the path and the query of a request, and so the ids of chats and the words of a search.
"""

import logging
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

REDACTED: Final = "REDACTED"
"""As OpenTelemetry's conventions write it."""
HARMLESS: Final = frozenset(
    {"http.request.method", "http.route", "network.protocol.version", "server.address", "server.port", "url.scheme"}
)
"""What a server's span may have of a request."""


class Redaction(SpanProcessor):
    """Replaces whatever else a server's span begins with. Route, status and the class of an error are set later."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if span.kind.name == "SERVER":
            for name in set(span.attributes or {}) - HARMLESS:
                span.set_attribute(name, REDACTED)


def hide_headers() -> None:
    """OpenTelemetry quotes a header in OTEL_EXPORTER_OTLP_HEADERS that it cannot read, with the token that it has."""
    logging.getLogger("opentelemetry.util.re").addFilter(_without_values)


def _without_values(line: logging.LogRecord) -> bool:
    line.args = (REDACTED,) if line.args else ()
    return True

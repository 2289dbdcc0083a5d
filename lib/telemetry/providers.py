"""OpenTelemetry's SDK: what collects figures and spans and sends them to the receiver, in threads of its own.

A receiver that is away or hangs holds up nobody: what cannot be sent is kept up to the SDK's limits and then dropped.
Only loaded while telemetry is on.
"""

import time
from collections.abc import Callable
from threading import Thread
from uuid import uuid4

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from lib.telemetry.redaction import Redaction
from lib.telemetry.signals import Protocol, Signals

STOP_SECONDS = 1.5
"""How long the end of the process waits until the last figures and spans are sent."""
SERVICE = "lakechat"
UNNAMED = "unknown_service"


class Providers:
    """Where whatever in the process has figures or spans hands them over, FastAPI among it.

    `opentelemetry-instrument`, in front of the command, sets providers before: those are used, since a second exporter
    would send everything twice.
    """

    def __init__(self, signals: Signals) -> None:
        """Raises what the SDK raises for variables that it cannot read."""
        self._closes: list[Callable[[], object]] = []
        self._resource = _resource()
        self.tracers = self._tracers(signals.traces)
        self.meters = self._meters(signals.metrics)

    def _tracers(self, protocol: Protocol | None) -> trace.TracerProvider:
        provider = trace.get_tracer_provider()
        if not isinstance(provider, TracerProvider):
            if protocol is None:
                return trace.NoOpTracerProvider()
            # Not at the end of the interpreter, because the SDK then waits half a minute for the receiver.
            provider = TracerProvider(resource=self._resource, shutdown_on_exit=False)
            provider.add_span_processor(BatchSpanProcessor(_span_exporter(protocol)))
            trace.set_tracer_provider(provider)
            self._closes.append(provider.shutdown)
        provider.add_span_processor(Redaction())
        return provider

    def _meters(self, protocol: Protocol | None) -> metrics.MeterProvider:
        provider = metrics.get_meter_provider()
        if not isinstance(provider, MeterProvider):
            if protocol is None:
                return metrics.NoOpMeterProvider()
            reader = PeriodicExportingMetricReader(_metric_exporter(protocol))
            provider = MeterProvider([reader], resource=self._resource, shutdown_on_exit=False)
            metrics.set_meter_provider(provider)
            self._closes.append(provider.shutdown)
        return provider

    def close(self) -> None:
        """Send what is left, for STOP_SECONDS at most. The SDK's own threads do not keep the process alive."""
        deadline = time.monotonic() + STOP_SECONDS
        threads = [Thread(target=close, name="telemetry", daemon=True) for close in self._closes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _resource() -> Resource:
    """What the variables say of the process, with a name for it if they have none."""
    resource = Resource.create({SERVICE_INSTANCE_ID: str(uuid4())})
    is_unnamed = str(resource.attributes[SERVICE_NAME]).startswith(UNNAMED)
    return resource.merge(Resource({SERVICE_NAME: SERVICE})) if is_unnamed else resource


def _span_exporter(protocol: Protocol) -> SpanExporter:
    # Each takes 0.2 s to load, and only one is used.
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter

        return GrpcSpanExporter()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter

    return HttpSpanExporter()


def _metric_exporter(protocol: Protocol) -> MetricExporter:
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter

        return GrpcMetricExporter()
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetricExporter

    return HttpMetricExporter()

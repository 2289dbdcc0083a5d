"""Telemetry of this process, kept in memory instead of sent."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lib.telemetry import recording
from lib.telemetry.live import LiveRecorder

Points = list[tuple[dict[str, object], float]]


@dataclass(frozen=True)
class Kept:
    _reader: InMemoryMetricReader
    _exporter: InMemorySpanExporter

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """Those that have ended, in the order of their ends."""
        return self._exporter.get_finished_spans()

    def metrics(self) -> dict[str, Points]:
        """By name: attributes and value of each point; of a histogram, how many values it has."""
        data = self._reader.get_metrics_data()
        scopes = [scope for each in (data.resource_metrics if data else ()) for scope in each.scope_metrics]
        return {
            metric.name: [
                (dict(point.attributes or {}), float(getattr(point, "value", getattr(point, "count", 0))))
                for point in metric.data.data_points
            ]
            for scope in scopes
            for metric in scope.metrics
        }


@contextmanager
def telemetry_in_memory() -> Iterator[Kept]:
    reader, exporter = InMemoryMetricReader(), InMemorySpanExporter()
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    recording.use(LiveRecorder(MeterProvider([reader], shutdown_on_exit=False), tracers, {}))
    try:
        yield Kept(reader, exporter)
    finally:
        recording.use(None)

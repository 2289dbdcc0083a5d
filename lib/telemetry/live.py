"""Hands figures and spans to OpenTelemetry. Only loaded while telemetry is on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import time_ns

from opentelemetry import context, propagate, trace
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, MeterProvider, Observation
from opentelemetry.trace import SpanKind, StatusCode, TracerProvider

from lib.telemetry.failure import failure_of
from lib.telemetry.instruments import ATTRIBUTES, INSTRUMENTS, Gauges, Instrument, Reading
from lib.telemetry.recording import Value

SCOPE = "lakechat"
HEADERS = ("traceparent",)


class LiveRecorder:
    """A `Recorder` with OpenTelemetry behind it."""

    def __init__(self, meters: MeterProvider, tracers: TracerProvider, gauges: Gauges) -> None:
        meter = meters.get_meter(SCOPE)
        self._told = {each: _told(meter, each) for each in INSTRUMENTS if each.kind != "up-down counter"}
        self._tracer = tracers.get_tracer(SCOPE)
        for instrument, read in gauges.items():
            _observe(meter, instrument, read)

    def record(self, instrument: Instrument, value: float, attributes: Mapping[str, str | None]) -> None:
        told = self._told[instrument]
        if isinstance(told, Histogram):
            told.record(value, _exported(instrument, attributes))
        else:
            told.add(value, _exported(instrument, attributes))

    def span(self, name: str, began_ns: int, attributes: Mapping[str, Value | None]) -> "LiveSpan":
        span = self._tracer.start_span(name, start_time=began_ns, attributes=_named(attributes))
        return LiveSpan(self._tracer, span)

    def headers(self) -> dict[str, str]:
        """None for a trace that is not recorded: an agent that heard of it would not record its own part, either.

        Baggage, which came with a request of somebody else, is not passed on.
        """
        if not trace.get_current_span().get_span_context().trace_flags.sampled:
            return {}
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return {name: carrier[name] for name in HEADERS if name in carrier}

    def trace_id(self) -> str | None:
        return _trace_id(trace.get_current_span())


class LiveSpan:
    """A `Span` of OpenTelemetry."""

    def __init__(self, tracer: trace.Tracer, span: trace.Span) -> None:
        self._tracer = tracer
        self._span = span

    @property
    def trace_id(self) -> str | None:
        return _trace_id(self._span)

    @contextmanager
    def child(self, name: str, *, is_call: bool = False, **attributes: Value | None) -> Iterator[None]:
        kind = SpanKind.CLIENT if is_call else SpanKind.INTERNAL
        within = trace.set_span_in_context(self._span)
        span = LiveSpan(self._tracer, self._tracer.start_span(name, within, kind=kind, attributes=_named(attributes)))
        token = context.attach(trace.set_span_in_context(span._span, within))
        try:
            yield
        except BaseException as error:
            span.end(failure_of(error))
            raise
        finally:
            context.detach(token)
            span.end()

    def past_child(self, name: str, began_ns: int) -> None:
        self._tracer.start_span(name, trace.set_span_in_context(self._span), start_time=began_ns).end()

    def end(self, failure: str | None = None, **attributes: Value | None) -> None:
        if not self._span.is_recording():
            return
        self._span.set_attributes(_named({**attributes, "failure": failure}))
        if failure:
            # No description: the sentence of an error may quote what a person said.
            self._span.set_status(StatusCode.ERROR)
        self._span.end(time_ns())


def _told(meter: Meter, instrument: Instrument) -> Counter | Histogram:
    if instrument.kind == "counter":
        return meter.create_counter(instrument.name, instrument.unit, instrument.meaning)
    return meter.create_histogram(
        instrument.name,
        instrument.unit,
        instrument.meaning,
        explicit_bucket_boundaries_advisory=instrument.buckets,
    )


def _observe(meter: Meter, instrument: Instrument, read: Callable[[], Iterable[Reading]]) -> None:
    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, _exported(instrument, attributes)) for value, attributes in read()]

    meter.create_observable_up_down_counter(instrument.name, [observe], instrument.unit, instrument.meaning)


def _exported(instrument: Instrument, attributes: Mapping[str, str | None]) -> dict[str, str]:
    """Only what the instrument declares: nothing else leaves the process."""
    return {ATTRIBUTES[name]: attributes[name] or "" for name in instrument.attributes if attributes.get(name)}


def _named(attributes: Mapping[str, Value | None]) -> dict[str, Value]:
    return {ATTRIBUTES[name]: value for name, value in attributes.items() if name in ATTRIBUTES and value is not None}


def _trace_id(span: trace.Span) -> str | None:
    made = span.get_span_context()
    return trace.format_trace_id(made.trace_id) if made.is_valid else None

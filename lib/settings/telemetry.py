"""Where metrics and traces go. OpenTelemetry's SDK reads its other variables, too."""

from typing import Final

from lib.settings.variable import Group, ReadBy, Text, Variable

BY: Final[ReadBy] = "opentelemetry"

OTEL_EXPORTER_OTLP_ENDPOINT = Variable(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "Where metrics and traces are sent by OpenTelemetry's protocol ([telemetry.md](telemetry.md)), if the app has "
    "tables for its telemetry. A mistake in one of these variables leaves telemetry off, with an error in the log.",
    unset="unset: nothing is sent",
    is_injected=True,
    read_by=BY,
)
OTEL_EXPORTER_OTLP_PROTOCOL = Text(
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "`grpc` or `http/protobuf`. This one and the one above also exist for one signal alone, such as "
    "`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.",
    default="http/protobuf",
    is_injected=True,
    read_by=BY,
)
OTEL_SERVICE_NAME = Text(
    "OTEL_SERVICE_NAME",
    "The name of the app in metrics and traces.",
    default="lakechat",
    is_injected=True,
    read_by=BY,
)
OTEL_RESOURCE_ATTRIBUTES = Variable(
    "OTEL_RESOURCE_ATTRIBUTES",
    "What else metrics and traces say of the process, as `key=value`, separated by commas.",
    is_injected=True,
    read_by=BY,
)
OTEL_TRACES_EXPORTER = Text("OTEL_TRACES_EXPORTER", "`none` sends no traces.", default="otlp", read_by=BY)
OTEL_METRICS_EXPORTER = Text("OTEL_METRICS_EXPORTER", "`none` sends no metrics.", default="otlp", read_by=BY)
OTEL_SDK_DISABLED = Text(
    "OTEL_SDK_DISABLED", "`true` sends nothing, whatever else is set.", default="false", read_by=BY
)
OTEL_METRIC_EXPORT_INTERVAL = Text(
    "OTEL_METRIC_EXPORT_INTERVAL", "How often metrics are sent, in milliseconds.", default="60000", read_by=BY
)
OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE = Text(
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "`delta`: counters and histograms are sent as what came since the last time, which is simpler to add up in SQL. "
    "`cumulative`: as totals since the start of the process.",
    default="cumulative",
    read_by=BY,
)
OTEL_TRACES_SAMPLER = Text(
    "OTEL_TRACES_SAMPLER",
    "Which traces are recorded: `parentbased_always_on`, or `parentbased_traceidratio` with the share in "
    "`OTEL_TRACES_SAMPLER_ARG`, such as `0.1`. OpenTelemetry's SDK reads its other variables, too.",
    default="parentbased_always_on",
    read_by=BY,
)
OTEL_PROPAGATORS = Text(
    "OTEL_PROPAGATORS",
    "`none`: agents are not told of the trace. Baggage is never passed on.",
    default="tracecontext,baggage",
    read_by=BY,
)
GROUP = Group(
    "Metrics and traces",
    (
        OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_EXPORTER_OTLP_PROTOCOL,
        OTEL_SERVICE_NAME,
        OTEL_RESOURCE_ATTRIBUTES,
        OTEL_TRACES_EXPORTER,
        OTEL_METRICS_EXPORTER,
        OTEL_SDK_DISABLED,
        OTEL_METRIC_EXPORT_INTERVAL,
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE,
        OTEL_TRACES_SAMPLER,
        OTEL_PROPAGATORS,
    ),
)

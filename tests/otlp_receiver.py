"""A receiver of OpenTelemetry's protocol, with the official services and messages: it keeps what it is sent."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import grpc
from google.protobuf.message import Message
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

Attributes = dict[str, Any]
Point = tuple[Attributes, float]


class Received:
    """What has come so far, from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[Any] = []
        self.url = ""

    def take(self, request: Message) -> None:
        with self._lock:
            self._requests.append(request)

    @property
    def text(self) -> str:
        """Everything, as text."""
        with self._lock:
            return "\n".join(map(str, self._requests))

    @property
    def resources(self) -> list[Attributes]:
        return [attributes_of(each.resource.attributes) for each in (*self._all("spans"), *self._all("metrics"))]

    @property
    def spans(self) -> list[Any]:
        return [span for resource in self._all("spans") for scope in resource.scope_spans for span in scope.spans]

    @property
    def metrics(self) -> list[Any]:
        """In the order in which they came, so that of equal names the last one is the present."""
        return [each for resource in self._all("metrics") for scope in resource.scope_metrics for each in scope.metrics]

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]

    def now(self, metric: str) -> list[Point]:
        """The last values: of a sum its value, of a histogram how many it has counted."""
        for each in reversed(self.metrics):
            if each.name == metric:
                kind = each.WhichOneof("data")
                points = getattr(each, kind).data_points
                return [(attributes_of(point.attributes), _value(kind, point)) for point in points]
        return []

    def value(self, metric: str, **attributes: str) -> float:
        """The last value of the point with these attributes among others; names have `__` for a dot. 0 if none."""
        wanted = {name.replace("__", "."): value for name, value in attributes.items()}
        return sum(value for found, value in self.now(metric) if wanted.items() <= found.items())

    def _all(self, signal: str) -> list[Any]:
        with self._lock:
            field = f"resource_{signal}"
            return [each for request in self._requests if hasattr(request, field) for each in getattr(request, field)]


def attributes_of(pairs: Any) -> Attributes:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def _value(kind: str, point: Any) -> float:
    return float(point.count if kind == "histogram" else getattr(point, point.WhichOneof("value")))


class _Traces(trace_service_pb2_grpc.TraceServiceServicer):  # type: ignore[misc]
    def __init__(self, received: Received) -> None:
        self._received = received

    def Export(self, request: Any, context: Any) -> Any:
        self._received.take(request)
        return trace_service_pb2.ExportTraceServiceResponse()


class _Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):  # type: ignore[misc]
    def __init__(self, received: Received) -> None:
        self._received = received

    def Export(self, request: Any, context: Any) -> Any:
        self._received.take(request)
        return metrics_service_pb2.ExportMetricsServiceResponse()


@contextmanager
def grpc_receiver() -> Iterator[Received]:
    received = Received()
    server = grpc.server(ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(_Traces(received), server)
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(_Metrics(received), server)
    received.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield received
    server.stop(None).wait()


REQUESTS = {
    "/v1/traces": trace_service_pb2.ExportTraceServiceRequest,
    "/v1/metrics": metrics_service_pb2.ExportMetricsServiceRequest,
}


@contextmanager
def http_receiver() -> Iterator[Received]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = REQUESTS[self.path]()
            request.ParseFromString(self.rfile.read(int(self.headers["content-length"])))
            received.take(request)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield received
        server.shutdown()
        thread.join()

"""Where the rest of the app says what happens.

Until `use` is called, nobody listens: nothing of OpenTelemetry's SDK is loaded, a figure costs one comparison, and
every span is OFF. So the app calls this from any thread, without asking whether telemetry is on.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from lib.telemetry.instruments import Instrument

Value = str | int | float


class Span(Protocol):
    """One piece of work, with a beginning and an end. Attributes are words of ATTRIBUTES."""

    @property
    def trace_id(self) -> str | None:
        """As in logs and headers: 32 hexadecimal digits; None while telemetry is off."""

    def child(self, name: str, *, is_call: bool = False, **attributes: Value | None) -> AbstractContextManager[object]:
        """A part of the work, for as long as the context lasts, and an error if an exception leaves it.

        A call is answered by another process, whose spans may follow (`trace_headers`).
        """

    def past_child(self, name: str, began_ns: int) -> None:
        """A part of the work that ends now."""

    def end(self, failure: str | None = None, **attributes: Value | None) -> None:
        """Now. Further calls do nothing. `failure` is the word for why it went wrong."""


class _Off:
    trace_id = None

    def child(self, name: str, *, is_call: bool = False, **attributes: Value | None) -> AbstractContextManager[object]:
        return _NOTHING

    def past_child(self, name: str, began_ns: int) -> None: ...

    def end(self, failure: str | None = None, **attributes: Value | None) -> None: ...


_NOTHING: AbstractContextManager[object] = nullcontext()
OFF: Span = _Off()


class Recorder(Protocol):
    """What listens while telemetry is on."""

    def record(self, instrument: Instrument, value: float, attributes: Mapping[str, str | None]) -> None: ...

    def span(self, name: str, began_ns: int, attributes: Mapping[str, Value | None]) -> Span: ...

    def headers(self) -> dict[str, str]: ...

    def trace_id(self) -> str | None: ...


_recorder: Recorder | None = None


def use(recorder: Recorder | None) -> None:
    """Let it hear of everything from now on; None ends that."""
    global _recorder
    _recorder = recorder


def record(instrument: Instrument, value: float = 1, /, **attributes: str | None) -> None:
    """Add to a counter, or to a histogram. An attribute that is None is left out."""
    if _recorder is not None:
        _recorder.record(instrument, value, attributes)


def begin_span(name: str, began_ns: int, /, **attributes: Value | None) -> Span:
    """A span that began then, by `time.time_ns`, within the request that is being served, if there is one."""
    return OFF if _recorder is None else _recorder.span(name, began_ns, attributes)


def trace_headers() -> dict[str, str]:
    """What a request to another process carries, so that its spans belong to the same trace."""
    return {} if _recorder is None else _recorder.headers()


def trace_field() -> dict[str, str | None]:
    """The id of the trace that is being recorded, for a log line; empty while telemetry is off."""
    return {} if _recorder is None else {"trace_id": _recorder.trace_id()}

"""Turns telemetry on for the process, if OpenTelemetry's variables ask for it."""

import logging
from collections.abc import Callable, Mapping

from lib.telemetry import recording
from lib.telemetry.instruments import Gauges
from lib.telemetry.signals import Signals, Unsupported, wanted

log = logging.getLogger("lakechat.telemetry")


def start(environ: Mapping[str, str], gauges: Gauges) -> Callable[[], None]:
    """Returns what turns it off again, which takes two seconds at most.

    Variables that cannot be followed leave it off, with an error in the log: the app does without it.
    """
    try:
        signals = wanted(environ)
        return _start(signals, gauges) if not signals.is_off else _nothing
    except Unsupported as error:
        log.error("Telemetry is off: %s", error)
    except Exception as error:  # the SDK's own, for one of its variables
        log.error("Telemetry is off: OpenTelemetry's SDK does not start with the OTEL_* variables (%r).", error)
    return _nothing


def _start(signals: Signals, gauges: Gauges) -> Callable[[], None]:
    # Loading these takes half a second and 50 MB, which a process without telemetry is spared.
    from lib.telemetry.live import LiveRecorder
    from lib.telemetry.providers import Providers
    from lib.telemetry.redaction import hide_headers

    hide_headers()
    providers = Providers(signals)
    recording.use(LiveRecorder(providers.meters, providers.tracers, gauges))
    log.info("Telemetry is on: traces by %s, metrics by %s.", signals.traces or "none", signals.metrics or "none")

    def stop() -> None:
        recording.use(None)
        providers.close()

    return stop


def _nothing() -> None:
    """There is nothing to turn off."""

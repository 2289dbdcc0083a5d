"""How much of an answer a crash costs, and how soon readers and stops reach a running answer."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median, quantiles

from httpx_sse import connect_sse

from bench.asked import TOKENS_A_SECOND, Asked, Line, http, until
from tests.chaos.stage import Stage

KILLED_AT, KILLED_OF = 30, 60
TRIALS = 20
ATTACHED_AT = 500


def after_kill(on: Stage) -> list[Line]:
    tokens = sorted(missing_after_kill(on) for _ in range(TRIALS))
    least, middle, most = tokens[0], median(tokens), tokens[-1]
    milliseconds = [f"{count * 1000 / TOKENS_A_SECOND:g}" for count in (least, middle, most)]
    return [
        (f"missing after kill -9 at token {KILLED_AT} of {KILLED_OF}: tokens", f"{least} / {middle:g} / {most}"),
        (f"  the same as time of the answer, min/median/max of {TRIALS}", " / ".join(milliseconds) + " ms"),
    ]


def missing_after_kill(on: Stage) -> int:
    """Kill the app during an answer, restart it, which recovers the answer at once, and count the missing tokens."""
    asked = Asked(on, KILLED_OF)
    until(lambda: asked.tokens_said >= KILLED_AT)
    said = asked.said
    on.apps[0].kill()
    on.forget_heartbeats()
    on.apps[0].start()
    until(asked.stored)
    status, content = asked.stored() or ("", "")
    if status != "interrupted" or not asked.whole.startswith(content):
        raise SystemExit(f"After kill -9 the answer is {status}: {content!r}")
    return said.count(" ") - content.count(" ")


def attaching(on: Stage) -> list[Line]:
    """Attach to each turn once in each process, so that no reader finds anything cached by an earlier one."""
    running = [Asked(on, ATTACHED_AT * 10) for _ in range(TRIALS)]
    until(lambda: all(asked.tokens_said >= ATTACHED_AT for asked in running))
    lines = []
    for app, where in ((0, "in the same process"), (1, "from another process")):
        took = [seconds_to_all(asked, app) for asked in running]
        lines.append((f"re-attach to {ATTACHED_AT}+ chunks {where}, p50 / p95", _p50_p95(took)))
    for asked in running:
        asked.post(0, "stop")
    until(lambda: all(asked.stored() for asked in running))
    return lines


def seconds_to_all(asked: Asked, app: int) -> float:
    """From the request until the reader has as much as the agent had said before the request."""
    had, got, began = asked.tokens_said, 0, time.monotonic()
    with http() as client, connect_sse(client, "GET", f"{asked.url(app)}/api/chat/{asked.chat_id}/stream") as source:
        for event in source.iter_sse():
            got += '"response.output_text.delta"' in event.data
            if got >= had:
                return time.monotonic() - began
    raise SystemExit("The stream ended early.")


def stopping(on: Stage) -> list[Line]:
    return [("stop at another process until the agent is hung up on, p50 / p95", _p50_p95(list(_stops(on))))]


def _stops(on: Stage) -> Iterator[float]:
    """Stop at tokens 5, 8, 11…, so that stops are spread over the interval between two checks for stop requests."""
    for number in range(TRIALS):
        asked = Asked(on, 500)
        until(partial(asked.has_said, 5 + 3 * number))
        began = time.monotonic()
        asked.post(1, "stop")
        until(asked.is_over)
        yield time.monotonic() - began
        until(asked.stored)


def _p50_p95(seconds: Sequence[float]) -> str:
    cuts = quantiles(seconds, n=20)
    return f"{median(seconds) * 1000:.0f} ms / {cuts[18] * 1000:.0f} ms"

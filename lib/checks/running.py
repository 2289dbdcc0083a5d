"""Runs checks beside each other, bounded in number and in time, and tells what is found as it comes."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Event, Semaphore, Thread

from lib.checks.asking import NoAnswer
from lib.checks.finding import Finding

log = logging.getLogger("lakechat.checks")
MOST_SECONDS = 15.0
"""For all checks of a plan together. What has not come by then is unknown."""
MOST_AT_ONCE = 6


@dataclass(frozen=True)
class Check:
    """`find` may block, and may raise NoAnswer. `name` is that of its finding if it cannot be made."""

    name: str
    find: Callable[[], Iterable[Finding]]


@dataclass(frozen=True)
class Report:
    """What was found so far, in the order of the checks; `pending` are the names of those that still run."""

    findings: tuple[Finding, ...]
    pending: tuple[str, ...]
    checked_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def reports(checks: Sequence[Check], seconds: float = MOST_SECONDS) -> Iterator[Report]:
    """A report at once, then one after each check; the last has no pending ones. Takes at most so many seconds."""
    found: list[Sequence[Finding] | None] = [None] * len(checks)
    made = _made_in_threads(checks, time.monotonic() + seconds)
    yield _report(checks, found)
    for number, findings in made:
        found[number] = findings
        yield _report(checks, found)
    if None in found:
        late = [_unknown(check, f"There was no answer within {seconds:g} seconds.") for check in checks]
        yield _report(checks, [unknown if each is None else each for unknown, each in zip(late, found, strict=True)])


def _made_in_threads(checks: Sequence[Check], ends_at: float) -> Iterator[tuple[int, Sequence[Finding]]]:
    """Numbers of checks with what they found, as they end. The threads are daemons: a silent host must not keep the
    process from ending.
    """
    ended: SimpleQueue[tuple[int, Sequence[Finding]]] = SimpleQueue()
    turns, is_over = Semaphore(MOST_AT_ONCE), Event()

    def run(number: int, check: Check) -> None:
        with turns:
            if not is_over.is_set():
                ended.put((number, _made(check)))

    for number, check in enumerate(checks):
        Thread(target=run, args=(number, check), name="check", daemon=True).start()
    try:
        for _ in checks:
            yield ended.get(timeout=max(0.0, ends_at - time.monotonic()))
    except Empty:
        return
    finally:
        is_over.set()


def _made(check: Check) -> Sequence[Finding]:
    try:
        return tuple(check.find())
    except NoAnswer as error:
        return _unknown(check, str(error))
    except Exception as error:  # one check that fails must not hide what the others find
        log.warning("The check of %s failed (%s).", check.name, type(error).__name__)
        return _unknown(check, f"This check itself failed ({type(error).__name__}).")


def _unknown(check: Check, says: str) -> Sequence[Finding]:
    return (Finding(check.name, "unknown", says),)


def _report(checks: Sequence[Check], found: Sequence[Sequence[Finding] | None]) -> Report:
    findings = tuple(finding for each in found if each is not None for finding in each)
    return Report(findings, tuple(check.name for check, each in zip(checks, found, strict=True) if each is None))

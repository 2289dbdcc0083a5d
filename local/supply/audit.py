"""`make audit`: are there known vulnerabilities in the packages that the lock files list?

It fails on one in what is deployed. What only laptops and tests use is reported: nobody can reach it from outside.
Exit code: 0 no, 1 yes (or audit.toml is wrong), 2 the question could not be answered.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Thread

from local.supply import accepted, lock_file
from local.supply.accepted import Accepted
from local.supply.osv import URL, Package, Unreachable, Vulnerability, known_vulnerabilities

MAX_SECONDS = 10.0
NONE_KNOWN, FAILED, NOT_CHECKED = 0, 1, 2


@dataclass(frozen=True)
class Verdict:
    code: int
    says: str


@dataclass
class _Answer:
    failure: Exception | None
    found: list[Vulnerability] = field(default_factory=list)


def main() -> int:
    """Print the verdict on the lock files and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.supply.audit", description=__doc__)
    parser.add_argument("--url", default=URL, help="a mirror of OSV's database, with its API")
    arguments = parser.parse_args()
    verdict = audit(arguments.url)
    print(verdict.says)
    return verdict.code


def audit(
    url: str = URL, exceptions: Path = accepted.FILE, today: date | None = None, max_seconds: float = MAX_SECONDS
) -> Verdict:
    """Never takes much longer than `max_seconds`."""
    deployed = packages(lock_file.DEPLOYED)
    everything = sorted({*deployed, *(each for path in lock_file.all_locks() for each in packages(path))})
    try:
        allowed = accepted.read(exceptions)
    except accepted.BadFile as failure:
        return Verdict(FAILED, str(failure))
    try:
        found = _bounded(everything, url, max_seconds)
    except Unreachable as failure:
        return Verdict(NOT_CHECKED, f"Nobody knows whether the packages have known vulnerabilities: {failure}.")
    counts = f"{len(deployed)} deployed packages and {len(everything) - len(deployed)} of laptops and tests"
    return verdict(found, deployed, allowed, today or date.today(), counts)  # noqa: DTZ011 - a day, wherever one is


def packages(path: Path) -> set[Package]:
    return {Package(each.name, each.version) for each in lock_file.read(path)}


def verdict(
    found: Sequence[Vulnerability], deployed: set[Package], allowed: Sequence[Accepted], today: date, counts: str
) -> Verdict:
    """Every line that a person has to know of, what fails first."""
    standing = [each for each in allowed if each.until >= today]
    open_ = [each for each in found if not any(entry.covers(each) for entry in standing)]
    failing = [each for each in open_ if each.package in deployed]
    lines = [
        *(f"VULNERABLE, deployed: {_line(each)}" for each in failing),
        *(f"On laptops and in tests only: {_line(each)}" for each in open_ if each not in failing),
        *(note for each in allowed if (note := _outdated(each, found, today))),
        f"Known vulnerabilities in {counts}: {len(open_)}, accepted: {len(found) - len(open_)}.",
    ]
    return Verdict(FAILED if failing else NONE_KNOWN, "\n".join(lines))


def _outdated(entry: Accepted, found: Sequence[Vulnerability], today: date) -> str:
    if not any(entry.covers(each) for each in found):
        return f"{entry.id} ({entry.package}) is accepted in {accepted.FILE.name}, but not found any more: remove it."
    return f"{entry.id} ({entry.package}) was accepted until {entry.until}." if entry.until < today else ""


def _line(found: Vulnerability) -> str:
    names = ", ".join(sorted(found.ids))
    fixed = f" Fixed in {', '.join(found.fixed_in)}." if found.fixed_in else " No fix is known."
    return f"{found.package.name} {found.package.version}: {names}: {found.summary.rstrip('.')}.{fixed}"


def _bounded(asked: Sequence[Package], url: str, max_seconds: float) -> list[Vulnerability]:
    """Ask in a thread that is left behind when it takes too long: looking up a host name cannot be interrupted."""
    answer = _Answer(failure=Unreachable(f"no answer from {url} in {max_seconds:g} s"))

    def ask() -> None:
        try:
            answer.found, answer.failure = known_vulnerabilities(asked, url), None
        except Exception as failure:
            answer.failure = failure

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(max_seconds)
    if answer.failure:
        raise answer.failure
    return answer.found


if __name__ == "__main__":
    sys.exit(main())

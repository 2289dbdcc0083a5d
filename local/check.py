"""The checks of `make test` and CI, cheapest first, up to the first failure. `--fast` is `make test-fast`.

Tests run in several processes, since many of them wait for a timer or a server. Each process has its own Postgres,
local workspace, app and browser, so no test meets one of another process. What tests share on purpose is safe for two:
ports are the system's choice, temporary folders have random names, and the journal of an app is named by its database.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from local import browser
from local.supply.audit import FAILED, NONE_KNOWN, NOT_CHECKED, audit
from local.supply.osv import URL

ROOT = Path(__file__).parents[1]
STATIC_CHECKS = {
    "ruff format --check": ("ruff", "format", "--check", "."),
    "ruff check": ("ruff", "check", "."),
    "mypy": ("mypy",),
}
TESTS = ("tests/unit", "tests/local", "tests/integration", "tests/chaos", "tests/app", "tests/browser")
# Tests of the core with a real Postgres and a local agent, without those that start processes, fill tables or wait.
FAST_TESTS = (
    "tests/unit",
    "tests/integration/test_store.py",
    "tests/integration/test_api.py",
    "tests/integration/test_agent_formats.py",
)
MAX_PROCESSES = 6
AUDIT_WORDS = {NONE_KNOWN: "ok", FAILED: "FAILED", NOT_CHECKED: "NOT CHECKED"}


def main() -> int:
    """The exit code of the first check that failed, else of pytest, whose summary is the last line printed."""
    parser = argparse.ArgumentParser(prog="python -m local.check", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="leave out the tests that take long")
    is_fast = parser.parse_args().fast
    for name, arguments in STATIC_CHECKS.items():
        if code := _stage(name, partial(_quietly, *arguments)):
            return code
    if not is_fast and (code := _audit() or _stage("chromium", _browser)):
        return code
    # The second pass over Postgres 16 runs the store's tests again; the inner loop leaves it out.
    return _tests(FAST_TESTS, "-k", "not pg16") if is_fast else _tests(TESTS)


def _stage(name: str, check: Callable[[], tuple[int, str]]) -> int:
    """Run one check under a heading line with its seconds, and show what it printed only if it failed."""
    print(f"== {name}", end="", flush=True)
    started = time.monotonic()
    code, output = check()
    print(f"  {time.monotonic() - started:.1f} s  {'FAILED' if code else 'ok'}", flush=True)
    if code:
        print(output.rstrip(), flush=True)
    return code


def _quietly(*arguments: str) -> tuple[int, str]:
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


def _audit(url: str = URL) -> int:
    """Ask about known vulnerabilities and show the answer. Where nobody can say, as offline, the tests go on."""
    print("== audit", end="", flush=True)
    started = time.monotonic()
    verdict = audit(url)
    print(f"  {time.monotonic() - started:.1f} s  {AUDIT_WORDS[verdict.code]}\n{verdict.says}", flush=True)
    return verdict.code if verdict.code != NOT_CHECKED else 0


def _browser() -> tuple[int, str]:
    """Find it once, for every process of the tests."""
    try:
        os.environ[browser.VARIABLE] = str(browser.find_or_install())
    except browser.NoBrowser as missing:
        return 1, str(missing)
    return 0, ""


def _tests(paths: Sequence[str], *options: str) -> int:
    """Run all tests in one pytest, so that one summary counts them all, in the order of `paths`."""
    processes = min((os.cpu_count() or 1) + 1, MAX_PROCESSES)
    print(f"== pytest {' '.join(paths)}", flush=True)
    command = [sys.executable, "-m", "pytest", "--exitfirst", "--durations=20"]
    # On a busy machine one test of thousands may be interrupted at the wrong moment. What failed at first is printed.
    command += ["--reruns=1"]
    # `loadgroup` hands out tests one by one; an `xdist_group` stays in one process, to share something expensive.
    command += [f"--numprocesses={processes}", "--dist=loadgroup", "--no-loadscope-reorder"]
    return subprocess.run([*command, *options, *paths], cwd=ROOT, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())

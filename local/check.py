"""All that `make test` and CI check, in rising cost; stops at the first red."""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from local.browser import NoBrowser, find_or_install

ROOT = Path(__file__).parents[1]
STATIC_CHECKS = {
    "ruff format --check": ("ruff", "format", "--check", "."),
    "ruff check": ("ruff", "check", "."),
    "mypy": ("mypy",),
}
TESTS = ("tests/unit", "tests/local", "tests/integration", "tests/chaos", "tests/app", "tests/browser")


def main() -> int:
    """The exit code of the first check that failed, else of pytest, whose summary is the last line printed."""
    for name, arguments in STATIC_CHECKS.items():
        if code := _stage(name, partial(_quietly, *arguments)):
            return code
    folders = [folder for folder in TESTS if any((ROOT / folder).rglob("test_*.py"))]
    if "tests/browser" in folders and (code := _stage("chromium", _browser)):
        return code
    return _tests(folders)


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


def _browser() -> tuple[int, str]:
    try:
        return 0, str(find_or_install())
    except NoBrowser as missing:
        return 1, str(missing)


def _tests(folders: list[str]) -> int:
    """All tests in one process and in the order given, so that one summary counts them all."""
    print(f"== pytest {' '.join(folders)}", flush=True)
    command = [sys.executable, "-m", "pytest", "--exitfirst", *folders]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())

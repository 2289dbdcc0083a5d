"""Finds a Chromium for the browser tests, and installs one where there is none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
INSTALL_TIMEOUT_SECONDS = 600
START_TIMEOUT_SECONDS = 30

# Without these Chromium calls its maker's hosts at every start; tests must reach nothing but localhost.
LAUNCH_ARGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
    "--no-first-run",
    # Chromium refuses to start as root (containers, CI) with its sandbox on.
    *(["--no-sandbox"] if IS_ROOT else []),
]


class NoBrowser(Exception):
    """There is no Chromium here and none could be installed; the text tells a person what to do."""

    def __init__(self) -> None:
        super().__init__(
            "The browser tests need Chromium, and it could not be installed: put `chromium` or "
            "`google-chrome` on PATH, or run `python -m playwright install --with-deps chromium`."
        )


def find_or_install() -> Path:
    """The first Chromium that starts: on PATH, Debian's package, Playwright's download. Raises NoBrowser."""
    for candidate in _candidates():
        if candidate and _starts(candidate):
            return Path(candidate)
    raise NoBrowser


def _candidates() -> Iterator[str | None]:
    """From cheap to dear; a later one is not installed before the earlier ones were refused."""
    yield from map(shutil.which, NAMES)
    if IS_ROOT and shutil.which("apt-get"):
        _install_from_debian()
        yield shutil.which(NAMES[0])
    if _run(sys.executable, "-m", "playwright", "install", "chromium"):
        with sync_playwright() as playwright:
            yield playwright.chromium.executable_path


def _starts(program: str) -> bool:
    # Ubuntu's `chromium-browser` is a stub that only says how to install a snap.
    return _run(program, "--version", timeout_seconds=START_TIMEOUT_SECONDS)


def _install_from_debian() -> bool:
    """A new machine has no package lists; one that has them is spared the update."""
    install = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
    return _run(*install) or (_run("apt-get", "update") and _run(*install))


def _run(*command: str, timeout_seconds: float = INSTALL_TIMEOUT_SECONDS) -> bool:
    """Whether the command ended well in time; what it printed is of no use to anyone."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        ended = subprocess.run(command, env=quiet, capture_output=True, timeout=timeout_seconds, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoBrowser as missing:
        sys.exit(str(missing))

"""Finds a Chromium for the browser tests, and installs one where there is none."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
INSTALL_TIMEOUT_SECONDS = 600
START_TIMEOUT_SECONDS = 60
LINES_SAID = 3

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
    """There is no Chromium here and none could be installed; the text tells a person why, and what to do."""

    def __init__(self, tried: list[str]) -> None:
        super().__init__(
            "The browser tests need Chromium, and it could not be installed. Put `chromium` or `google-chrome` on "
            "PATH, or run `python -m playwright install --with-deps chromium`. What was tried:\n" + "\n".join(tried)
        )


def find_or_install() -> Path:
    """The first Chromium that starts: on PATH, Debian's package, Playwright's download. Raises NoBrowser."""
    tried: list[str] = []
    for candidate in _candidates(tried):
        if candidate and not (trouble := _trouble(candidate, "--version", timeout_seconds=START_TIMEOUT_SECONDS)):
            return Path(candidate)
        if candidate:
            # Ubuntu's `chromium-browser` is a stub that only says how to install a snap.
            tried.append(trouble)
    raise NoBrowser(tried)


def _candidates(tried: list[str]) -> Iterator[str | None]:
    """From cheap to dear; a later one is not installed before the earlier ones were refused."""
    yield from map(shutil.which, NAMES)
    if IS_ROOT and shutil.which("apt-get"):
        # Lists that are months old name packages which their server has no more; without new ones they may still do.
        for arguments in (("update",), ("install", "--yes", "--no-install-recommends", "chromium")):
            tried += filter(None, [_trouble("apt-get", *arguments)])
        yield shutil.which(NAMES[0])
    download = _trouble(sys.executable, "-m", "playwright", "install", "chromium")
    tried += filter(None, [download])
    if not download:
        with sync_playwright() as playwright:
            yield playwright.chromium.executable_path


def _trouble(*command: str, timeout_seconds: float = INSTALL_TIMEOUT_SECONDS) -> str:
    """Why the command did not end well in time, in a line; empty when it did."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        ended = subprocess.run(  # noqa: S603
            command, env=quiet, capture_output=True, text=True, errors="replace", timeout=timeout_seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{shlex.join(command)}: {error}"
    said = [line.strip() for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]
    return f"{shlex.join(command)}: {' '.join(said[-LINES_SAID:])}" if ended.returncode else ""


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoBrowser as missing:
        sys.exit(str(missing))

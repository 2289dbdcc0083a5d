"""Find a Chromium for the browser tests, or install one."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

# Chromium without windows and menus: with it the tests take over a quarter less time than with a whole browser.
HEADLESS_SHELL = "chromium-headless-shell"
WHOLE_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Names another one, such as a whole browser to look at a test that fails.
VARIABLE = "CHROMIUM"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
INSTALL_TIMEOUT_SECONDS = 600
START_TIMEOUT_SECONDS = 60
LINES_SAID = 3
# Whoever has a browser need not wait long for a quicker one.
OPTIONAL_TIMEOUT_SECONDS = 60

# Without these, Chromium contacts its vendor at every start; tests must reach only localhost.
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
    """There is no Chromium and none could be installed; the message says why, and what to do."""

    def __init__(self, tried: list[str]) -> None:
        super().__init__(
            "The browser tests need Chromium, and it could not be installed. Put `chromium` or `google-chrome` on "
            "PATH, or run `python -m playwright install --with-deps chromium`. What was tried:\n" + "\n".join(tried)
        )


def find_or_install() -> Path:
    """The Chromium that CHROMIUM names, else the first that starts: Debian's headless shell, a browser on PATH,
    Playwright's download. Raises NoBrowser.
    """
    tried: list[str] = []
    if not _has_driver(tried):
        raise NoBrowser(tried)
    named = os.environ.get(VARIABLE)
    for candidate in _candidates(tried) if not named else [shutil.which(named)]:
        if candidate and not (failure := _failure(candidate, "--version", timeout_seconds=START_TIMEOUT_SECONDS)):
            return Path(candidate)
        if candidate:
            # Ubuntu's `chromium-browser` is a stub that only says how to install a snap.
            tried.append(failure)
    raise NoBrowser([f"{VARIABLE}={named} does not start", *tried] if named else tried)


def _has_driver(tried: list[str]) -> bool:
    """Whether Playwright's own program starts. On a bare Debian its Node lacks a library, which is installed here."""
    check = (sys.executable, "-m", "playwright", "--version")
    if not _failure(*check):
        return True
    _install("libatomic1", tried)
    failure = _failure(*check)
    tried += filter(None, [failure])
    return not failure


def _candidates(tried: list[str]) -> Iterator[str | None]:
    """In the order of preference; a candidate is installed only after all earlier ones failed."""
    yield shutil.which(HEADLESS_SHELL)
    whole_browsers = [path for path in map(shutil.which, WHOLE_BROWSERS) if path]
    if _install(HEADLESS_SHELL, tried, OPTIONAL_TIMEOUT_SECONDS if whole_browsers else INSTALL_TIMEOUT_SECONDS):
        yield shutil.which(HEADLESS_SHELL)
    yield from whole_browsers
    download = _failure(sys.executable, "-m", "playwright", "install", "chromium")
    tried += filter(None, [download])
    if not download:
        with sync_playwright() as playwright:
            yield playwright.chromium.executable_path


def _install(package: str, tried: list[str], timeout_seconds: float = INSTALL_TIMEOUT_SECONDS) -> bool:
    """With Debian's tools. False where they, or the rights to use them, are missing."""
    if not (IS_ROOT and shutil.which("apt-get")):
        return False
    # Package lists that are months old name versions that are gone; if updating fails, they may still work.
    for arguments in (("update",), ("install", "--yes", "--no-install-recommends", package)):
        tried += filter(None, [_failure("apt-get", *arguments, timeout_seconds=timeout_seconds)])
    return True


def _failure(*command: str, timeout_seconds: float = INSTALL_TIMEOUT_SECONDS) -> str:
    """One line about why the command failed or ran out of time; empty when it succeeded."""
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

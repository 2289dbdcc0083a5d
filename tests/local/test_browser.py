"""Where the tests' Chromium comes from, on a machine with other programs on its PATH."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.browser import HEADLESS_SHELL, IS_ROOT, VARIABLE

PROJECT = Path(__file__).parents[2]
# Puts a browser there only when its lists are new, as a server does that has no old packages any more.
APT = """#!/bin/sh
echo "$*" >> {here}/asked
case "$1" in
update) {update} ;;
install) [ -e {here}/lists ] && printf '#!/bin/sh\\n' > {here}/{shell} && /bin/chmod +x {here}/{shell} ||
  {{ echo "E: 404 Not Found" >&2; exit 100; }} ;;
esac
"""
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root installs packages")


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def apt(here: Path, update: str) -> None:
    program(here / "apt-get", APT.format(here=here, shell=HEADLESS_SHELL, update=update))


def find(here: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Look for a browser as `make test` does, on a machine with only these programs and without network."""
    nowhere = "http://127.0.0.1:9"
    environment = {**os.environ, "PATH": str(here), "PLAYWRIGHT_DOWNLOAD_HOST": nowhere, "HTTPS_PROXY": nowhere}
    environment |= {"PLAYWRIGHT_BROWSERS_PATH": str(here / "browsers"), VARIABLE: "", **variables}
    command = [sys.executable, "-m", "local.browser"]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def test_a_browser_on_the_path_is_used_and_one_that_does_not_start_is_skipped(tmp_path: Path) -> None:
    program(tmp_path / "chromium-browser", "#!/bin/sh\necho 'install the snap'; exit 1\n")
    program(tmp_path / "google-chrome", "#!/bin/sh\n")
    assert find(tmp_path).stdout.strip() == str(tmp_path / "google-chrome")


def test_the_headless_shell_comes_before_a_whole_browser(tmp_path: Path) -> None:
    for name in ("chromium", HEADLESS_SHELL):
        program(tmp_path / name, "#!/bin/sh\n")
    assert find(tmp_path).stdout.strip() == str(tmp_path / HEADLESS_SHELL)


def test_the_browser_that_a_variable_names_is_the_only_one(tmp_path: Path) -> None:
    for name in (HEADLESS_SHELL, "mine"):
        program(tmp_path / name, "#!/bin/sh\n")
    for name in ("mine", str(tmp_path / "mine")):
        assert find(tmp_path, **{VARIABLE: name}).stdout.strip() == str(tmp_path / "mine")
    program(tmp_path / "mine", "#!/bin/sh\nexit 1\n")
    for name in ("mine", "another"):
        ended = find(tmp_path, **{VARIABLE: name})
        assert ended.returncode == 1 and f"CHROMIUM={name} does not start" in ended.stderr


@needs_root
@pytest.mark.parametrize(("update", "found"), [(": > {here}/lists", HEADLESS_SHELL), ("exit 100", "chromium")])
def test_the_headless_shell_is_installed_beside_a_whole_browser_where_it_can_be(
    tmp_path: Path, update: str, found: str
) -> None:
    program(tmp_path / "chromium", "#!/bin/sh\n")
    apt(tmp_path, update.format(here=tmp_path))
    assert find(tmp_path).stdout.strip() == str(tmp_path / found)


@needs_root
def test_package_lists_are_refreshed_before_a_browser_is_installed(tmp_path: Path) -> None:
    apt(tmp_path, f": > {tmp_path}/lists")
    assert find(tmp_path).stdout.strip() == str(tmp_path / HEADLESS_SHELL)
    assert [line.split()[0] for line in (tmp_path / "asked").read_text().splitlines()] == ["update", "install"]


@needs_root
def test_a_browser_is_installed_although_package_lists_cannot_be_refreshed(tmp_path: Path) -> None:
    (tmp_path / "lists").touch()
    apt(tmp_path, "echo 'W: no network'; exit 100")
    assert find(tmp_path).stdout.strip() == str(tmp_path / HEADLESS_SHELL)


@needs_root
def test_without_any_browser_the_error_names_what_was_tried_and_what_to_do(tmp_path: Path) -> None:
    apt(tmp_path, "echo 'E: no network'; exit 100")
    ended = find(tmp_path)
    assert ended.returncode == 1
    for said in ("Put `chromium`", "apt-get update: E: no network", "apt-get install", "404 Not Found", "playwright"):
        assert said in ended.stderr
    assert "Traceback" not in ended.stderr.split("What was tried")[0]

"""The Makefile's targets and what the documentation says about them agree."""

import re
import subprocess
from pathlib import Path

import pytest

from local.check import FAST_TESTS, TESTS

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").glob("*.md")]


def targets() -> set[str]:
    """The targets as make itself reads them."""
    declared = re.search(r"^\.PHONY: (.+)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert declared
    return set(declared[1].split())


def test_help_lists_every_target_once() -> None:
    listed = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True)  # noqa: S607
    names = re.findall(r"^  make ([\w-]+) +\S", listed.stdout, re.MULTILINE)
    assert sorted(names) == sorted(targets())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_targets_that_exist(document: Path) -> None:
    named = set(re.findall(r"(?:`|^ *|\d )make ([a-z-]+)", document.read_text(), re.MULTILINE))
    assert named <= targets()


def test_the_readme_tells_how_to_run_and_to_test() -> None:
    assert {"run", "test", "test-fast"} <= set(re.findall(r"make ([a-z-]+)", DOCUMENTS[0].read_text()))


def test_every_folder_of_tests_is_run_and_the_quick_ones_are_there() -> None:
    folders = {f"tests/{path.name}" for path in (PROJECT / "tests").iterdir() if any(path.rglob("test_*.py"))}
    assert folders == set(TESTS)
    assert all((PROJECT / path).exists() for path in FAST_TESTS)

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
    command = ["make", "--no-print-directory", "help"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)  # noqa: S603
    names = re.findall(r"^  make ([\w-]+) +\S", listed.stdout, re.MULTILINE)
    assert sorted(names) == sorted(targets())
    assert [line for line in listed.stdout.splitlines() if len(line) > 80] == []  # the width of a terminal


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


def passed_on(folder: Path, *words: str) -> list[str]:
    """What a program of the project gets from `make`, after the name of its module."""
    program = folder / "bin" / "python"
    program.parent.mkdir(exist_ok=True)
    program.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    program.chmod(0o755)
    (folder / ".ready").touch()
    command = ["make", "--no-print-directory", f"VENV={folder}", *words]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.splitlines()[2:]


QUESTION = """What's "new" for $5 in $(HOME) or `id`? 100 % & more; *"""


def test_words_reach_the_programs_as_they_were_given(tmp_path: Path) -> None:
    """Neither make nor the shell may read anything into them."""
    starters = "starter_questions=Who?|Why?"
    deploying = passed_on(tmp_path, "deploy", f"ASK={QUESTION}", f"SET={starters} a=$b", "PROFILE=it's", "AGENT=a;b,$c")
    assert deploying == ["dev", "serving_endpoint=a;b,$c", starters, "a=$b", "--profile", "it's", "--ask", QUESTION]
    assert passed_on(tmp_path, "options", "OPTIONS=starters *", f"SET={starters}", "TARGET=$t") == [
        *("$t", "starters", "*", starters),
    ]
    checking = ["--target", "prod", "--profile", "a b", "serving_endpoint=$(x)", starters]
    assert passed_on(tmp_path, "doctor", "TARGET=prod", "PROFILE=a b", "AGENT=$(x)", f"SET={starters}") == checking
    assert passed_on(tmp_path, "validate", "AGENT=`x`") == ["--var", "serving_endpoint=`x`"]


def test_no_options_at_all_are_something_else_than_the_last_ones(tmp_path: Path) -> None:
    assert passed_on(tmp_path, "deploy") == ["dev"]
    assert passed_on(tmp_path, "deploy", "OPTIONS=", "AGENT=x") == ["dev", "--none", "serving_endpoint=x"]


def test_only_the_command_itself_can_force_a_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE", "1")
    assert passed_on(tmp_path, "deploy") == ["dev"]
    assert passed_on(tmp_path, "deploy", "FORCE=1") == ["dev", "--force"]

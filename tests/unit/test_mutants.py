"""Every file that `make mutants` changes and every test that it runs is there: a missing test notices any change."""

from pathlib import Path

from tests.mutants.__main__ import NOTICED_BY

ROOT = Path(__file__).parents[2]


def test_every_file_that_mutants_change_and_every_test_they_run_exists() -> None:
    named = [*NOTICED_BY, *(f"tests/{test}" for tests in NOTICED_BY.values() for test in tests.split())]
    assert [path for path in named if not (ROOT / path).is_file()] == []

"""`make validate` with a Databricks CLI on PATH, which asks the workspace who is signed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.bundle.validate import NOT_SIGNED_IN, report
from local.workspace import Workspace
from tests.local.cli_bench import Bench, bench


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with Workspace(None, role="app", client_id="app", client_secret="a secret") as running:
        yield running


@pytest.fixture
def laptop(workspace: Workspace, tmp_path: Path) -> Bench:
    return bench(workspace, tmp_path)


def test_a_cli_that_is_signed_in_is_asked(laptop: Bench) -> None:
    laptop.sign_in()
    done = report(["dev"], environ=laptop.environ)
    assert done.problems == ()
    assert done.checked.startswith("Checked by the Databricks CLI 1.13.0 (bundle validate --strict)")


def test_a_cli_that_is_not_signed_in_says_so(laptop: Bench) -> None:
    assert report(["dev", "prod"], environ=laptop.environ).problems == (NOT_SIGNED_IN,)

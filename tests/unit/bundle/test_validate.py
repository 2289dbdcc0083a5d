"""`make validate` finds nothing in what is checked in, and says which checks it made."""

import pytest

from local.bundle.validate import main


def test_the_bundle_as_it_is_checked_in_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--offline"]) == 0
    assert capsys.readouterr().out.startswith("No problems in the bundle. Checked offline only, by rules of our own")


def test_problems_are_listed_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dev", "--offline", "--var", "app_name=Lakechat", "--var", "lakebase_min_cu=0.1"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("2 problems in the bundle.")
    assert [line.strip().split(":")[0] for line in printed.err.splitlines()] == ["Target dev", "Target dev"]

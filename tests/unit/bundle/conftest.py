"""A bundle that a test may spoil."""

import shutil
from pathlib import Path

import pytest

from local.bundle.options import rendered
from local.bundle.reading import ROOT
from tests.unit.bundle.values import USUAL


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The bundle in a folder of its own, with an app of one line, and with no options, whatever is checked in."""
    for name in ("databricks.yml", "app.yaml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "targets").mkdir()
    for target, options in USUAL.items():
        (tmp_path / "targets" / f"{target}.yml").write_text(rendered(target, options, {}))
    (tmp_path / "app.py").write_text("import streamlit\n")
    return tmp_path

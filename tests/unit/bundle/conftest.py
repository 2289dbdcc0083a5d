"""A bundle that a test may spoil."""

import shutil
from pathlib import Path

import pytest

from local.bundle.reading import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The checked-in files of the bundle in a folder of their own, with an app of one line."""
    for name in ("databricks.yml", "app.yaml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "targets", tmp_path / "targets")
    (tmp_path / "app.py").write_text("import streamlit\n")
    return tmp_path

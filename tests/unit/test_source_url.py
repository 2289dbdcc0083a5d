"""Where a source of an answer can be opened."""

import pytest

from lib.workspace import source_url


def test_a_file_in_a_volume_leads_to_its_page_in_the_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", "adb-1.2.azuredatabricks.net")
    assert source_url("", "/Volumes/main/sales/docs/2026/a b.pdf") == (
        "https://adb-1.2.azuredatabricks.net/explore/data/volumes/main/sales/docs"
        "?volumePath=%2FVolumes%2Fmain%2Fsales%2Fdocs%2F2026&filePreviewPath=2026%2Fa%20b.pdf"
    )
    assert source_url("https://host/a", "/Volumes/main/sales/docs/a.pdf") == "https://host/a"


@pytest.mark.parametrize(
    "path", ["report.pdf", "", "/", "/Volumes/main", "/Volumes/a/b/c/../d", "//host/a/b/c/d", None]
)
def test_whatever_else_an_imported_file_names_leads_nowhere(path: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", "https://adb-1.2.azuredatabricks.net")
    assert source_url("", path) == ""


def test_without_a_workspace_there_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_HOST", raising=False)
    assert source_url("", "/Volumes/main/sales/docs/a.pdf") == ""

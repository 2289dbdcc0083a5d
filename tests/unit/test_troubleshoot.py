"""What docs/troubleshoot.md quotes is what the app says."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "troubleshoot.md"
PLATFORM = {"user token passthrough not enabled"}
"""Sentences of the platform."""


def quoted() -> list[str]:
    """The sentences in quotation marks in the first column."""
    rows = [line.split(" | ")[0] for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [sentence for row in rows for sentence in re.findall(r'"([^"]+)"', row)]


def said() -> str:
    """All texts in the code, one a line, and the Makefile."""
    files = [*(ROOT / "lib").rglob("*.py"), ROOT / "local" / "browser.py"]
    trees = [ast.parse(file.read_text()) for file in files]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return "\n".join([*texts, (ROOT / "Makefile").read_text()])


@pytest.mark.skipif(not PAGE.exists(), reason="this project has no docs/")
def test_what_the_page_quotes_is_what_the_app_says() -> None:
    texts = said()
    assert len(quoted()) > 15
    assert [sentence for sentence in quoted() if sentence not in texts and sentence not in PLATFORM] == []

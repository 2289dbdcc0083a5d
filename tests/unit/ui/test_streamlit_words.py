"""Streamlit's own words, as `assets/streamlit_words.js` expects them in the page."""

import re
from functools import cache
from pathlib import Path

import pytest
import streamlit

SCRIPT = Path(__file__).parents[3] / "assets" / "streamlit_words.js"
WORDS = re.findall(r'^    "(.+)": _\(', SCRIPT.read_text(), re.MULTILINE)
COMPOSED = {
    "Press Ctrl+Enter to apply": ("`Press ${", "`Ctrl`", "}+Enter to ${", "`apply`"),
    "Press ⌘+Enter to apply": ("`Press ${", "`⌘`", "}+Enter to ${", "`apply`"),
    "Press Enter to apply": ("`Press Enter to ${", "`apply`"),
    "Press Enter to submit form": ("`Press Enter to ${", "`submit form`"),
    "Upload files": ("`Upload ${", "`files`"),
}
"""What Streamlit puts together, and of what."""


@cache
def bundle() -> str:
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    return "\n".join(file.read_text() for file in folder.glob("*.js"))


def test_there_are_words() -> None:
    assert len(WORDS) > 60 and COMPOSED.keys() <= set(WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_streamlit_has_the_word(word: str) -> None:
    """If not, it is another one since an upgrade, and stays English."""
    if word in COMPOSED:
        assert all(piece in bundle() for piece in COMPOSED[word])
    else:
        assert any(f"{quote}{word}{quote}" in bundle() for quote in "`\"'")

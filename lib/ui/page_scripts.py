"""The scripts of ours that run with every page."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parents[2] / "assets"
SCRIPTS = (
    *("announce.js", "copy.js", "drafts.js", "echo.js", "focus.js", "follow.js", "notify.js", "roles.js"),
    *("settings.js", "shortcuts.js"),
)


def draw_page_scripts() -> None:
    """Draw them on every page, and hidden (assets/style). Each has an address, so the browser loads it once."""
    with st.container(key="page-scripts"):
        st.html(_tags(), unsafe_allow_javascript=True)


@cache
def _tags() -> str:
    return "".join(f'<script src="/assets/{name}?{_version(name)}"></script>' for name in SCRIPTS)


def _version(name: str) -> str:
    """Changes with the script, so that no browser goes on with an old one."""
    return sha256((ASSETS / name).read_bytes()).hexdigest()[:8]

"""The scripts of ours that run with every page."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

import streamlit as st

from lib.ui.language import language, texts_of_scripts

ASSETS = Path(__file__).parents[2] / "assets"
SCRIPTS = (
    *("announce.js", "code.js", "copy.js", "drafts.js", "echo.js", "focus.js", "follow.js", "notify.js", "roles.js"),
    *("settings.js", "shortcuts.js"),
)


def draw_page_scripts() -> None:
    """Draw them on every page, and hidden (assets/style). Each has an address, so the browser loads it once."""
    with st.container(key="page-scripts"):
        st.html(_language() + _tags(), unsafe_allow_javascript=True)


def _language() -> str:
    """Tells the browser the session's language, and the scripts below their texts in it."""
    # A `<` may begin what ends the script.
    texts = json.dumps(texts_of_scripts()).replace("<", "\\u003c")
    return f'<script>document.documentElement.lang = "{language()}"; window.lakechatTexts = {texts};</script>'


@cache
def _tags() -> str:
    return "".join(f'<script src="/assets/{name}?{_version(name)}"></script>' for name in SCRIPTS)


def _version(name: str) -> str:
    """Changes with the script, so that no browser goes on with an old one."""
    return sha256((ASSETS / name).read_bytes()).hexdigest()[:8]

"""The scripts of ours that run with every page."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

import streamlit as st

from lib.ui.language import N_, _, language, texts_of_scripts
from lib.ui.style import style_address

ASSETS = Path(__file__).parents[2] / "assets"
SCRIPTS = (
    *("page.js", "announce.js", "code.js", "copy.js", "drafts.js", "echo.js", "focus.js", "follow.js", "notify.js"),
    *("roles.js", "settings.js", "shortcuts.js", "sign_in.js", "streamlit_words.js", "title.js"),
)
WORDS_OF_RULES = {
    "--created": N_("Created"),
    "--control-key": N_("Ctrl"),
    "--broken-diagram": N_("This diagram is broken, so its source is shown."),
}
"""By the variable that a rule of the style sheet shows."""


def draw_page_scripts() -> None:
    """Draw them on every page, and hidden (assets/style). Each has an address, so the browser loads it once."""
    with st.container(key="page-scripts"):
        st.html(_values() + _tags(), unsafe_allow_javascript=True)


def _values() -> str:
    """What the scripts need to know of the session and the app."""
    words = {name: _(word) for name, word in WORDS_OF_RULES.items()}
    page = {"language": language(), "words": words, "style": style_address()}
    # A `<` may begin what ends the script.
    page_json, texts_json = (json.dumps(each).replace("<", "\\u003c") for each in (page, texts_of_scripts()))
    return f"<script>window.lakechatPage = {page_json}; window.lakechatTexts = {texts_json};</script>"


@cache
def _tags() -> str:
    return "".join(f'<script src="/assets/{name}?{asset_version(name)}"></script>' for name in SCRIPTS)


@cache
def asset_version(name: str) -> str:
    """Changes with the file, so that no browser goes on with an old one."""
    return sha256((ASSETS / name).read_bytes()).hexdigest()[:8]

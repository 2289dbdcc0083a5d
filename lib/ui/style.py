"""The style sheet of all pages: the rules of `assets/style`, with the colours of both themes as their variables."""

import re
from functools import cache
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parents[2] / "assets" / "style"
COMPACT = FOLDER.parent / "compact.css"
COLORS = {
    "primary": "primaryColor",
    "background": "backgroundColor",
    "secondary-background": "secondaryBackgroundColor",
    "text": "textColor",
    "link": "linkColor",
    "red": "redColor",
    "green-text": "greenTextColor",
    "gray-text": "grayTextColor",
    "orange-text": "orangeTextColor",
}
"""The part of a variable's name that varies (`--primary-color`), and the setting in `.streamlit/config.toml`."""
_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)


@cache
def style(*, created: str = "Created", control_key: str = "Ctrl", is_compact: bool = False) -> str:
    """For `st.html`. `created` is the word before the time at which a chat was begun."""
    variables = "".join(
        f"--{name}-color: light-dark({_color(name, 'light')}, {_color(name, 'dark')});" for name in COLORS
    )
    paths = [*sorted(FOLDER.glob("*.css")), *([COMPACT] if is_compact else [])]
    rules = "".join(_COMMENT.sub("", path.read_text()) for path in paths)
    return f"<style>:root {{ {variables} --created: '{created} '; --control-key: '{control_key}'; }}\n{rules}</style>"


def _color(name: str, theme: str) -> str:
    return str(st.get_option(f"theme.{theme}.{COLORS[name]}"))

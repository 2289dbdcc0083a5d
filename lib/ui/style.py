"""The style sheet of all pages: the rules of `assets/style`, with the colours of both themes as their variables.

The page that a browser loads first refers to it (`lib/web/first_page.py`), so it is there before anything is drawn.
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import streamlit as st

PATH = "/style.css"
FOLDER = Path(__file__).parents[2] / "assets" / "style"
COLORS = {
    "primary": "primaryColor",
    "background": "backgroundColor",
    "secondary-background": "secondaryBackgroundColor",
    "sidebar": "sidebar.backgroundColor",
    "text": "textColor",
    "link": "linkColor",
    "red": "redColor",
    "green-text": "greenTextColor",
    "gray-text": "grayTextColor",
    "orange-text": "orangeTextColor",
}
"""The part of a variable's name that varies (`--primary-color`), and the setting in `.streamlit/config.toml`."""
_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)


def style_address() -> str:
    """Changes with the rules, so that no browser goes on with old ones."""
    return f"{PATH}?{_version()}"


def style() -> str:
    """By the version in it `assets/page.js` tells whether the browser has these rules."""
    return f':root {{ --style-version: "{_version()}"; }}\n{_rules()}'


@cache
def _version() -> str:
    return sha256(_rules().encode()).hexdigest()[:8]


@cache
def _rules() -> str:
    variables = "".join(
        f"--{name}-color: light-dark({_color(name, 'light')}, {_color(name, 'dark')});" for name in COLORS
    )
    rules = "".join(_COMMENT.sub("", path.read_text()) for path in sorted(FOLDER.glob("*.css")))
    return f":root {{ {variables} }}\n{rules}"


def _color(name: str, theme: str) -> str:
    return str(st.get_option(f"theme.{theme}.{COLORS[name]}"))

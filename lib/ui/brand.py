"""The app's name and logo: its own, or those of the team that runs it."""

from functools import cache
from html import escape
from pathlib import Path

import streamlit as st

from lib.config import Settings
from lib.settings.branding import BRAND_NAME

ASSETS = Path(__file__).parents[2] / "assets"
SIGN, WORDMARK = ASSETS / "lakechat.svg", ASSETS / "wordmark.svg"
LETTER_WIDTH = 19
"""Of the wordmark on average, in units of its drawing."""


def draw_logo(settings: Settings) -> None:
    """Draw it at the top of the sidebar, and as the picture of the browser's tab, which gets the name, too."""
    st.set_page_config(settings.brand_name)
    if logo := settings.brand_logo:
        st.set_page_config(page_icon=str(logo))
        st.logo(str(logo), size="large")
    else:
        st.logo(_wordmark(settings.brand_name), size="large", icon_image=str(SIGN))


@cache
def _wordmark(name: str) -> str:
    """The app's sign with the name beside it, as SVG."""
    drawing, width = WORDMARK.read_text(), LETTER_WIDTH * len(name)
    if name == BRAND_NAME.default:
        return drawing
    drawing = drawing.replace('viewBox="0 0 236 64"', f'viewBox="0 0 {82 + width} 64"')
    drawing = drawing.replace('textLength="154"', f'textLength="{width}"')
    return drawing.replace(f">{BRAND_NAME.default}<", f">{escape(name)}<")

"""CSS for what Streamlit's settings cannot do."""

from functools import cache

import streamlit as st

# The foot of the sidebar stays visible however long the list is.
SIDEBAR = """
[data-testid=stSidebarContent] { display: flex; flex-direction: column; }
[data-testid=stSidebarNav] { flex: 0 1 auto; min-height: 8rem; overflow-y: auto; }
[data-testid=stSidebarUserContent] { flex: none; padding-top: 0.75rem; padding-bottom: 1rem; }
[data-testid=stSidebarUserContent] [data-testid=stVerticalBlock] { gap: 0.5rem; }
@media (max-width: 768px) { .st-key-search-box { display: none; } }
.st-key-draft-keeper, .st-key-leave-warning { display: none; }
"""
# The header of a chat stays visible while the user scrolls, below Streamlit's own bar if there is one. On a phone the
# menu stays beside the title.
HEADER = """
.st-key-chat-header { flex-wrap: nowrap; padding-bottom: 0.5rem; }
:has(> .st-key-chat-header) { position: sticky; top: 0; z-index: 2; background: light-dark(%s, %s); }
header:has([data-testid=stExpandSidebarButton]) ~ main :has(> .st-key-chat-header) { top: 3.75rem; }
"""

# A table row and a heading are one line of Markdown each, so a line end in them is written as `<br>`. Without padding,
# the upper edge of tall formulas is cut off.
ANSWER = """
[data-testid=stMarkdownContainer] :is(td, th, h1, h2, h3, h4, h5, h6) { white-space: pre-line; }
.katex-display { padding-block: 0.25rem; }
"""

# Our own HTML does not get the theme's colour of links.
EXPORT = ".export-all a { color: light-dark(%s, %s); }"


@cache
def style() -> str:
    """For `st.html`; the same on all pages."""
    return f"<style>{SIDEBAR}{HEADER % _colours('backgroundColor')}{ANSWER}{EXPORT % _colours('linkColor')}</style>"


def _colours(name: str) -> tuple[str, ...]:
    """In the light and in the dark theme."""
    return tuple(st.get_option(f"theme.{theme}.{name}") for theme in ("light", "dark"))

"""The little that Streamlit's own settings cannot say about the look of the page."""

from functools import cache

import streamlit as st

# The sidebar's foot is within reach however long the list is.
SIDEBAR = """
[data-testid=stSidebarContent] { display: flex; flex-direction: column; }
[data-testid=stSidebarNav] { flex: 0 1 auto; min-height: 8rem; overflow-y: auto; }
[data-testid=stSidebarUserContent] { flex: none; padding-top: 0.75rem; padding-bottom: 1rem; }
[data-testid=stSidebarUserContent] [data-testid=stVerticalBlock] { gap: 0.5rem; }
@media (max-width: 768px) { .st-key-search-box { display: none; } }
"""
# So is a chat's header however far one has read, below Streamlit's bar where that is drawn; on a phone its menu stands
# beside its title.
HEADER = """
.st-key-chat-header { flex-wrap: nowrap; padding-bottom: 0.5rem; }
:has(> .st-key-chat-header) { position: sticky; top: 0; z-index: 2; background: light-dark(%s, %s); }
header:has([data-testid=stExpandSidebarButton]) ~ main :has(> .st-key-chat-header) { top: 3.75rem; }
"""

# The row of a table and a heading are one line of Markdown each: a line end in them is one that was asked for. Tall
# formulas would lose their upper edge.
ANSWER = """
[data-testid=stMarkdownContainer] :is(td, th, h1, h2, h3, h4, h5, h6) { white-space: pre-line; }
.katex-display { padding-block: 0.25rem; }
"""


@cache
def style() -> str:
    """For `st.html`; the same on all pages."""
    background = tuple(st.get_option(f"theme.{theme}.backgroundColor") for theme in ("light", "dark"))
    return f"<style>{SIDEBAR}{HEADER % background}{ANSWER}</style>"

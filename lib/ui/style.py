"""CSS for what Streamlit's settings cannot do."""

from functools import cache

import streamlit as st

from lib.ui.chat.action_style import ACTIONS

# The foot of the sidebar stays at its end and visible, however long the list is.
SIDEBAR = """
[data-testid=stSidebarContent] { display: flex; flex-direction: column; }
[data-testid=stSidebarNav] { flex: 0 1 auto; min-height: 8rem; overflow-y: auto; }
[data-testid=stSidebarNavSeparator] { display: none; }
[data-testid=stSidebarUserContent] { flex: none; margin-top: auto; padding-top: 0.75rem; padding-bottom: 1rem; }
[data-testid=stSidebarUserContent] [data-testid=stVerticalBlock] { gap: 0.5rem; }
[data-testid=stSidebarNavLinkContainer] { position: relative; }
[data-testid=stSidebarNavLinkContainer]:has(.row-menu) a { padding-inline-end: 2rem; }
.row-menu { position: absolute; inset-block: 0; inset-inline-end: 0.25rem; width: 1.75rem; padding: 0; border: 0;
  border-radius: 0.4rem; background: none; color: inherit; font: 1.2rem/1 "Material Symbols Rounded"; opacity: 0;
  cursor: pointer; }
:hover > .row-menu, a:focus-visible + .row-menu, .row-menu:is(:focus-visible, [aria-expanded=true]) { opacity: 1; }
@media (hover: none) { .row-menu { opacity: 0.7; width: 2.25rem; } }
.st-key-row-menu { position: absolute; }
.st-key-draft-keeper, .st-key-page-scripts, .st-key-leave-warning { display: none; }
"""
# The header of a chat stays visible while the user scrolls, below Streamlit's own bar if there is one. On a phone the
# menu stays beside the title. What the page scrolls to stops below it, and a box above the input at the bottom.
HEADER = """
.st-key-chat-header { flex-wrap: nowrap; padding-bottom: 0.5rem; }
.st-key-chat-header.st-key-chat-header h1 { font-size: 1.1rem; font-weight: 600; padding: 0.5rem 0 1rem; }
:has(> .st-key-chat-header) { position: sticky; top: 0; z-index: 2; background: light-dark(%s, %s); }
.stMain:has(.st-key-chat-header) { scroll-padding-block: 7rem 9rem; }
header:has([data-testid=stExpandSidebarButton]) ~ main :has(> .st-key-chat-header) { top: 3.75rem; }
"""

# A wide table scrolls inside itself. A table row and a heading are one line of Markdown each, so a line end in them is
# written as `<br>`. Without padding, the upper edge of tall formulas is cut off.
ANSWER = """
[data-testid=stMarkdownContainer] :is(td, th, h1, h2, h3, h4, h5, h6) { white-space: pre-line; }
[data-testid=stMarkdownContainer] table { display: block; overflow-x: auto; }
.katex-display { padding-block: 0.25rem; }
"""
# A figure that is wider than the page scrolls inside itself. Whether a diagram can be drawn is known in the browser
# only: then its source, which follows it, stays hidden. Otherwise the source is shown instead of the box with it.
FIGURES = """
.stElementContainer:has(> * [data-testid=stVegaLiteChart]) { max-width: 100%; overflow-x: auto; }
.stElementContainer:has([data-testid=stMermaidChart]) + .stElementContainer:has([data-testid=stCode]) { display: none; }
.stElementContainer:has([data-testid=stMermaidError]) {
  + .stElementContainer:has([data-testid=stCode]) { display: block; }
  + .stElementContainer + :has(> [data-testid=stExpander]) { display: none; }
}
.stElementContainer:has([data-testid=stVegaLiteChart], [data-testid=stMermaidChart]) ~ :has(> [data-testid=stExpander])
  summary:not(:hover, :focus-visible) { opacity: 0.72; }
[data-testid=stMermaidError][data-testid] {
  padding: 0; background: none; color: inherit; opacity: 0.72; font-size: 0.75rem; }
"""
# The start of a chat stands right above the input. Its questions are cards.
WELCOME = """
.stMain:has(.st-key-welcome) [data-testid=stMainBlockContainer] {
  flex: 999 0 auto; display: flex; flex-direction: column; justify-content: flex-end; padding-bottom: 0.5rem; }
.stMain:has(.st-key-welcome) [data-testid=stMainBlockContainer] > div { flex: none; }
.st-key-welcome { gap: 0.5rem; }
.st-key-welcome h1 { padding-top: 0; }
.st-key-starters.st-key-starters { display: grid; gap: 0.75rem; margin-block: 0.75rem;
  grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); }
.st-key-starters button { min-height: 3.25rem; text-align: start; }
.st-key-starters button > div { width: 100%; justify-content: flex-start; }
.st-key-last-chats { gap: 0; }
.st-key-last-chats a { min-height: 2.25rem; }
"""
# For screen readers only.
ANNOUNCED = ".announced { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }"
# Streamlit's own colours of captions and of code are too pale to be read easily. Its rules for changed lines have four
# classes, so ours must be as specific.
CONTRAST = """
[data-testid=stCaptionContainer] { opacity: 0.72; }
[data-testid=stCode][data-testid=stCode] {
  .token:is(.comment, .prolog, .doctype, .cdata, .punctuation, .unchanged) { color: light-dark(%s, %s); }
  .token:is(.keyword, .tag, .function, .class-name, .selector, .number, .regex, .boolean, .constant, .symbol,
    .attr-name, .property, .variable) { color: light-dark(%s, %s); }
  .token:is(.string, .char, .attr-value, .url, .inserted) { color: light-dark(%s, %s); }
  .token:is(.operator, .entity, .decorator, .atrule, .important, .deleted) { color: light-dark(%s, %s); }
}
"""

# Our own buttons look like Streamlit's quiet ones.
COPY = """
.copy { display: flex; align-items: center; gap: 0.5rem; min-height: 2rem; }
.copy button { display: flex; align-items: center; gap: 0.25rem; padding: 0.25rem; border: none; border-radius: 0.5rem;
  background: none; color: inherit; font: inherit; font-size: 0.875rem; opacity: 0.72; cursor: pointer; }
.copy button:is(:hover, :focus-visible) { opacity: 1; color: light-dark(%s, %s); }
.copy button span { font-family: "Material Symbols Rounded"; font-size: 1.25rem; line-height: 1; }
"""

# The way back to the end of a chat floats above the input.
TO_END = """
.to-end { position: fixed; z-index: 50; translate: -50%%; width: 2.25rem; height: 2.25rem; padding: 0;
  border: 1px solid rgb(128 128 128 / 35%%); border-radius: 50%%; font: 1.25rem/1 "Material Symbols Rounded";
  background: light-dark(%s, %s); box-shadow: 0 2px 8px rgb(0 0 0 / 15%%); cursor: pointer; }
.to-end[hidden] { display: none; }
"""

# What cannot be undone does not look like Save.
DANGER = """
[class*=st-key-delete-for-good] button[kind^=primary] {
    color: #fff; border-color: transparent; background: light-dark(%s, %s); }
"""

# Our own HTML does not get the theme's colour of links.
EXPORT = ".export-all a { color: light-dark(%s, %s); }"

# The key that opens the palette is named beside Search; the phone has a button instead (assets/palette.css).
PALETTE = """
.st-key-palette { position: absolute; }
[data-testid=stSidebarNavLink][href$="/search"]::after {
  content: "Ctrl K" / ""; margin-inline-start: auto; font-size: 0.75rem; opacity: 0.7;
}
.is-mac [data-testid=stSidebarNavLink][href$="/search"]::after { content: "⌘ K" / ""; }
@media (max-width: 768px) { [data-testid=stSidebarNavLink][href$="/search"]::after { content: none !important; } }
"""

# The files of a question: cards that wrap, each with its thumbnail or its name alone.
FILES = """
.chat-files { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 0.5rem; }
.chat-files > * { display: flex; flex-direction: column; max-width: min(12rem, 100%%); overflow: hidden; color: inherit;
  text-decoration: none; border: 1px solid rgb(128 128 128 / 35%%); border-radius: 0.5rem; }
.chat-files > a:is(:hover, :focus-visible) { border-color: light-dark(%s, %s); }
.chat-files img { display: block; height: 8rem; width: 100%%; object-fit: cover; object-position: top; }
.chat-files span { display: flex; gap: 0.5rem; align-items: baseline; padding: 0.25rem 0.5rem; font-size: 0.875rem; }
.chat-files bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chat-files small { flex: none; opacity: 0.7; }
[class*=st-key-held-] { gap: 0.25rem; }
"""

# A message that was opened from a search: the frame goes, the line above the message stays. The header covers the top.
FOUND = """
:is(.st-key-scroll, .st-key-scroll-to-box) { position: absolute; }
[class*=st-key-found-] { scroll-margin-top: 7rem; }
.stMain:has(.st-key-chat-header) [class*=st-key-found-] { scroll-margin-top: 0; }
.st-key-reached-message:focus, [class*=st-key-found-]:focus { outline: none; }
.st-key-found-message.st-key-found-message { border-radius: 0.75rem; outline-offset: 0.5rem; animation: found 8s; }
@keyframes found { from, 70%% { outline: 3px solid light-dark(%s, %s); } to { outline: 3px solid transparent; } }
[class*=st-key-found-] [data-testid=stButton] button { justify-content: flex-start; text-align: start; }
"""
# A line across the chat, with words above it.
CONTEXT_CUT = ".st-key-context-cut { align-items: center; padding-bottom: 0.25rem; border-bottom: 1px dashed; }"
# The name of a day, between two lines.
DAYS = """
[class*=st-key-day-] p { display: flex; align-items: center; gap: 0.75rem; }
[class*=st-key-day-] p::before, [class*=st-key-day-] p::after {
  content: ""; flex: 1; border-bottom: 1px solid rgb(128 128 128 / 35%); }
"""
# The offer to take a chat out of the trash floats above the page. It goes by itself, unless somebody is about to take
# it.
UNDO = """
.st-key-undo { position: fixed; z-index: 100; left: 50%%; translate: -50%%; bottom: 9rem; width: max-content;
  max-width: 92vw; flex-wrap: nowrap; padding: 0.25rem 1rem; border-radius: 0.75rem; background: light-dark(%s, %s);
  box-shadow: 0 2px 12px rgb(0 0 0 / 30%%); animation: undo-ends 0s 10s forwards; }
.st-key-undo:is(:hover, :focus-within) { animation-play-state: paused; }
@keyframes undo-ends { to { visibility: hidden; } }
"""


@cache
def style() -> str:
    """For `st.html`; the same on all pages."""
    found = FOUND % _colours("primaryColor")
    export = EXPORT % _colours("linkColor")
    files = FILES % _colours("primaryColor")
    header, undo = HEADER % _colours("backgroundColor"), UNDO % _colours("secondaryBackgroundColor")
    messages = f"{WELCOME}{ANSWER}{FIGURES}{ACTIONS}{found}{CONTEXT_CUT}{DAYS}{files}"
    copy, to_end = COPY % _colours("primaryColor"), TO_END % _colours("backgroundColor")
    code = ("grayTextColor", "linkColor", "greenTextColor", "orangeTextColor")
    contrast = CONTRAST % tuple(colour for name in code for colour in _colours(name))
    danger = DANGER % _colours("redColor")
    page = f"{SIDEBAR}{header}{contrast}{ANNOUNCED}"
    return f"<style>{page}{messages}{copy}{to_end}{danger}{export}{PALETTE}{undo}</style>"


def _colours(name: str) -> tuple[str, ...]:
    """In the light and in the dark theme."""
    return tuple(st.get_option(f"theme.{theme}.{name}") for theme in ("light", "dark"))

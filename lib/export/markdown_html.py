"""An agent's Markdown as HTML that loads nothing and runs nothing.

HTML in it is shown as text (`html: False`). A link leads to a web page or a mail address; any other is shown as it was
written. An image on another host becomes a link, because a file must not tell anybody that it was opened.
"""

import re
from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from lib.messages.web_url import is_web_url

MAX_CHARS = 50_000
"""A longer text is shown as it was written. The worst of this length, brackets alone, takes some seconds to parse."""
IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Bounded: a text of beginnings without an end would otherwise take quadratic time.
_FORMULA = re.compile(r"\\\([^\n]{0,500}?\\\)|\\\[.{0,1000}?\\\]|\$\$.{1,1000}?\$\$", re.DOTALL)
_HIGHEST_HEADING = 3
"""Above it are the title of the file and the heading of the message."""
_Env = MutableMapping[str, Any]


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        url, alt = str(tokens[idx].attrGet("src") or ""), tokens[idx].content
        if IMAGE.fullmatch(url):
            return f'<img src="{escape(url)}" alt="{escape(alt)}">'
        return f'<a href="{escape(url)}" rel="noreferrer">Image: {escape(alt or url)}</a>'

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        url = str(tokens[idx].attrGet("href") or "")
        return f'<a href="{escape(url)}" rel="noreferrer">' if not url.startswith("data:") else "<a>"

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return f"<{_heading(tokens[idx])}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return f"</{_heading(tokens[idx])}>\n"

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return '<div class="wide" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return f"<th{_alignment(tokens[idx])}>"

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
        return f"<td{_alignment(tokens[idx])}>"


def _heading(token: Token) -> str:
    return f"h{min(6, int(token.tag[1]) + _HIGHEST_HEADING - 1)}"


def _alignment(token: Token) -> str:
    """As a class: the file's policy allows no other styles than its own."""
    side = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f' class="{side}"' if side in ("right", "center") else ""


def _break(state: StateInline, silent: bool) -> bool:
    """`<br>`, by which agents break lines in the cells of a table."""
    found = _BREAK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    """As it was written: Markdown would take its signs for its own."""
    found = _FORMULA.match(state.src, state.pos) if state.src[state.pos] in "\\$" else None
    if found is None:
        return False
    if not silent:
        state.push("code_inline", "code", 0).content = found[0]
    state.pos = found.end()
    return True


def _may_lead_to(url: str) -> bool:
    return is_web_url(url) or url.lower().startswith("mailto:") or IMAGE.fullmatch(url) is not None


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable(["table", "strikethrough"])
    made.inline.ruler.before("escape", "formula", _formula)
    made.inline.ruler.before("html_inline", "break", _break)
    made.validateLink = _may_lead_to  # type: ignore[method-assign]
    return made


_MARKDOWN = _parser()


def html_of(markdown: str) -> str:
    if len(markdown) > MAX_CHARS:
        return f'<div class="said">{escape(markdown)}</div>\n'
    return str(_MARKDOWN.render(markdown))

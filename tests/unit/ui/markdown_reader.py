"""The words that a user reads in the browser: CommonMark with tables, and everything that Streamlit adds to it.

A model of Streamlit's frontend for the many texts of a property test. In tests/browser/test_rendering.py the real one
reads the same fragments.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_DIRECTIVE = re.compile(r":([A-Za-z][\w-]*)(?!:)")
_COLON_BLOCK = re.compile(r":{2,}[A-Za-z]")
_EMOJI = re.compile(r":[+-]1:|:100:|:1234:|:(?=[\w-]*[A-Za-z])[\w-]+:", re.ASCII)
_ICON = re.compile(r":material_\w+:|:streamlit:")
_ARROW = re.compile(r"(?:^|(?<=\s))(?:<->|->|<-|--|>=|<=|~=)(?=\s|$)")
PICTURE = "\N{ROBOT FACE}"
"""Stands for whatever Streamlit draws instead of words."""


def read(markdown: str) -> str:
    """The words on the page, with single spaces between them."""
    return " ".join("".join(_texts(_parsed(markdown.replace(":material/", ":material_")))).split())


def _parsed(markdown: str) -> list[Token]:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.after("escape", "directive", _directive)
    parser.inline.ruler.at("text", _text)
    parser.inline.ruler.after("text", "address", _address)
    parser.block.ruler.before("fence", "formula", _formula_block, {"alt": ["paragraph", "blockquote", "list"]})
    parser.block.ruler.before("fence", "directive", _directive_block, {"alt": ["paragraph", "blockquote", "list"]})
    return parser.parse(markdown)


def addresses(markdown: str) -> list[str]:
    """Where its links lead, except those of which the words are the address."""
    tokens = [token for block in _parsed(markdown) for token in block.children or []]
    return [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]


def _texts(tokens: list[Token]) -> list[str]:
    words: list[str] = []
    text = ""
    for token in [*tokens, Token("end", "", 0)]:
        if token.type in ("text", "text_special"):
            text += token.content
            continue
        words.append(_pictured(text))
        text = ""
        if token.children is not None and token.type == "inline":
            words += _texts(token.children)
        elif token.type in ("code_inline", "fence", "code_block", "formula", "picture", "html_inline", "html_block"):
            words.append(token.content)
        elif token.type == "image":
            words.append(f" {token.content} ")
        if token.block or token.type in ("softbreak", "hardbreak"):
            words.append(" ")
    return words


def _pictured(text: str) -> str:
    """Streamlit replaces emoji codes in every text that contains one anywhere, even in code."""
    return _ARROW.sub(PICTURE, _EMOJI.sub(PICTURE, _ICON.sub(PICTURE, text)))


def _formula(state: StateInline, silent: bool) -> bool:
    opening = re.match(r"\$+", state.src[state.pos :])
    if opening is None:
        return False
    closing = re.compile(rf"(?<!\$){re.escape(opening[0])}(?!\$)").search(state.src, state.pos + opening.end())
    if closing is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = state.src[state.pos + opening.end() : closing.start()]
    state.pos = closing.end()
    return True


def _directive(state: StateInline, silent: bool) -> bool:
    """`:color[…]` of ours is a span; any other name with brackets loses what stands in them."""
    found = _DIRECTIVE.match(state.src, state.pos)
    if found is None or (state.pos and state.src[state.pos - 1] == ":" and not state.src[: state.pos].endswith("\\:")):
        return False
    rest = state.src[found.end() :]
    ours = re.match(r"\[(\\?[^\]\\]|)\](?!\{)", rest)
    if found[1] == "color" and ours:
        if not silent:
            state.push("picture", "", 0).content = ours[1].removeprefix("\\")
        state.pos = found.end() + ours.end()
        return True
    if not rest.startswith(("[", "{")):
        return False
    if not silent:
        state.push("picture", "", 0).content = PICTURE
    state.pos = found.end() + 1
    return True


def _text(state: StateInline, silent: bool) -> bool:
    """Plain text up to the next character that may begin markup or a bare address."""
    end = re.compile(r"[\n$%*+\-:<=>@[\\\]^_`{}~!&]|(?<![^\W_])https?://").search(state.src, state.pos)
    stop = end.start() if end else state.posMax
    if stop <= state.pos:
        return False
    if not silent:
        state.pending += state.src[state.pos : stop]
    state.pos = stop
    return True


def _address(state: StateInline, silent: bool) -> bool:
    """A bare address is a link; no markup is read in it, except what is replaced in every text."""
    found = re.compile(r"https?://[^\s<]*[^\s<?!.,:*_~'\");\]]").match(state.src, state.pos)
    if found is None or state.src[state.pos - 1 : state.pos].isalnum() or state.linkLevel:
        return False
    if not silent:
        state.push("link", "", 0)
        state.push("text", "", 0).content = found[0]
        state.push("link", "", 0)
    state.pos = found.end()
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start) or not re.fullmatch(r"\$\$[^$]*", _line(state, start)):
        return False
    if silent:
        return True
    last = start + 1
    while last < end and not re.fullmatch(r"\$\$\s*", _line(state, last)) and state.sCount[last] >= state.blkIndent:
        last += 1
    token = state.push("formula", "", 0)
    token.content, token.block = "\n".join(_line(state, line) for line in range(start + 1, last)), True
    state.line = min(last + 1, end)
    return True


def _directive_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start) or not _COLON_BLOCK.match(_line(state, start)):
        return False
    if not silent:
        state.push("picture", "", 0).content = PICTURE
        state.line = start + 1
    return True

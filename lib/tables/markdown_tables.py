"""Finds the tables that an answer has in its Markdown."""

import re
from collections.abc import Iterator
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_PARSED_CHARS = 50_000
_RULE = re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t:-]*)+$", re.MULTILINE)
_MARKDOWN = MarkdownIt("commonmark").enable("table")


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def has_table(markdown: str) -> bool:
    return any(tables_in(markdown))


def tables_in(markdown: str) -> Iterator[list[list[str]]]:
    """The rows of each table, its head first."""
    if len(markdown) > MAX_PARSED_CHARS or not _RULE.search(markdown):
        return
    rows: list[list[str]] = []
    for token in _MARKDOWN.parse(markdown):
        match token.type:
            case "table_open":
                rows = []
            case "tr_open":
                rows.append([])
            case "inline" if token.level and rows:
                rows[-1].append(_words(token))
            case "table_close":
                yield rows
                rows = []


def _words(token: Token) -> str:
    """Without formatting."""
    shown = (child.content if child.type in ("text", "code_inline") else " " for child in token.children or [])
    return " ".join("".join(shown).split())

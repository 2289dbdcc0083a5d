"""Escapes text that Streamlit would read as Markdown, so that it is shown unchanged.

Streamlit finds some patterns after it has resolved escapes: short codes of emoji, icons, its logo, arrows. Against
these a backslash does not help. Instead, one of their signs becomes an element of its own, `:color[:]`, which has no
colour and is invisible in the page and in copied text.
"""

import re
from functools import lru_cache

from lib.labels import without_bidi_controls

# The colon of a short code, with what must follow it.
SHORTCODE = re.compile(
    r":(?=(?:100|1234|[+-]1|(?=[\w+\-\\]*[^\W\d])[\w+\-\\]+):|material[/_]|streamlit:)",
)
# Streamlit turns each of these into a typographic sign if no letter or digit is beside it.
ARROW = re.compile(r"(?<![^\W_])(?:<->|->|<-|--|>=|<=|~=)(?![^\W_])")
REWRITTEN = ":material/"
"""Streamlit changes this to `:material_` before it reads Markdown, even in code, where nothing can be escaped."""
_MARKS = re.compile(
    rf"(?P<shortcode>{SHORTCODE.pattern})|(?P<arrow>{ARROW.pattern})|[\\`*_{{}}\[\]()#+\-.!~|<>$:=&^\"'/]"
)
# Where the browser's Markdown begins to see an address, even in escaped text.
_ADDRESS = re.compile(r"(?<=@)(?=\w)|(?<=://)|(?<=www)(?=\.)", re.IGNORECASE)
WORD_JOINER = "\u2060"


# A page draws the same titles again in every run.
@lru_cache(maxsize=2_000)
def escape_label(text: str) -> str:
    """Escape text for labels and titles: no formatting, no link, no image, no change of direction."""
    return _MARKS.sub(_escaped, " ".join(without_bidi_controls(text).split()))


def isolate(text: str) -> str:
    """Put the text in an element of its own, so that Streamlit's patterns do not match it with the text around it."""
    return f":color[{text}]"


def isolate_arrow(arrow: str) -> str:
    return arrow[0] + "".join(map(isolate, arrow[1:]))


def _escaped(mark: re.Match[str]) -> str:
    if mark["shortcode"]:
        return isolate("\\:")
    return isolate_arrow(mark[0]) if mark["arrow"] else f"\\{mark[0]}"


def escape_text(text: str) -> str:
    """Escape text outside of labels, where even escaped addresses would become links."""
    return escape_label(break_addresses(text))


def break_addresses(text: str) -> str:
    """Insert an invisible character into each address, so that it does not become a link."""
    return _ADDRESS.sub(WORD_JOINER, text)


def link(text: str, url: str) -> str:
    """A Markdown link. `url` must pass `is_web_url`."""
    return f"[{escape_label(text)}]({_href(url)})"


def _href(url: str) -> str:
    # Markdown would read `&copy;` as an entity. A bar ends a cell of a table.
    return "".join(f"%{ord(mark):02X}" if mark in "()<>|` \\\n" else mark for mark in url).replace("&", "&amp;")

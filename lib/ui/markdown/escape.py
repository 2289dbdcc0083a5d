"""Text of others where Streamlit reads Markdown: escaped, so that it is shown as it is.

Streamlit looks for some things in the text that remains when escapes are resolved: short codes of emoji, icons, its
logo, arrows. There a backslash is not enough. One sign gets an element of its own, `:color[:]`, which has neither a
colour nor any other look and leaves no trace in what is copied.
"""

import re
from functools import lru_cache

from lib.labels import without_bidi_controls

# The colon of a short code, with what must follow it.
SHORTCODE = re.compile(
    r":(?=(?:100|1234|[+-]1|(?=[\w+\-\\]*[^\W\d])[\w+\-\\]+):|material[/_]|streamlit:)",
)
# Streamlit makes a typographic sign of each that stands alone.
ARROW = re.compile(r"(?<![^\W_])(?:<->|->|<-|--|>=|<=|~=)(?![^\W_])")
REWRITTEN = ":material/"
"""Streamlit makes `:material_` of it before it reads Markdown, in code as well, where nothing can be escaped."""
_MARKS = re.compile(
    rf"(?P<shortcode>{SHORTCODE.pattern})|(?P<arrow>{ARROW.pattern})|[\\`*_{{}}\[\]()#+\-.!~|<>$:=&^\"'/]"
)
# Where the browser's Markdown begins to see an address, even in escaped text.
_ADDRESS = re.compile(r"(?<=@)(?=\w)|(?<=://)|(?<=www)(?=\.)", re.IGNORECASE)
WORD_JOINER = "\u2060"


# A page draws the same titles again in every run.
@lru_cache(maxsize=2_000)
def escape_label(text: str) -> str:
    """For labels, titles and the like: no formatting, no link, no image, no change of direction."""
    return _MARKS.sub(_escaped, " ".join(without_bidi_controls(text).split()))


def isolate(text: str) -> str:
    """In an element of its own, where no pattern finds it together with what stands around it."""
    return f":color[{text}]"


def isolate_arrow(arrow: str) -> str:
    return arrow[0] + "".join(map(isolate, arrow[1:]))


def _escaped(mark: re.Match[str]) -> str:
    if mark["shortcode"]:
        return isolate("\\:")
    return isolate_arrow(mark[0]) if mark["arrow"] else f"\\{mark[0]}"


def escape_text(text: str) -> str:
    """For text outside labels, where addresses would become links although they are escaped."""
    return escape_label(break_addresses(text))


def break_addresses(text: str) -> str:
    """An invisible character in each address keeps it from becoming a link."""
    return _ADDRESS.sub(WORD_JOINER, text)


def is_web_url(url: str) -> bool:
    """Whether following it loads a page, and does not run anything in this one."""
    return url.lower().startswith(("https://", "http://"))


def link(text: str, url: str) -> str:
    """`url` must be one of the web's (`is_web_url`)."""
    return f"[{escape_label(text)}]({_href(url)})"


def _href(url: str) -> str:
    # Markdown would read `&copy;` as an entity.
    return "".join(f"%{ord(mark):02X}" if mark in "()<> \\\n" else mark for mark in url).replace("&", "&amp;")

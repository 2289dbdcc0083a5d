"""Text of others where Streamlit reads Markdown: escaped, so that it is shown as it is.

Streamlit looks for some things in the text that remains when escapes are resolved: short codes of emoji, icons, its
logo, arrows. There a backslash is not enough. One sign gets an element of its own, `:color[:]`, which has neither a
colour nor any other look and leaves no trace in what is copied.
"""

import re
from functools import lru_cache

from lib.labels import without_directions

# A colon that begins a picture if what follows makes it one.
SHORTCODE = re.compile(
    r":(?=(?:100|1234|[+-]1|(?=[\w+\-\\]*[^\W\d])[\w+\-\\]+):|material[/_]|streamlit:)",
)
# Alone between spaces, or between other elements, each becomes another sign.
ARROW = re.compile(r"(?<![^\W_])(?:<->|->|<-|--|>=|<=|~=)(?![^\W_])")
REWRITTEN = ":material/"
"""Streamlit makes `:material_` of it before it reads Markdown, in code as well, where nothing can be escaped."""
_MARKS = re.compile(
    rf"(?P<picture>{SHORTCODE.pattern})|(?P<arrow>{ARROW.pattern})|[\\`*_{{}}\[\]()#+\-.!~|<>$:=&^\"'/]"
)
# Where a browser would begin to see an address in a text, escaped or not.
_ADDRESS = re.compile(r"(?<=@)(?=\w)|(?<=://)|(?<=www)(?=\.)", re.IGNORECASE)
WORD_JOINER = "\u2060"


# A page draws the same titles anew with every click.
@lru_cache(maxsize=2_000)
def escape_label(text: str) -> str:
    """A label that shows `text` as it is: no formatting, no link, no image, and no change of direction."""
    return _MARKS.sub(_escaped, " ".join(without_directions(text).split()))


def isolate(text: str) -> str:
    """The same to read; no pattern finds it beside what stands around it."""
    return f":color[{text}]"


def isolate_arrow(arrow: str) -> str:
    return arrow[0] + "".join(map(isolate, arrow[1:]))


def _escaped(mark: re.Match[str]) -> str:
    if mark["picture"]:
        return isolate("\\:")
    return isolate_arrow(mark[0]) if mark["arrow"] else f"\\{mark[0]}"


def escape_text(text: str) -> str:
    """The same outside labels, where a browser makes links of addresses though they are escaped."""
    return escape_label(break_addresses(text))


def break_addresses(text: str) -> str:
    """The same to the eye; in each address stands a mark that nobody sees."""
    return _ADDRESS.sub(WORD_JOINER, text)


def is_web_url(url: str) -> bool:
    """Whether a browser that follows it loads a page, and runs nothing here."""
    return url.lower().startswith(("https://", "http://"))


def link(text: str, url: str) -> str:
    """A label that leads to a page; `url` is one of the web's."""
    return f"[{escape_label(text)}]({_href(url)})"


def _href(url: str) -> str:
    # Markdown would read `&copy;` as a sign.
    return "".join(f"%{ord(mark):02X}" if mark in "()<> \\\n" else mark for mark in url).replace("&", "&amp;")

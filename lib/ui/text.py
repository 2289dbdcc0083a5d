"""Text of others in places where Streamlit reads Markdown."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!~|<>$:=&^\"'/])")


def plain(text: str) -> str:
    """A label that shows `text` as it is: no formatting, no link, no image."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def verbatim(text: str) -> str:
    """The same in a caption, where a browser would make links of addresses even though they are escaped."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {' '.join(text.split())} {fence}"


def is_web(url: str) -> bool:
    """Whether a browser that follows it loads a page, and runs nothing here."""
    return url.lower().startswith(("https://", "http://"))


def link(text: str, url: str) -> str:
    """A label that leads to a page; `url` is one of the web's."""
    return f"[{plain(text)}]({_href(url)})"


def _href(url: str) -> str:
    # Markdown would read `&copy;` as a sign.
    return "".join(f"%{ord(mark):02X}" if mark in "()<> \\\n" else mark for mark in url).replace("&", "&amp;")

"""Text of others in places where Streamlit reads Markdown."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!~|<>$:=&^\"'/])")


def plain(text: str) -> str:
    """A label that shows `text` as it is: no formatting, no link, no image."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))

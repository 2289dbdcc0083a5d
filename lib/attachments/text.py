"""Reads the bytes of a file as text."""

import codecs

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def decoded(content: bytes) -> str | None:
    """The text, if the bytes are UTF-8, or UTF-16 with its mark; else None.

    A text has no NUL characters. No other encoding is guessed: a wrong guess would change words without a word.
    """
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text

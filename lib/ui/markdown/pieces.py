"""Splits converted Markdown where a block of code must be an element of its own."""

import re
from collections.abc import Iterator, Sequence

from lib.figures.recognise import kind_of
from lib.ui.markdown.escape import REWRITTEN
from lib.ui.markdown.lines import Line, lines_of

# A word behind a fence that may name a figure. A browser also reads entities there.
_MAY_NAME = re.compile(r"^[^\n`~]*(?:```|~~~)[^\n]*(?:vega|plotly|mermaid|json|[&\\])", re.IGNORECASE | re.MULTILINE)


def has_pieces(markdown: str) -> bool:
    """Whether `split_code` may find something."""
    return REWRITTEN in markdown or _MAY_NAME.search(markdown) is not None


def split_code(markdown: str) -> Iterator[tuple[str, str, str]]:
    """Triples of words, code that must be an element of its own, and its language. Words or code may be empty.

    An element cannot be inside a list or a quote, so such code ends the list or quote. The lines after it in the same
    item lose their indentation, which would otherwise make them code.
    """
    words: list[str] = []
    lines = lines_of(markdown)
    at, blanks = 0, ""
    while at < len(lines):
        end = at + 1
        if lines[at].is_fenced:
            while end < len(lines) and lines[end].is_fenced and not lines[end].begins_block:
                end += 1
        if lines[at].is_fenced and _is_own(*(unfenced := _unfenced(lines[at:end])), lines[at:end]):
            prefix = lines[at].prefix.rstrip()
            code, language = unfenced
            yield "\n".join([*words, prefix] if prefix.strip(" >") else words), code, language
            words, blanks = [], lines[at].continuation if not lines[at].continuation.strip() else ""
        else:
            if lines[at].whole.strip() and not lines[at].whole.startswith(blanks):
                blanks = ""
            words += [line.whole.removeprefix(blanks) for line in lines[at:end]]
        at = end
    yield "\n".join(words), "", ""


def _is_own(code: str, language: str, lines: Sequence[Line]) -> bool:
    return any(REWRITTEN in line.words for line in lines) or kind_of(language, code) is not None


def _unfenced(lines: Sequence[Line]) -> tuple[str, str]:
    """The code and its language. The last line is a fence unless the list or quote around the code ended first."""
    opening, last = lines[0].words, lines[-1].words.strip()
    fence = opening[: len(opening) - len(opening.lstrip(opening[0]))]
    has_end = len(lines) > 1 and last.startswith(fence) and not last.strip(fence[0])
    code = "\n".join(line.words for line in lines[1 : -1 if has_end else None])
    return code, opening.removeprefix(fence).strip()

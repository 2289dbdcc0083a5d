"""The part of a text that is shown for a hit, with the words of the search marked."""

import re
from collections import deque
from collections.abc import Sequence

from lib.store.plain_text import plain_text
from lib.store.search_hit import MARK_END, MARK_START
from lib.store.search_words import SearchWords, Span, is_unfinished, search_words

SNIPPET_CHARS = 200
BEFORE_CHARS = 60
"""How much may precede the first match, so that the others have room behind it."""
_ALTERNATIVE = re.compile(r"(?<!\S)or(?!\S)", re.IGNORECASE)
# Words and phrases before a last word, which is also required and may be unfinished.
_FINISHED = re.compile(r'((?:[^"]*"[^"]*")*[^"]*\s)((?![-"])[^\s"]+)')


def snippet(text: str, query: str, language: str = "english") -> str:
    """At most SNIPPET_CHARS of `text` on one line, from the place where most of the words stand together.

    Without the signs of Markdown, unless the words stand only in them, as in the target of a link.
    """
    text = text.replace(MARK_START, "").replace(MARK_END, "")
    words = search_words(query, language)
    line, spans = _line(plain_text(text), words)
    if not spans and words.words:
        line, spans = _line(text, words) if _line(text, words)[1] else (line, spans)
    if not spans:
        return line[:SNIPPET_CHARS]
    begin, end = _window(line, _closest(spans))
    return _marked(line, spans, begin, end)


def parted(query: str) -> tuple[str, str]:
    """The finished words of a search and its unfinished last word if all are required; otherwise "" and the query."""
    both = _FINISHED.fullmatch(query)
    if both is None or not is_unfinished(query) or _ALTERNATIVE.search(query):
        return "", query
    return (both[1], both[2]) if search_words(both[1], "simple").words else ("", query)


def _line(text: str, words: SearchWords) -> tuple[str, list[Span]]:
    line = " ".join(text.split())
    return line, list(words.spans(line))


def _marked(line: str, spans: Sequence[Span], begin: int, end: int) -> str:
    """A match that the window cuts is marked as far as it is shown."""
    pieces, place = [], begin
    for first, last, _ in spans:
        first, last = max(first, begin), min(last, end)
        if first < last:
            pieces += [line[place:first], MARK_START, line[first:last], MARK_END]
            place = last
    return "".join([*pieces, line[place:end]])


def _closest(spans: Sequence[Span]) -> tuple[int, int]:
    """The first match of the group of neighbouring matches that has the most different words."""
    best, most = spans[0][:2], 0
    near: deque[Span] = deque()
    for span in spans:
        near.append(span)
        while span[1] - near[0][0] > SNIPPET_CHARS - BEFORE_CHARS and len(near) > 1:
            near.popleft()
        if (different := len({word for _, _, word in near})) > most:
            best, most = near[0][:2], different
    return best


def _window(text: str, found: tuple[int, int]) -> tuple[int, int]:
    """Cut between words if possible; a word that fills the whole line is cut itself."""
    begin = max(0, min(found[0] - BEFORE_CHARS, len(text) - SNIPPET_CHARS))
    if begin:
        begin = text.find(" ", begin - 1, found[0]) + 1 or begin
    end = begin + SNIPPET_CHARS
    if end < len(text) and (space := text.rfind(" ", found[1], end + 1)) > 0:
        end = space
    return begin, min(end, len(text))

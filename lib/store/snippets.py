"""Finds the words of a search in a text: whether it has all of them, and the part of it that is shown for a hit."""

import re
from collections import deque

from lib.store.search_hit import MARK_END, MARK_START

SNIPPET_CHARS = 200
BEFORE_CHARS = 60
"""How much may precede the first match, so that the others have room behind it."""
_LETTER = "(?:[^\\W_]|[\u0300-\u036f])"
_WORD = re.compile(f"{_LETTER}+")
# What a search excludes (-word, -"a phrase"), and the word between alternatives.
_ALTERNATIVE = re.compile(r"(?<!\S)or(?!\S)", re.IGNORECASE)
_NOT_SOUGHT = re.compile(rf'(?<!\S)(?:-"[^"]*"?|-\S+)|{_ALTERNATIVE.pattern}', re.IGNORECASE)
# Words and phrases before a last word, which is also required and may be unfinished.
_FINISHED = re.compile(r'((?:[^"]*"[^"]*")*[^"]*\s)((?![-"])[^\s"]+)')
_UNFINISHED = re.compile("(?:[^\\W_]{3}|[\u2e80-\uffdc])$")
# Answers are Markdown; its signs would make a snippet hard to read.
_BOLD = re.compile(r"(?<!\w)\*\*(\S(?:[^*]*\S)?)\*\*(?!\w)")
Span = tuple[int, int]


def snippet(text: str, query: str) -> str:
    """At most SNIPPET_CHARS of `text` on one line, from the place where most of the words stand together."""
    text = " ".join(text.replace(MARK_START, "").replace(MARK_END, "").split())
    text = _BOLD.sub(r"\1", text)
    words = sought(query)
    if not words:
        return text[:SNIPPET_CHARS]
    alternatives = re.compile(_whole("|".join(f"({word})" for word in words)), re.IGNORECASE)
    begin, end = _window(text, _closest(alternatives, text))
    return alternatives.sub(lambda match: f"{MARK_START}{match[0]}{MARK_END}", text[begin:end])


def has_all(text: str, query: str) -> bool:
    """Whether `text` has each word of a search; False for a search without words."""
    words = sought(query)
    return bool(words) and all(re.search(_whole(word), text, re.IGNORECASE) for word in words)


def sought(query: str) -> list[str]:
    """A pattern for each word of a search. The last may be unfinished, by the rules of chat.words() in the database."""
    words = [re.escape(word) for word in _WORD.findall(_NOT_SOUGHT.sub(" ", query))]
    if words and _UNFINISHED.search(query):
        words[-1] += f"{_LETTER}*"
    return words


def parted(query: str) -> tuple[str, str]:
    """The finished words of a search and its unfinished last word if all are required; otherwise "" and the query."""
    both = _FINISHED.fullmatch(query)
    if both is None or not _UNFINISHED.search(query) or _ALTERNATIVE.search(query) or not sought(both[1]):
        return "", query
    return both[1], both[2]


def _whole(pattern: str) -> str:
    return f"(?<!{_LETTER})(?:{pattern})(?!{_LETTER})"


def _closest(words: re.Pattern[str], text: str) -> Span:
    """The first match of the group of neighbouring matches that has the most different words."""
    best, most = (0, 0), 0
    near: deque[re.Match[str]] = deque()
    for match in words.finditer(text):
        near.append(match)
        while match.end() - near[0].start() > SNIPPET_CHARS - BEFORE_CHARS and len(near) > 1:
            near.popleft()
        if (different := len({other.lastindex for other in near})) > most:
            best, most = near[0].span(), different
        if most == words.groups:
            break
    return best


def _window(text: str, found: Span) -> Span:
    """Where to cut the text: between words if possible; only a word that fills the whole snippet is cut itself."""
    begin = max(0, min(found[0] - BEFORE_CHARS, len(text) - SNIPPET_CHARS))
    if begin:
        begin = text.find(" ", begin - 1, found[0]) + 1 or begin
    end = begin + SNIPPET_CHARS
    if end < len(text) and (space := text.rfind(" ", found[1], end + 1)) > 0:
        end = space
    return begin, min(end, len(text))

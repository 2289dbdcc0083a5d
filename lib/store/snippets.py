"""The words of a search in a text: whether they are there, and the line of it that is shown."""

import re
from collections import deque

from lib.store.models import MARK_END, MARK_START

SNIPPET_CHARS = 200
BEFORE_CHARS = 60
"""So much may stand before the first word that was found, so that the others have room behind it."""
_LETTER = "(?:[^\\W_]|[\u0300-\u036f])"
_WORD = re.compile(f"{_LETTER}+")
# What a search is not for: -word, -"a phrase", and the word between alternatives.
_ALTERNATIVE = re.compile(r"(?<!\S)or(?!\S)", re.IGNORECASE)
_NOT_SOUGHT = re.compile(rf'(?<!\S)(?:-"[^"]*"?|-\S+)|{_ALTERNATIVE.pattern}', re.IGNORECASE)
# Words and phrases before a last word that must be there, too, and may be unfinished.
_FINISHED = re.compile(r'((?:[^"]*"[^"]*")*[^"]*\s)((?![-"])[^\s"]+)')
_UNFINISHED = re.compile("(?:[^\\W_]{3}|[\u2e80-\uffdc])$")
# Answers are Markdown; between its signs a snippet would be hard to read.
_BOLD = re.compile(r"(?<!\w)\*\*(\S(?:[^*]*\S)?)\*\*(?!\w)")
Span = tuple[int, int]


def snippet(text: str, query: str) -> str:
    """At most SNIPPET_CHARS of `text` on one line, from where the most of what is sought stands together."""
    text = " ".join(text.replace(MARK_START, "").replace(MARK_END, "").split())
    text = _BOLD.sub(r"\1", text)
    words = sought(query)
    if not words:
        return text[:SNIPPET_CHARS]
    alternatives = re.compile(_whole("|".join(f"({word})" for word in words)), re.IGNORECASE)
    begin, end = _window(text, _closest(alternatives, text))
    return alternatives.sub(lambda match: f"{MARK_START}{match[0]}{MARK_END}", text[begin:end])


def has_all(text: str, query: str) -> bool:
    """Whether each word of a search stands somewhere in `text`; False for a search without words."""
    words = sought(query)
    return bool(words) and all(re.search(_whole(word), text, re.IGNORECASE) for word in words)


def sought(query: str) -> list[str]:
    """The words of a search as patterns, the last perhaps unfinished, as chat.words() has it in the database."""
    words = [re.escape(word) for word in _WORD.findall(_NOT_SOUGHT.sub(" ", query))]
    if words and _UNFINISHED.search(query):
        words[-1] += f"{_LETTER}*"
    return words


def parted(query: str) -> tuple[str, str]:
    """What must all be there, and an unfinished last word beside it; the first is empty where a search is not so."""
    both = _FINISHED.fullmatch(query)
    if both is None or not _UNFINISHED.search(query) or _ALTERNATIVE.search(query) or not sought(both[1]):
        return "", query
    return both[1], both[2]


def _whole(pattern: str) -> str:
    return f"(?<!{_LETTER})(?:{pattern})(?!{_LETTER})"


def _closest(words: re.Pattern[str], text: str) -> Span:
    """The first word of those that stand together and are the most different ones."""
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
    """Cut between words where it can be; a word that fills the line is cut itself."""
    begin = max(0, min(found[0] - BEFORE_CHARS, len(text) - SNIPPET_CHARS))
    if begin:
        begin = text.find(" ", begin - 1, found[0]) + 1 or begin
    end = begin + SNIPPET_CHARS
    if end < len(text) and (space := text.rfind(" ", found[1], end + 1)) > 0:
        end = space
    return begin, min(end, len(text))

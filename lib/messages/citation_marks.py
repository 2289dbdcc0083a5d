"""Marks in the text of an answer that say which source is cited there.

They are no part of the stored text: what draws or exports an answer has `marked` put them in, and then replaces them by
what it shows. A mark stands only in words. Where it could be taken for part of code, of a formula, of an address or of
anything else, and where the agent has numbered its sources itself, there is none.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from lib.messages.parts import Citation, Part, Text

ANCHOR_CHARS = 80
MAX_CHARS = 200_000
"""A longer answer gets no marks: a page puts them in again in each run."""
# The outer signs are punctuation, as those of every mark that is shown: Markdown would not see that `**12 %**` ends
# before a letter. The inner ones are in no text.
_BEGIN, _END = "\u2045\ue0f0", "\ue0f1\u2046"
_MARK = re.compile(f"{_BEGIN}([1-9][0-9]{{0,3}}){_END}")
_OWN_MARK = re.compile(r"\[\^?\d{1,3}\](?![(:])|\[\^[^\]\s]+\]|【[^】\n]{1,60}】")
_BEFORE = re.compile(r"[\w.,;:!?%)\"'\u2019\u201d\u00bb\u3002\uff01\uff1f](?:\*\*)?\Z")
_AFTER = re.compile(r"\Z|[.,:;!?)]*(?:\s|\Z)")
_OPEN = re.compile(r"[:&]#?[\w+-]+\Z|\]:|\$\$")
"""What a colon or a semicolon would make a short code or an entity, a link's definition, and the end of a formula."""
_BOLD = re.compile(r"(?<![^\s(])\*\*[^*\s](?:[^*\n]{0,200}[^*\s])?\*\*(?![^\s.,;:!?)])")
_ITEM = re.compile(r"(?:[\s>*+-]|\d{1,9}[.)]\s)*\d{1,9}[.)]?")
"""A line up to the number of a list item."""
_TAG = re.compile(r"</?[A-Za-z]")
_PARAGRAPH_ENDS = re.compile(r"\n[ \t]*\n")
_FENCE = re.compile(r"^[^\n\w]*(?:```|~~~)", re.MULTILINE)
_LONG_HTML = re.compile(r"<(?:pre|code|script|style|textarea|table|!|\?)", re.IGNORECASE)
# A dollar before a digit is a price.
_FORMULA = re.compile(r"\$(?!\d)|\\[()\[\]]|\\begin|\\end")


def anchor(text: str) -> str:
    """What `Citation.after` keeps of the text that ends where a source is cited."""
    return text[-ANCHOR_CHARS:].strip()


def marked(parts: Sequence[Part]) -> list[Part]:
    """The parts with marks in their texts, to be replaced by `unmarked`. Sources are numbered in their order."""
    citations = [part for part in parts if isinstance(part, Citation)]
    texts = [part.text for part in parts if isinstance(part, Text)]
    is_long = sum(map(len, texts)) > MAX_CHARS
    if is_long or not any(each.after for each in citations) or any(map(_OWN_MARK.search, texts)):
        return list(parts)
    after = tuple(each.after for each in citations)
    return [replace(part, text=_with_marks(part.text, after)) if isinstance(part, Text) else part for part in parts]


def unmarked(text: str, shown: Callable[[int], str]) -> str:
    """The text with what is shown for the source of each number, counted from 1."""
    return _MARK.sub(lambda found: shown(int(found[1])), text) if _BEGIN in text else text


def position_after(text: str, ending: str) -> int | None:
    """Where in the text the ending ends, if that is in one place."""
    at = text.find(ending) if ending else -1
    return at + len(ending) if at >= 0 and text.find(ending, at + 1) < 0 else None


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def _with_marks(text: str, after: tuple[tuple[str, ...], ...]) -> str:
    """`after` has the ends of the texts that each source is cited for."""
    places: dict[int, list[int]] = {}
    for number, endings in enumerate(after, start=1):
        for ending in endings:
            if (at := position_after(text, ending)) is not None and number not in places.setdefault(at, []):
                places[at].append(number)
    for at in sorted(filter(lambda place: _is_in_words(text, place), places), reverse=True):
        marks = "".join(f"{_BEGIN}{number}{_END}" for number in places[at])
        text = text[:at] + marks + text[at:]
    return text


def _is_in_words(text: str, at: int) -> bool:
    """Whether a mark can stand here and change nothing else."""
    if not (_BEFORE.search(text, max(0, at - 8), at) and _AFTER.match(text, at)):
        return False
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if _ITEM.fullmatch(line) or _OPEN.search(line):
        return False
    if line.startswith(("    ", "\t")) or "://" in line.split()[-1] or "@" in line.split()[-1]:
        return False
    if len(_FENCE.findall(text, 0, at)) % 2 or _LONG_HTML.search(text, 0, at):
        return False
    begin = max((found.end() for found in _PARAGRAPH_ENDS.finditer(text, 0, at)), default=0)
    end = _PARAGRAPH_ENDS.search(text, at)
    return _is_closed(text[begin:at], text[at : end.start() if end else len(text)])


def _is_closed(before: str, behind: str) -> bool:
    """Whether nothing that began in the paragraph is still open between these two pieces of it."""
    if _TAG.search(before) or _TAG.search(behind):
        return False
    if before.count("`") % 2 or before.rfind("[") > before.rfind("]") or before.rfind("<") > before.rfind(">"):
        return False
    if before.endswith("*") and any("*" in _BOLD.sub("", piece) for piece in (before, behind)):
        return False
    if before.rfind("](") > before.rfind(")"):
        return False
    return not (_FORMULA.search(before) and _FORMULA.search(behind))

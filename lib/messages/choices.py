"""Finds the alternatives that an answer ends with, if its last words are a question about which of them is meant.

No agent framework has a field for them: they are Markdown like any other. So they count only where a list can hardly be
anything else, and an ordinary list never does. An answer that puts a question to itself ("Why did sales drop?") and
goes on with a list is left alone: the question must ask the reader for a choice.
"""

import re
from collections.abc import Sequence

from lib.messages.parts import Citation, FollowUp, Part, Text

FEWEST, MOST = 2, 5
MAX_CHOICE_CHARS = 60
_ITEM = re.compile(r"(?P<indent> {0,3})(?:(?P<bullet>[-*+•])|(?P<number>\d)(?P<mark>[.)]))[ \t]+(?P<text>\S.*)")
_QUESTION = re.compile(r" {0,3}(?![#>|]|[-*+•] |\d+[.)] )\S.*[?\uff1f][*_]{0,3}\s*")
_LAST_SENTENCE = re.compile(r"(?:.*[.!?:\uff1f]\s)?(.+)")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
# Links, images, code, HTML, tables, formulas, footnotes, check boxes.
_MARKUP = re.compile(r"[\[\]<>|`$\\]|https?:")
_EMPHASIS = re.compile(r"(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1")
_SENTENCE_END = (".", ":", ";", ",", "!", "…")
_ASKS = re.compile(
    r"""\b(?:
    (?:do|did)\ you\ (?:mean|want|need|prefer|wish)|would\ you\ (?:like|prefer|rather)
  | are\ you\ (?:asking|interested|looking|referring|thinking)|(?:can|could)\ you\ (?:clarify|confirm|specify|tell)
  | (?:should|shall)\ (?:I|we)
  | (?:meinen|möchten|wollen|wünschen|brauchen|suchen)\ Sie|(?:meinst|möchtest|willst|brauchst|suchst)\ du
  | soll(?:en)?\ (?:ich|wir)|können\ Sie|kannst\ du
  | (?:voulez|souhaitez|préférez|cherchez|parlez|pensez)-vous|(?:veux|préfères|cherches|parles|penses)-tu
  | vous\ (?:voulez|souhaitez|préférez|cherchez|parlez)|(?:dois-je|devons-nous)
  | (?:quieres|quiere|prefieres|prefiere|deseas|desea|necesitas|necesita|buscas|busca)|(?:te\ refieres|se\ refiere)
  | (?:vuoi|vuole|preferisci|preferisce|intendi|intende|desideri|desidera)|devo
  | (?:você|o\ senhor|a\ senhora)\ (?:quer|prefere|deseja|procura)|se\ refere
  | (?:wilt|bedoelt|zoekt|wenst)\ u|(?:wil|bedoel|zoek)\ je|(?:zal|moet)\ ik
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def choices_of(parts: Sequence[Part]) -> list[str]:
    """The alternatives of an answer whose last words they are; empty for most answers."""
    said = [part for part in parts if not isinstance(part, FollowUp | Citation)]
    return choices_in(said[-1].text) if said and isinstance(said[-1], Text) else []


def choices_in(text: str) -> list[str]:
    """The alternatives at the end of a text, as they may be sent as an answer; empty without a question before them."""
    lines = text.rstrip().splitlines()
    before = _before_list(lines)
    if before is None or not _asks_reader(lines[:before]):
        return []
    choices = [_choice(line) for line in lines[before:]]
    is_each_one = len(set(map(str.casefold, choices))) == len(choices) and all(choices)
    return choices if is_each_one and FEWEST <= len(choices) <= MOST else []


def _before_list(lines: list[str]) -> int | None:
    """Where the list begins with which the lines end, one line an item and all alike; None if that is no such list."""
    start = len(lines)
    while start and _ITEM.fullmatch(lines[start - 1]) and len(lines) - start <= MOST:
        start -= 1
    items = [match for line in lines[start:] if (match := _ITEM.fullmatch(line))]
    numbers = [match["number"] for match in items]
    is_numbered = numbers == [str(number) for number in range(1, len(items) + 1)]
    is_even = len({match.group("indent", "bullet", "mark") for match in items}) == 1
    return start if is_even and (is_numbered or not any(numbers)) else None


def _asks_reader(lines: list[str]) -> bool:
    """Whether the lines end with a question that asks the reader for a choice, with at most one blank line after it."""
    if lines and not lines[-1].strip():
        lines = lines[:-1]
    if not lines or not _QUESTION.fullmatch(lines[-1]) or sum(map(bool, map(_FENCE.match, lines))) % 2:
        return False
    sentence = _LAST_SENTENCE.fullmatch(lines[-1].strip())
    return bool(sentence and _ASKS.search(sentence[1]))


def _choice(line: str) -> str:
    """The text of an item without its emphasis; empty if it is no short label."""
    match = _ITEM.fullmatch(line)
    text = _EMPHASIS.sub(r"\2", match["text"].strip()) if match else ""
    choice = " ".join(text.split())
    is_label = choice.isprintable() and not _MARKUP.search(choice) and not choice.endswith(_SENTENCE_END)
    return choice if is_label and len(choice) <= MAX_CHOICE_CHARS else ""

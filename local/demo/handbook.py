"""An agent over documents, as a Knowledge Assistant is: it answers from a made-up handbook, and cites it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from local.demo.events import Cited, End, Message, TeamEvent, TextDelta

FOLDER = "/Volumes/main/shop/handbook"
NOTHING = "The handbook says nothing about that. It has returns, delivery and guarantees."


@dataclass(frozen=True)
class _Passage:
    words: str
    said: str
    source: Cited


PASSAGES = (
    _Passage(
        r"\b(returns?|send back|refund\w*)\b",
        "Customers can return what they have not used within 30 days. ",
        Cited(f"{FOLDER}/returns policy.pdf", 3, "Unused goods may be returned within 30 days of delivery."),
    ),
    _Passage(
        r"\b(returns?|refund\w*|money)\b",
        "The money is back on their account within 5 working days. ",
        Cited(f"{FOLDER}/returns policy.pdf", 4, "Refunds are paid within 5 working days, to the account used."),
    ),
    _Passage(
        r"\b(deliver\w*|shipping|ship)\b",
        "Delivery takes 2 to 4 working days, to the Nordics up to 7. ",
        Cited(f"{FOLDER}/delivery.md", None, "Standard delivery: 2 to 4 working days; Nordics: up to 7."),
    ),
    _Passage(
        r"\b(guarantee\w*|warrant\w*|broken|repair\w*)\b",
        "Tents and backpacks have a guarantee of 5 years. ",
        Cited(f"{FOLDER}/guarantees.pdf", 1, "We guarantee tents and backpacks for five years."),
    ),
)


def is_about_handbook(text: str) -> bool:
    return any(re.search(passage.words, text, re.IGNORECASE) for passage in PASSAGES)


def answer(messages: Sequence[Message]) -> Iterator[TeamEvent]:
    """Yield the words of each passage and then where it is from, and at last exactly one End."""
    asked = next((message.text for message in reversed(messages) if message.role == "user"), "")
    found = [passage for passage in PASSAGES if re.search(passage.words, asked, re.IGNORECASE)]
    words = 0
    for passage in found:
        deltas = re.findall(r"\S+\s*", passage.said)
        words += len(deltas)
        yield from map(TextDelta, deltas)
        yield passage.source
    if not found:
        yield TextDelta(NOTHING)
    yield End(sum(len(message.text.split()) for message in messages), words)

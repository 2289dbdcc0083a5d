"""What a block of code is read as."""

from dataclasses import dataclass
from typing import Any


class NotDrawn(Exception):
    """A block that is not drawn. Its text says why, as a sentence for the reader."""


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification with its data. `alt` is for people who do not see it."""

    spec: dict[str, Any]
    alt: str


@dataclass(frozen=True)
class Diagram:
    """A text in Mermaid. Without `alt`, the text has its own description, or its kind describes it."""

    text: str
    alt: str | None = None


@dataclass(frozen=True)
class Refused:
    reason: str


Figure = Chart | Diagram | Refused

"""How the demo agents say something."""

import re
from collections.abc import Iterator

from local.demo.events import Event, TextDelta


def say(text: str) -> Iterator[Event]:
    """Yield the text word by word, each with the white space after it."""
    for piece in re.findall(r"\s*\S+\s*", text):
        yield TextDelta(piece)

"""What a search finds, and the marks around the words that it was found by."""

from dataclasses import dataclass
from uuid import UUID

MARK_START, MARK_END = "\ue000", "\ue001"
"""Around each match in a snippet. They are characters for private use, and are removed from the text itself."""


@dataclass(frozen=True)
class SearchHit:
    """`message_id` is None for a hit in the title. In `snippet`, matches stand between MARK_START and MARK_END."""

    chat_id: UUID
    message_id: UUID | None
    title: str
    snippet: str

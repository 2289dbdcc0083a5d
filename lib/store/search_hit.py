"""What a search finds, and the marks around the words that it was found by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from lib.store.search_cursor import SearchCursor

Speaker = Literal["user", "assistant"]
MARK_START, MARK_END = "\ue000", "\ue001"
"""Around each match in a snippet. They are characters for private use, and are removed from the text itself."""


def pieces(marked: str) -> list[tuple[str, bool]]:
    """A text with marks, cut at the marks, and of each piece whether it is a match."""
    cut: list[tuple[str, bool]] = []
    for piece in marked.split(MARK_START):
        match, end, rest = piece.partition(MARK_END)
        cut += [(match, True), (rest, False)] if end else [(piece, False)]
    return [(text, is_match) for text, is_match in cut if text]


@dataclass(frozen=True)
class SearchHit:
    """`message_id` is None for a hit in the title. In `snippet`, matches stand between MARK_START and MARK_END."""

    chat_id: UUID
    message_id: UUID | None
    title: str
    snippet: str
    created_at: datetime
    """When the message was said or, for a title, the chat begun."""
    agent: str | None
    """The chat's."""
    role: Speaker | None
    """Who said it: the user or the agent. None for a title."""


@dataclass(frozen=True)
class HitPage:
    """`cursor` is where the next page begins; None if there is no more."""

    hits: list[SearchHit]
    cursor: SearchCursor | None = None


@dataclass(frozen=True)
class FoundChat:
    """A chat in which something was found: in its title, in the messages of `hits`, or in both.

    `title` has the marks of a snippet. `hits` are a few messages, the newest first; `hit_count` counts all that were
    found among the chat's last messages.
    """

    id: UUID
    title: str
    agent: str | None
    updated_at: datetime
    is_archived: bool
    hits: list[SearchHit]
    hit_count: int


@dataclass(frozen=True)
class FoundChats:
    """`cursor` is where the next page begins; None if there is no more."""

    chats: list[FoundChat]
    cursor: SearchCursor | None = None

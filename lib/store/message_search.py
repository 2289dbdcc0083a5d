"""Finds the newest messages that match a search, in Postgres, in the way that is fast for its words.

Which way that is depends on how common the words are, and the first messages that are read tell:

1. A common word is soon found by reading the newest messages.
2. Of a less common one, these tell how far back enough will be found. So far the index of words and the index of the
   user's messages are looked up together.
3. A rare word has few entries in the index of words, which are all read. Only an unfinished last word can have very
   many, as it stands for all words that begin with it, whoever said them. If the finished words are much rarer, only
   they are looked up, and the messages that they give are checked for the last word. If they are not, and the user has
   said little, all of that is read instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib.store.snippets import parted

Rows = Callable[..., list[Any]]
"""Runs a named query for the user, with binds by name."""

NEWEST = {"messages": "search_newest_messages", "chats": "search_newest_chats"}
RECENT = {"messages": "search_recent_messages", "chats": "search_recent_chats"}
ALL = {"messages": "search_all_messages", "chats": "search_all_chats"}
DEPTH = 2_000
"""Reading so many messages takes 5 ms. A word with fewer than 20 hits among them is in less than one of a hundred."""
LITTLE = 8_000
"""Reading so many takes less time than collecting the entries of a word that everybody uses."""
SHARE_OF_COMMON = 0.02
TIMES_RARER = 10
"""Reading a message costs about as much as reading this many entries of the index of words."""
MARGIN = 1.5
"""How much further back than expected, since words do not come evenly."""
FARTHEST = 40_000
"""Farther back, the entries of the user's messages cost more than they save."""


@dataclass(frozen=True)
class Words:
    """A search as the text of a tsquery; then of its finished words and of its unfinished last word if it has both."""

    all: str
    finished: str | None = None
    unfinished: str | None = None


@dataclass(frozen=True)
class Looked:
    """What was looked at: how many messages, from which number to which, and how many of them were hits."""

    count: int
    oldest: int
    newest: int
    hits: int
    finished: int
    """How many have the finished words, and how many the unfinished one."""
    unfinished: int

    @property
    def user_total(self) -> float:
        """About how many messages the user has, if they have always said as much as lately."""
        return self.count * self.newest / (self.newest - self.oldest + 1)

    @property
    def is_finished_rarer(self) -> bool:
        return self.finished * TIMES_RARER < self.unfinished

    @property
    def is_unfinished_common(self) -> bool:
        return self.unfinished > SHARE_OF_COMMON * self.count and not self.is_finished_rarer

    def since(self, limit: int) -> int | None:
        """The number from which on there should be so many hits; None if that is too far back to be of use."""
        if not self.hits or (times := MARGIN * limit / self.hits) * self.count > FARTHEST:
            return None
        since = round(self.newest - times * (self.newest - self.oldest + 1))
        return since if since > 0 else None


def words_of(rows: Rows, query: str, *, lenient: bool = False) -> Words | None:
    """None if there is nothing to look for."""
    finished, unfinished = parted(query)
    parts = {"finished": finished, "unfinished": unfinished if finished else ""}
    (row,) = rows("words_of_search", asked=query, lenient=lenient, **parts)
    return Words(row["words"], row["finished"], row["unfinished"]) if row["words"] else None


class MessageSearch:
    """`kind` is what is found: "messages", or their "chats"."""

    def __init__(self, rows: Rows, words: Words) -> None:
        self._rows = rows
        self._words = words

    def newest(self, kind: str, limit: int, before: int | None) -> list[Any]:
        """At most `limit`, newest first, from behind the message with number `before`."""
        binds = {"words": self._words.all, "limit": limit, "before": before}
        found, looked = self._read(kind, DEPTH, binds)
        # Whether a chat stood on an earlier page is told by its newest match, which only all messages tell.
        if kind == "messages" or before is None:
            if len(found) == limit or looked.count < DEPTH:
                return found
            further = self._further_back(kind, looked, binds)
            if further is not None:
                return further
        return self._rows(ALL[kind], scope="words", search=self._rarer(looked), **binds)

    def _further_back(self, kind: str, looked: Looked, binds: dict[str, Any]) -> list[Any] | None:
        """What is found without looking at all; None if that is not enough."""
        if looked.is_unfinished_common and looked.user_total < LITTLE:
            found, looked = self._read(kind, 2 * LITTLE, binds)
            return found if len(found) == binds["limit"] or looked.count < 2 * LITTLE else None
        if (since := looked.since(binds["limit"])) is None:
            return None
        found = self._rows(RECENT[kind], scope="words", search=self._words.all, since=since, **binds)
        return found if len(found) == binds["limit"] else None

    def _read(self, kind: str, depth: int, binds: dict[str, Any]) -> tuple[list[Any], Looked]:
        parts = {"finished": self._words.finished, "unfinished": self._words.unfinished}
        rows = self._rows(NEWEST[kind], depth=depth, **parts, **binds)
        found, row = [row for row in rows if row["chat_id"]], rows[0]
        ends = row["oldest"] or 0, row["newest"] or 0
        return found, Looked(row["looked_at"], *ends, len(found), row["finished"], row["unfinished"])

    def _rarer(self, looked: Looked) -> str:
        """What of the words to look up in the index."""
        return (self._words.finished if looked.is_finished_rarer else None) or self._words.all

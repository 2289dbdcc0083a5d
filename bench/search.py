"""Searches of every kind in the chats of a user who has written a fifth of all messages."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.corpus import NUMBERS, Corpus, fill
from bench.figures import Row, as_ms, duration, p50, p95
from bench.stage import Stage, closing_database
from lib.identity import User
from lib.store.postgres import PostgresStore
from lib.store.store import PAGE_LIMIT

TIMES = 60
MESSAGES, QUICK_MESSAGES = 2_000_000, 200_000
P95_SECONDS = 0.050
SEARCHER = User("searcher@example.com", None, None, authenticated=True)
# No row-level security and no snippets: Postgres alone.
BARE = """
SELECT messages.id, messages.chat_id
  FROM chat.messages
 WHERE messages.user_id = %s AND messages.search @@ chat.words(%s)
 ORDER BY messages.seq DESC
 LIMIT %s
"""
Say = Callable[[], str]


def measure(stage: Stage) -> list[Row]:
    corpus = Corpus()
    messages = QUICK_MESSAGES if stage.is_quick else MESSAGES
    with closing_database(stage.database_url) as database, stage.admin() as admin:
        fill(admin, corpus, SEARCHER.id, messages)
        search = PostgresStore(database, SEARCHER).search
        return [
            _row(f"search, p50 / p95: {kind}", *_measured(search, admin, say))
            for kind, say in _kinds(corpus.words).items()
        ]


def _kinds(words: list[str]) -> dict[str, Say]:
    """By kind, a function that makes a new query at each call. Last words may be unfinished, unless short or quoted."""
    choose = random.Random(7).choice  # noqa: S311 - the same words every time, no secret
    common, middling, rare = (
        partial(choose, words[begin:end]) for begin, end in ((0, 60), (500, 3_000), (20_000, None))
    )

    def begun(letters: int) -> str:
        return choose([word for word in words if len(word) > letters])[:letters]

    def typo() -> str:
        word = choose([word for word in words[200:3_000] if len(word) >= 6])
        return word[:2] + word[3:]

    return {
        "a common word": common,
        "a word of one message in 300": middling,
        "a rare word": rare,
        "a number": lambda: str(choose(range(NUMBERS))),
        "two common words": lambda: f"{common()} {common()}",
        "two middling words": lambda: f"{middling()} {middling()}",
        "a rare and a common word": lambda: f"{rare()} {common()}",
        "a rare word, 3 letters": lambda: f"{rare()} {begun(3)}",
        "a phrase": lambda: f'"{common()} {middling()}"',
        "1 letter": lambda: begun(1),
        "2 letters": lambda: begun(2),
        "3 letters": lambda: begun(3),
        "4 letters": lambda: begun(4),
        "a word less another": lambda: f"{middling()} -{common()}",
        "one word or another": lambda: f"{rare()} or {rare()}",
        "nothing there": lambda: f"q{rare()}q",
        "a phrase of two common words": lambda: f'"{common()} {common()}"',
        "two common words, the last unfinished": lambda: f"{common()} {common()}"[:-1],
        "a title with a typo": typo,
    }


def _measured(search: Callable[[str], object], admin: Any, say: Say) -> tuple[list[float], list[float]]:
    """Seconds of the app and of the bare client, alternately. Words differ, so that neither finds cached pages."""

    def bare(query: str) -> None:
        admin.execute(BARE, (SEARCHER.id, query, PAGE_LIMIT))
        admin.fetchall()

    pairs = [(duration(partial(search, say())), duration(partial(bare, say()))) for _ in range(TIMES)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _row(what: str, ours: list[float], bare: list[float]) -> Row:
    ratio = p50(ours) / p50(bare)
    is_kept = p95(ours) <= P95_SECONDS
    return Row(what, as_ms(ours, p95), as_ms(bare, p95), f"{ratio:.2f}x", "p95 ≤ 50 ms", is_kept)

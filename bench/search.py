"""Searches of every kind, by a user who has written a fifth of all messages and by one who has written few."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.corpus import NUMBERS, Corpus, fill
from bench.figures import Row, as_ms, duration, p50, p95
from bench.stage import Stage, closing_database
from lib.db.database import Database
from lib.identity import User
from lib.store.postgres import PostgresStore
from lib.store.search_warm_up import warm_up_search
from lib.store.store import PAGE_LIMIT

TIMES, COLD_TIMES, WARM_TIMES = 60, 10, 2
MESSAGES, QUICK_MESSAGES = 2_000_000, 200_000
P95_SECONDS = 0.050
SEARCHER = User("searcher@example.com", None, None, authenticated=True)
LIGHT_SEARCHER = User("other-1", None, None, authenticated=True)
"""One of the 400 others, who have written 4,000 messages each."""
# No row-level security and no snippets: Postgres alone.
BARE = """
SELECT messages.id, messages.chat_id
  FROM chat.messages
 WHERE messages.user_id = %s AND messages.search @@ chat.words(%s)
 ORDER BY messages.seq DESC
 LIMIT %s
"""
Say = Callable[[], str]
Ask = Callable[[str], object]


def measure(stage: Stage) -> list[Row]:
    """The cards of the page for both users, then the hits of the API, then the cards just after a start."""
    corpus = Corpus()
    messages = QUICK_MESSAGES if stage.is_quick else MESSAGES
    with closing_database(stage.database_url) as database:
        with stage.admin() as admin:
            fill(admin, corpus, SEARCHER.id, messages)
        kinds = _kinds(corpus.words)
        rows = []
        for who, user in (("", SEARCHER), (", light user", LIGHT_SEARCHER)):
            rows += _warm(stage, f"search{who}", user, PostgresStore(database, user).search_chats, kinds)
        rows += _warm(stage, "search, hits", SEARCHER, PostgresStore(database, SEARCHER).search, kinds)
        return rows + [_cold(stage, database, kind, say) for kind, say in kinds.items()]


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


def _warm(stage: Stage, what: str, user: User, search: Ask, kinds: dict[str, Say]) -> list[Row]:
    with stage.admin() as admin:
        bare = partial(_bare, admin, user)
        for say in [*kinds.values()] * WARM_TIMES:
            search(say())
        return [_row(f"{what}: {kind}", *_measured(search, bare, say, TIMES)) for kind, say in kinds.items()]


def _cold(stage: Stage, database: Database, kind: str, say: Say) -> Row:
    """The first searches of a kind after a start of Postgres; the bare client's are asked after another start.

    Both are connected by then, and the search is warmed up, as when somebody has opened the palette.
    """
    durations: list[list[float]] = []
    for is_bare in (False, True):
        stage.restart_database()
        database.reconnect()
        with stage.admin() as admin:
            store = PostgresStore(database, SEARCHER)
            store.list_chats(PAGE_LIMIT)
            warm_up_search(store)
            ask: Ask = partial(_bare, admin, SEARCHER) if is_bare else store.search_chats
            durations.append([duration(partial(ask, say())) for _ in range(COLD_TIMES)])
    return _row(f"search, after a start: {kind}", *durations)


def _bare(admin: Any, user: User, query: str) -> None:
    admin.execute(BARE, (user.id, query, PAGE_LIMIT))
    admin.fetchall()


def _measured(ours: Ask, bare: Ask, say: Say, times: int) -> tuple[list[float], list[float]]:
    """Seconds of the app and of the bare client, alternately. Words differ, so that neither finds cached pages."""
    pairs = [(duration(partial(ours, say())), duration(partial(bare, say()))) for _ in range(times)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _row(what: str, ours: list[float], bare: list[float]) -> Row:
    ratio = p50(ours) / p50(bare)
    is_kept = p95(ours) <= P95_SECONDS
    return Row(f"{what}, p50 / p95", as_ms(ours, p95), as_ms(bare, p95), f"{ratio:.2f}x", "p95 ≤ 50 ms", is_kept)

"""A page of the list of chats (first, from the middle, by cursor), with a thousand chats and with a million."""

from datetime import UTC, datetime
from uuid import UUID

from bench import bare, fill
from bench.figures import Row, as_ms, interleaved, p50
from bench.stage import Stage, closing_database
from lib.db.database import Database
from lib.identity import User
from lib.store.cursor import Cursor
from lib.store.postgres import PostgresStore
from lib.store.store import PAGE_LIMIT

TIMES = 300
KINDS = ("first", "deep", "walk's")
FEW, MANY, QUICK_MANY = 1_000, 1_000_000, 100_000
MOST_TIMES_BARE = 2.0
MOST_TIMES_GROWN = 1.5
MIDDLE = """
SELECT id, updated_at FROM chat.chats WHERE user_id = %s AND deleted_at IS NULL AND archived_at IS NULL
 ORDER BY updated_at DESC, id DESC OFFSET %s LIMIT 1
"""


def measure(stage: Stage) -> list[Row]:
    counts = (FEW, QUICK_MANY if stage.is_quick else MANY)
    with closing_database(stage.database_url) as database:
        pages = {count: _pages(stage, database, count) for count in counts}
    rows = [row for count in counts for row, _ in pages[count]]
    return rows + [_growth(kind, *(pages[count][place][1] for count in counts)) for place, kind in enumerate(KINDS)]


def _pages(stage: Stage, database: Database, count: int) -> list[tuple[Row, float]]:
    """A page of each kind, with its median in seconds."""
    user = User(f"{count}@example.com", None, None, authenticated=True)
    with stage.admin() as admin:
        fill.chats(admin, user.id, count)
        admin.execute(MIDDLE, (user.id, count // 2))
        chat_id, updated_at = admin.fetchone()
    store = PostgresStore(database, user)
    page = {"user_id": user.id, "limit": PAGE_LIMIT + 1, "archived": False, "newer": False}
    with bare.cursor(stage.database_url) as cursor:

        def scan(after: UUID | None) -> None:
            bare.run(cursor, "list_chats", cursor=after, **page)

        def first() -> None:
            scan(None)

        def deep() -> None:
            scan(chat_id)

        def on() -> None:
            place = {"as_of": walk.as_of, "place": walk.place, "after_id": walk.id}
            bare.run(cursor, "list_chats_as_of", **place, **page)

        walk = Cursor(datetime.now(UTC), updated_at, chat_id)
        return [
            _row(f"history, first page of {count:,}", interleaved(first, store.list_chats, TIMES)),
            _row(f"history, deep page of {count:,}", interleaved(deep, lambda: _deep(store, chat_id), TIMES)),
            _row(f"history, page of a walk through {count:,}", interleaved(on, lambda: _deep(store, walk), TIMES)),
        ]


def _deep(store: PostgresStore, place: UUID | Cursor) -> None:
    store.list_chats(older_than=place)


def _row(what: str, durations: tuple[list[float], list[float]]) -> tuple[Row, float]:
    scanned, ours = durations
    ratio = p50(ours) / p50(scanned)
    row = Row(what, as_ms(ours), as_ms(scanned), f"{ratio:.2f}x", f"≤ {MOST_TIMES_BARE:g}x", ratio <= MOST_TIMES_BARE)
    return row, p50(ours)


def _growth(kind: str, few: float, many: float) -> Row:
    ratio = many / few
    is_kept = ratio <= MOST_TIMES_GROWN
    return Row(f"history, {kind} page, most : few", "", "", f"{ratio:.2f}x", f"flat (≤ {MOST_TIMES_GROWN:g}x)", is_kept)

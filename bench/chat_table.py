"""A page of the table of all chats: by activity, title and beginning, first and deep, filtered by common and rare."""

from typing import Any

from bench import bare, fill
from bench.figures import Row, as_ms, interleaved, p50
from bench.stage import Stage, closing_database
from lib.identity import User
from lib.store.chat_summary import TABLE_LIMIT, ChatFilter, Order, TableCursor
from lib.store.postgres import PostgresStore
from lib.store.postgres_table import QUERIES, binds

TIMES = 200
MANY, QUICK_MANY = 1_000_000, 100_000
MOST_TIMES_BARE = 2.0
RARE = 3
# Every chat has an agent; the oldest few are shared, have an agent of their own, or a running answer.
PREPARE = """
UPDATE chat.chats SET agent = 'common' WHERE user_id = %(user)s;
UPDATE chat.chats SET visibility = 'public', agent = 'rare'
 WHERE id IN (SELECT id FROM chat.chats WHERE user_id = %(user)s ORDER BY updated_at LIMIT %(rare)s);
INSERT INTO chat.messages (chat_id, user_id, role, status, content)
SELECT id, user_id, 'user', 'complete', 'A question'
  FROM (SELECT id, user_id FROM chat.chats WHERE user_id = %(user)s ORDER BY updated_at LIMIT %(rare)s) AS oldest;
INSERT INTO chat.turns (id, chat_id, user_id, question_id, owner)
SELECT gen_random_uuid(), chat_id, user_id, id, 'bench' FROM chat.messages WHERE user_id = %(user)s;
"""
MIDDLE = """
SELECT id, title, updated_at, created_at FROM chat.chats WHERE user_id = %s ORDER BY updated_at DESC OFFSET %s LIMIT 1
"""
BY_TITLE = Order("title", ascending=True)
BY_CREATION = Order("created", ascending=True)


def measure(stage: Stage) -> list[Row]:
    count = QUICK_MANY if stage.is_quick else MANY
    user = User("table@example.com", None, None, authenticated=True)
    url = stage.database_url
    with stage.admin() as admin:
        if fill.chats(admin, user.id, count):
            admin.execute(PREPARE, {"user": user.id, "rare": RARE})
            admin.execute("VACUUM ANALYZE chat.chats, chat.messages, chat.turns")
        admin.execute(MIDDLE, (user.id, count // 2))
        chat_id, title, updated_at, created_at = admin.fetchone()
    asked: dict[str, dict[str, Any]] = {
        "first page": {},
        "deep page": {"after": TableCursor(updated_at, chat_id)},
        "first page by title": {"order": BY_TITLE},
        "deep page by title": {"order": BY_TITLE, "after": TableCursor(title, chat_id)},
        "first page by beginning": {"order": BY_CREATION},
        "deep page by beginning": {"order": BY_CREATION, "after": TableCursor(created_at, chat_id)},
        "the shared": {"chosen": ChatFilter(shared=True, archived=None)},
        "with a running answer": {"chosen": ChatFilter(running=True)},
        "of a rare agent": {"chosen": ChatFilter(agent="rare")},
        "of a common agent": {"chosen": ChatFilter(agent="common")},
        "of a range of dates": {"chosen": ChatFilter(before=updated_at)},
        "the archived, of which there are none": {"chosen": ChatFilter(archived=True)},
    }
    with closing_database(url) as database, bare.cursor(url) as cursor:
        store = PostgresStore(database, user)
        return [_row(f"table of {count:,}, {name}", store, cursor, user, page) for name, page in asked.items()]


def _row(what: str, store: PostgresStore, cursor: Any, user: User, page: dict[str, Any]) -> Row:
    order = page.get("order", Order())
    asked = binds(page.get("chosen", ChatFilter()), order, TABLE_LIMIT, page.get("after"))
    scanned, ours = interleaved(
        lambda: bare.run(cursor, QUERIES[order.by], user_id=user.id, **asked),
        lambda: store.list_summaries(**page),
        TIMES,
    )
    ratio = p50(ours) / p50(scanned)
    return Row(what, as_ms(ours), as_ms(scanned), f"{ratio:.2f}x", f"≤ {MOST_TIMES_BARE:g}x", ratio <= MOST_TIMES_BARE)

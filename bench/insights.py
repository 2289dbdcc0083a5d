"""The statements of the Insights page over 90 days and two million messages: for everybody, a heavy and a light user.

Before, the days are counted as housekeeping does it; the day that takes the longest is measured, too.
"""

from collections.abc import Callable
from typing import Any

from bench.figures import Row, as_ms, duration, p95
from bench.stage import Stage, closing_database
from lib.db.database import Database
from lib.store.insights import PostgresDailyCounts, PostgresInsights

DAYS = 90
ANSWERS, QUICK_ANSWERS = 1_000_000, 100_000
TIMES = 30
P95_SECONDS, DAY_SECONDS = 0.300, 5.0
HEAVY, LIGHT = "searcher@example.com", "other-1"

# A fifth of all is the heavy user's. A third of the answers used tools, one call in twenty failed.
USERS = """
INSERT INTO chat.users (id) SELECT 'other-' || number FROM generate_series(0, 399) AS number
 UNION ALL SELECT %(heavy)s ON CONFLICT (id) DO NOTHING
"""
ASKED = """
DROP TABLE IF EXISTS asked;
CREATE UNLOGGED TABLE asked AS
SELECT CAST(md5('insights chat ' || number / 10) AS uuid) AS chat_id,
       CAST(md5('insights question ' || number) AS uuid) AS question,
       CAST(md5('insights answer ' || number) AS uuid) AS answer,
       CASE number / 10 %% 5 WHEN 0 THEN %(heavy)s ELSE 'other-' || number / 10 %% 400 END AS user_id,
       'agent-' || number %% 3 AS agent, now() - (number * %(days)s / %(count)s) * interval '1 day'
                                         - random() * interval '1 day' AS at,
       CASE WHEN number %% 50 = 0 THEN 'failed' WHEN number %% 50 = 1 THEN 'stopped' ELSE 'complete' END AS status,
       number
  FROM generate_series(0, CAST(%(count)s AS bigint) - 1) AS number
"""
CHATS = """
INSERT INTO chat.chats (id, user_id, updated_at) SELECT chat_id, user_id, max(at) FROM asked
 GROUP BY chat_id, user_id ON CONFLICT DO NOTHING
"""
MESSAGES = """
INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, content, agent, trace_id, usage,
                           created_at)
SELECT question, chat_id, user_id, NULL, 'user', 'complete', CAST(%(said)s AS jsonb), '', NULL, NULL,
       CAST(NULL AS jsonb), at FROM asked
 UNION ALL
SELECT answer, chat_id, user_id, question, 'assistant', status,
       CASE number %% 3 WHEN 0 THEN jsonb_build_array(
           jsonb_build_object('type', 'tool_call', 'id', 'a', 'name', 'sql-' || number %% 7, 'arguments', '{}'),
           jsonb_build_object('type', 'tool_result', 'call_id', 'a', 'output',
                              CASE WHEN number %% 20 = 0 THEN '{"error": "no such table"}'
                                   ELSE repeat('{"a": 1} ', 200) END))
           || CAST(%(said)s AS jsonb) ELSE CAST(%(said)s AS jsonb) END,
       'An answer', agent, CASE WHEN number %% 4 > 0 THEN 'tr-' || number END,
       CAST('{"input_tokens": 900, "output_tokens": 80}' AS jsonb), at + interval '9 s'
  FROM asked
"""
TURNS = """
INSERT INTO chat.turns (id, chat_id, user_id, question_id, status, agent, owner, first_event_ms, started_at, ended_at)
SELECT answer, chat_id, user_id, question, status, agent, 'bench', 200 + random() * 3000, at,
       at + exp(random() * 4) * interval '1 s'
  FROM asked
"""
VOTES = """
INSERT INTO chat.votes (chat_id, message_id, user_id, is_upvoted, comment, agent, updated_at)
SELECT chat_id, answer, user_id, number %% 3 > 0, CASE WHEN number %% 3 = 0 THEN 'Wrong year' END, agent,
       at
  FROM asked WHERE number %% 20 = 0
"""


def measure(stage: Stage) -> list[Row]:
    answers = QUICK_ANSWERS if stage.is_quick else ANSWERS
    with closing_database(stage.database_url) as database:
        with stage.admin() as admin:
            _fill(admin, answers)
        days = _count_days(database)
        return [
            Row(
                "insights, counting an ended day, p50 / p95",
                as_ms(days, p95),
                "",
                "",
                "p95 ≤ 5 s",
                p95(days) <= DAY_SECONDS,
            ),
            *(_row(f"insights, {who}, {DAYS} days", work) for who, work in _pages(database).items()),
        ]


def _fill(admin: Any, answers: int) -> None:
    """Unless an earlier run has."""
    admin.execute("SELECT EXISTS (SELECT FROM chat.turns WHERE owner = 'bench')")
    if admin.fetchone() == (True,):
        return
    admin.execute("SET session_replication_role = replica; SET maintenance_work_mem = '1GB'")
    said = '[{"type": "text", "text": "' + "Revenue in the north grew by twelve percent. " * 11 + '"}]'
    binds = {"heavy": HEAVY, "days": DAYS, "count": answers, "said": said}
    for statement in (USERS, ASKED, CHATS, MESSAGES, TURNS, VOTES):
        admin.execute(statement, binds)
    admin.execute("DROP TABLE asked; ANALYZE chat.users")
    admin.execute("VACUUM ANALYZE chat.messages, chat.chats, chat.turns, chat.votes")
    admin.execute("CHECKPOINT")


def _count_days(database: Database) -> list[float]:
    """Seconds that each took; none if an earlier run has counted them."""
    counts, took = PostgresDailyCounts(database), list[float]()
    counted = [1]
    while counted[-1]:
        took.append(duration(lambda: counted.append(counts.count_day())))
    return took


def _pages(database: Database) -> dict[str, Callable[[], object]]:
    everybody, heavy, light = (PostgresInsights(database, user, HEAVY) for user in (None, HEAVY, LIGHT))
    return {
        "everybody": lambda: everybody.usage(DAYS),
        "everybody, one agent": lambda: everybody.usage(DAYS, "agent-1"),
        "a heavy user": lambda: heavy.usage(DAYS),
        "a light user": lambda: light.usage(DAYS),
        "most down-voted, everybody": lambda: everybody.voted_against(DAYS),
    }


def _row(what: str, work: Callable[[], object]) -> Row:
    for _ in range(3):
        work()
    took = [duration(work) for _ in range(TIMES)]
    return Row(f"{what}, p50 / p95", as_ms(took, p95), "", "", "p95 ≤ 300 ms", p95(took) <= P95_SECONDS)

"""The size of the log of running turns: rows of a long answer, and what many short ones leave behind."""

import json
import time
from uuid import UUID, uuid4

from bench.asked import ANN, TOKENS_A_SECOND, Asked, Line, until
from bench.stage import closing_database
from lib.identity import User
from lib.messages.parts import Text
from lib.store.answer_ids import new_answer_id
from lib.store.models import Ending, NewTurn
from lib.store.postgres import PostgresStore
from lib.store.turn_models import LogRow
from lib.store.turn_registry import PostgresTurnRegistry
from tests.chaos.stage import Stage

SHORT_TURNS = 10_000
LONG_ANSWER = 2_000
LONGER = 4
INSERTED = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relid = 'chat.turn_log'::regclass"
END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
DEAD = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'chat.turn_log'::regclass"
SIZE = "SELECT pg_total_relation_size('chat.turn_log')"


def logging(on: Stage) -> list[Line]:
    """Measure a quarter of the answer at real speed and multiply: the number of rows is proportional to time."""
    before = inserted(on)
    asked = Asked(on, LONG_ANSWER // LONGER)
    until(asked.stored)
    rows = inserted(on) - before
    counted = f"{rows * LONGER} ({rows} for {LONG_ANSWER // LONGER}, times {LONGER})"
    return [(f"log rows written for {LONG_ANSWER:,} tokens at {TOKENS_A_SECOND}/s", counted)]


def inserted(on: Stage) -> int:
    """The rows inserted so far. Sessions report to the statistics when they end, so this ends all of them."""
    on.rows(END_SESSIONS)
    time.sleep(0.5)
    return int(on.rows(INSERTED)[0][0])


def leaving_behind(on: Stage) -> list[Line]:
    until(lambda: on.rows("SELECT count(*) FROM chat.turn_log") == [(0,)])
    on.rows("VACUUM chat.turn_log")
    before = on.rows(SIZE)[0][0]
    began = time.monotonic()
    with closing_database(on.database_url) as database:
        turn_registry, store = (
            PostgresTurnRegistry(database),
            PostgresStore(database, User(ANN, ANN, "Ann", authenticated=True)),
        )
        for number in range(SHORT_TURNS):
            _short_turn(store, turn_registry)
            if number % 100 == 0:
                turn_registry.purge_log(0)
        turn_registry.purge_log(0)
    on.rows(END_SESSIONS)
    took = time.monotonic() - began
    peak, (dead,) = on.rows(SIZE)[0][0], on.rows(DEAD)[0]
    on.rows("VACUUM chat.turn_log")
    rows, after = on.rows("SELECT count(*) FROM chat.turn_log")[0][0], on.rows(SIZE)[0][0]
    return [
        (f"chat.turn_log before {SHORT_TURNS:,} short turns", f"{before >> 10} kB"),
        (f"  and after them ({took:.0f} s)", f"{peak >> 10} kB, {dead} dead tuples"),
        ("  and after one vacuum", f"{after >> 10} kB, {on.rows(DEAD)[0][0]} dead tuples, {rows} rows"),
    ]


def _short_turn(store: PostgresStore, turn_registry: PostgresTurnRegistry) -> None:
    """Two log rows of 10 chunks each."""
    turn = NewTurn(new_answer_id(), uuid4(), uuid4(), "How many?", "How many?", None, "bench")
    store.start_turn(turn)
    chunks = [json.dumps({"type": "response.output_text.delta", "item_id": "1", "delta": "token "})] * 10
    turn_registry.write_log("bench", [LogRow(turn.turn_id, 1, chunks)])
    turn_registry.write_log("bench", [LogRow(turn.turn_id, 11, chunks)])
    text = "token " * 20
    store.finish_turn(_ending(turn.turn_id, turn.chat_id, turn.question_id, text))


def _ending(turn_id: UUID, chat_id: UUID, question_id: UUID, text: str) -> Ending:
    return Ending(turn_id, chat_id, question_id, "complete", [Text(text)], text, None, None, 1)

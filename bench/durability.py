"""`python -m bench.durability`: what a crash costs, how soon readers and stops reach a turn, what its log weighs."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median, quantiles
from uuid import UUID, uuid4

import httpx
from httpx_sse import connect_sse

from bench.stage import closing_database
from lib.chat.conversation import first_answer_id
from lib.identity import User
from lib.store.answer_ids import new_answer_id
from lib.store.ledger import PostgresLedger
from lib.store.models import Ending, LogRow, NewTurn
from lib.store.postgres import PostgresStore
from tests.chaos.agent import question, whole
from tests.chaos.stage import Stage, stage

TOKENS_A_SECOND = 50
KILLED_AT, KILLED_OF = 30, 60
TRIALS = 20
ATTACHED_AT = 500
SHORT_TURNS = 10_000
LONG_ANSWER = 2_000
LONGER = 4
ANN = "ann@example.com"
INSERTED = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relid = 'chat.turn_log'::regclass"
END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
DEAD = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'chat.turn_log'::regclass"
SIZE = "SELECT pg_total_relation_size('chat.turn_log')"
ANSWER = "SELECT status, content FROM chat.messages WHERE id = %s"
Line = tuple[str, str]


class Asked:
    """One question, and the agent's answer to it on its way."""

    def __init__(self, on: Stage, tokens: int, app: int = 0) -> None:
        self.stage = on
        self.chat_id, self.question_id = uuid4(), uuid4()
        said = {
            "id": str(self.question_id),
            "role": "user",
            "content": question(tokens, self.question_id, self.chat_id),
        }
        self.whole = whole(said["content"])
        body = {"id": str(self.chat_id), "messages": [said]}
        with http() as client, connect_sse(client, "POST", f"{self.url(app)}/api/chat", json=body) as source:
            if source.response.status_code != httpx.codes.OK:
                raise SystemExit(f"The question was answered {source.response.read().decode()}")
            next(source.iter_sse())

    def url(self, app: int) -> str:
        return self.stage.apps[app].url

    @property
    def said(self) -> str:
        """What the agent has said so far."""
        return self.stage.agent.answers_to(self.question_id)[0].text

    @property
    def tokens_said(self) -> int:
        return self.said.count(" ")

    def has_said(self, tokens: int) -> bool:
        return self.tokens_said >= tokens

    def is_over(self) -> bool:
        """Whether the agent's side of the connection has ended."""
        return self.stage.agent.answers_to(self.question_id)[0].ended_at is not None

    def stored(self) -> tuple[str, str] | None:
        rows = self.stage.rows(ANSWER, str(first_answer_id(self.question_id)))
        return rows[0] if rows else None

    def post(self, app: int, what: str) -> None:
        with http() as client:
            client.post(f"{self.url(app)}/api/chat/{self.chat_id}/{what}").raise_for_status()


def http() -> httpx.Client:
    return httpx.Client(headers={"x-forwarded-email": ANN}, timeout=30)


def until(is_so: Callable[[], object], within_seconds: float = 60) -> None:
    deadline = time.monotonic() + within_seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit("It did not come to that in time.")
        time.sleep(0.002)


def after_kill(on: Stage) -> list[Line]:
    tokens = sorted(missing_after_kill(on) for _ in range(TRIALS))
    least, middle, most = tokens[0], median(tokens), tokens[-1]
    milliseconds = [f"{count * 1000 / TOKENS_A_SECOND:g}" for count in (least, middle, most)]
    return [
        (f"missing after kill -9 at token {KILLED_AT} of {KILLED_OF}: tokens", f"{least} / {middle:g} / {most}"),
        (f"  the same as time of the answer, min/median/max of {TRIALS}", " / ".join(milliseconds) + " ms"),
    ]


def missing_after_kill(on: Stage) -> int:
    """Killed in one process; recovered, as soon as it is taken for dead, by the next that starts."""
    asked = Asked(on, KILLED_OF)
    until(lambda: asked.tokens_said >= KILLED_AT)
    said = asked.said
    on.apps[0].kill()
    on.forget_heartbeats()
    on.apps[0].start()
    until(asked.stored)
    status, content = asked.stored() or ("", "")
    if status != "interrupted" or not asked.whole.startswith(content):
        raise SystemExit(f"After kill -9 the answer is {status}: {content!r}")
    return said.count(" ") - content.count(" ")


def attaching(on: Stage) -> list[Line]:
    """Each of the turns is attached to once in each process: nobody there has read it before."""
    running = [Asked(on, ATTACHED_AT * 10) for _ in range(TRIALS)]
    until(lambda: all(asked.tokens_said >= ATTACHED_AT for asked in running))
    lines = []
    for app, where in ((0, "in the same process"), (1, "from another process")):
        took = [seconds_to_all(asked, app) for asked in running]
        lines.append((f"re-attach to {ATTACHED_AT}+ chunks {where}, p50 / p95", _p50_p95(took)))
    for asked in running:
        asked.post(0, "stop")
    until(lambda: all(asked.stored() for asked in running))
    return lines


def seconds_to_all(asked: Asked, app: int) -> float:
    """From the request until as much has come as the agent had said before it."""
    had, got, began = asked.tokens_said, 0, time.monotonic()
    with http() as client, connect_sse(client, "GET", f"{asked.url(app)}/api/chat/{asked.chat_id}/stream") as source:
        for event in source.iter_sse():
            got += '"response.output_text.delta"' in event.data
            if got >= had:
                return time.monotonic() - began
    raise SystemExit("The stream ended early.")


def stopping(on: Stage) -> list[Line]:
    return [("stop at another process until the agent is hung up on, p50 / p95", _p50_p95(list(_stops(on))))]


def _stops(on: Stage) -> Iterator[float]:
    """At tokens 5, 8, 11…: so at any place between two looks for stop requests."""
    for number in range(TRIALS):
        asked = Asked(on, 500)
        until(partial(asked.has_said, 5 + 3 * number))
        began = time.monotonic()
        asked.post(1, "stop")
        until(asked.is_over)
        yield time.monotonic() - began
        until(asked.stored)


def logging(on: Stage) -> list[Line]:
    """At the real speed for a part of the answer: rows go by time, so the whole has as many more."""
    before = inserted(on)
    asked = Asked(on, LONG_ANSWER // LONGER)
    until(asked.stored)
    rows = inserted(on) - before
    counted = f"{rows * LONGER} ({rows} for {LONG_ANSWER // LONGER}, times {LONGER})"
    return [(f"log rows written for {LONG_ANSWER:,} tokens at {TOKENS_A_SECOND}/s", counted)]


def inserted(on: Stage) -> int:
    """Sessions tell the statistics when they end; the app makes new ones."""
    on.rows(END_SESSIONS)
    time.sleep(0.5)
    return int(on.rows(INSERTED)[0][0])


def leaving_behind(on: Stage) -> list[Line]:
    until(lambda: on.rows("SELECT count(*) FROM chat.turn_log") == [(0,)])
    on.rows("VACUUM chat.turn_log")
    before = on.rows(SIZE)[0][0]
    began = time.monotonic()
    with closing_database(on.database_url) as database:
        ledger, store = PostgresLedger(database), PostgresStore(database, User(ANN, ANN, "Ann", authenticated=True))
        for number in range(SHORT_TURNS):
            _short_turn(store, ledger)
            if number % 100 == 0:
                ledger.purge_log(0)
        ledger.purge_log(0)
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


def _short_turn(store: PostgresStore, ledger: PostgresLedger) -> None:
    """Two log rows of 10 chunks each."""
    turn = NewTurn(new_answer_id(), uuid4(), uuid4(), "How many?", "How many?", None, "bench")
    store.start_turn(turn)
    chunks = [json.dumps({"type": "response.output_text.delta", "item_id": "1", "delta": "token "})] * 10
    ledger.write_log("bench", [LogRow(turn.turn_id, 1, chunks)])
    ledger.write_log("bench", [LogRow(turn.turn_id, 11, chunks)])
    text = "token " * 20
    store.finish_turn(_ending(turn.turn_id, turn.chat_id, turn.question_id, text))


def _ending(turn_id: UUID, chat_id: UUID, question_id: UUID, text: str) -> Ending:
    return Ending(turn_id, chat_id, question_id, "complete", [{"type": "text", "text": text}], text, None, None, 1)


def _p50_p95(seconds: Sequence[float]) -> str:
    cuts = quantiles(seconds, n=20)
    return f"{median(seconds) * 1000:.0f} ms / {cuts[18] * 1000:.0f} ms"


def main() -> None:
    began = time.monotonic()
    lines: list[Line] = []
    with stage(words_per_second=TOKENS_A_SECOND) as on:
        for measure in (after_kill, attaching, stopping, logging, leaving_behind):
            lines += measure(on)
    width = max(len(what) for what, _ in lines)
    print(*(f"{what:<{width}}  {value}" for what, value in lines), f"took {time.monotonic() - began:.0f} s", sep="\n")


if __name__ == "__main__":
    main()

"""What a turn, an open tab and a stored message cost: the figures that docs/sizing.md reckons with."""

import asyncio
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bench import corpus, fill
from bench.browser import Browser
from bench.figures import Row
from bench.stage import ANN, IDENTITY, Stage

ASKERS, TURNS_EACH, QUICK_TURNS_EACH = 8, 50, 10
ANSWER_BYTES = 2_000
TABS, MESSAGES_A_TAB, IDLE_SECONDS = 50, 50, 20
MESSAGES, QUICK_MESSAGES = 100_000, 20_000
TABLES = ("messages", "chats")
SIZES = """
SELECT pg_table_size(CAST(%(table)s AS regclass)), pg_indexes_size(CAST(%(table)s AS regclass)),
       (SELECT count(*) FROM chat.chats), (SELECT count(*) FROM chat.messages),
       (SELECT sum(octet_length(content)) FROM chat.messages)
"""
VACUUM = "VACUUM FULL ANALYZE chat.messages, chat.chats"
VACUUM_TURNS = "VACUUM FULL ANALYZE chat.turns"
TURN_ROWS = """
SELECT pg_table_size('chat.turns') / count(*), pg_indexes_size('chat.turns') / count(*), count(*) FROM chat.turns
"""


def measure(stage: Stage) -> list[Row]:
    return [*_turns(stage), *_tabs(stage), *_storage(stage)]


def _turns(stage: Stage) -> list[Row]:
    """Short answers, asked for by a few users at once, each the next one when the last has ended."""
    each = QUICK_TURNS_EACH if stage.is_quick else TURNS_EACH
    app, count = stage.app_of_flood, ASKERS * each
    asyncio.run(_ask_all(app.url, 2))  # what the process builds only once does not count
    app_began, database_began, began = app.cpu_seconds(), stage.database_cpu_seconds(), time.monotonic()
    asyncio.run(_ask_all(app.url, each))
    seconds = time.monotonic() - began
    app_ms = (app.cpu_seconds() - app_began) / count * 1000
    database_ms = (stage.database_cpu_seconds() - database_began) / count * 1000
    what = f"a turn with an answer of {ANSWER_BYTES / 1000:g} kB, {ASKERS} at once"
    said = f"{app_ms:.1f} ms CPU of the app, {database_ms:.1f} ms of Postgres"
    return [Row(what, said, "", f"{count / seconds:.0f} turns/s", "", None), _turn_rows(stage)]


def _turn_rows(stage: Stage) -> Row:
    with stage.admin() as admin:
        admin.execute(VACUUM_TURNS)
        admin.execute(TURN_ROWS)
        data, indexes, rows = admin.fetchone()
    return Row("a row of chat.turns", f"{data} bytes, and {indexes} of indexes", "", f"{rows:,} turns", "", None)


async def _ask_all(url: str, each: int) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60.0, headers=IDENTITY) as client:
        await asyncio.gather(*(_ask_in_turn(client, each) for _ in range(ASKERS)))


async def _ask_in_turn(client: httpx.AsyncClient, times: int) -> None:
    chat_id = str(uuid4())
    for _ in range(times):
        said = {"id": str(uuid4()), "role": "user", "content": str(ANSWER_BYTES)}
        answer = await client.post("/api/chat", json={"id": chat_id, "messages": [said]})
        if "[DONE]" not in answer.text:
            raise SystemExit(f"A question was answered {answer.status_code}.")


def _tabs(stage: Stage) -> list[Row]:
    """Memory and idle CPU of tabs that all show the same chat."""
    app, chat_id = stage.app, uuid4()
    with stage.admin() as admin:
        fill.chat(admin, ANN.id, chat_id, MESSAGES_A_TAB)
    with ExitStack() as open_tabs:
        open_tabs.enter_context(Browser(app, str(chat_id))).run()
        before = _resident_megabytes(app.pid)
        for _ in range(TABS):
            open_tabs.enter_context(Browser(app, str(chat_id))).run()
        more, began = _resident_megabytes(app.pid) - before, app.cpu_seconds()
        time.sleep(IDLE_SECONDS)
        share = (app.cpu_seconds() - began) / IDLE_SECONDS
    what = f"{TABS} tabs with a chat of {MESSAGES_A_TAB} messages"
    said = f"{more / TABS:.2f} MB a tab, {before:.0f} MB before"
    return [Row(what, said, "", f"{share:.1%} of a core while nobody does anything", "", None)]


def _resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _storage(stage: Stage) -> list[Row]:
    """The size of tables and indexes with messages of natural length and words, without any dead rows."""
    _ = stage.database_url
    with stage.admin() as admin:
        admin.execute("TRUNCATE chat.users, chat.chats CASCADE")
        corpus.fill(admin, corpus.Corpus(), ANN.id, QUICK_MESSAGES if stage.is_quick else MESSAGES)
        admin.execute(VACUUM)
        return [_size(admin, table) for table in TABLES]


def _size(admin: Any, table: str) -> Row:
    admin.execute(SIZES, {"table": f"chat.{table}"})
    data, indexes, chats, messages, text = admin.fetchone()
    rows = {"messages": messages, "chats": chats}[table]
    said = f"{data / rows:.0f} bytes, and {indexes / rows:.0f} of indexes"
    compared = f"{text / messages:.0f} bytes of text a message" if table == "messages" else f"{rows:,} chats"
    return Row(f"a row of chat.{table}", said, "", compared, "", None)

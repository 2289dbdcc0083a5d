"""What a page costs the server: opening a long chat, and a run of the script that changes nothing."""

from uuid import UUID, uuid4

from bench import bare, fill
from bench.browser import Browser
from bench.figures import Row, as_ms, duration, interleaved, p50
from bench.stage import ANN, Stage, closing_database
from lib.store.postgres import PostgresStore
from lib.store.store import MESSAGES_LIMIT
from local.app import AppProcess

LONG, SHORT = 1_000, 50
READS, OPENINGS = 200, 30
ROUNDS, RERUNS = 5, 40
MOST_OPEN_SECONDS = 0.060
MOST_RERUN_CPU_SECONDS = 0.020


def measure_open(stage: Stage) -> list[Row]:
    """The time of the store's reads, and of a new session from its first request until the page is complete."""
    chat_id = _filled(stage, LONG)
    return [_read(stage, chat_id), _opened(stage.app, chat_id)]


def measure_rerun(stage: Stage) -> list[Row]:
    """Compared to a script that only draws as many messages."""
    chat_id = _filled(stage, SHORT)
    with Browser(stage.app, str(chat_id)) as ours, Browser(stage.bare_page, "") as bare_page:
        rounds = [(_cpu_seconds(bare_page), _cpu_seconds(ours)) for _ in range(ROUNDS)]
    least, used = (sorted(column)[ROUNDS // 2] * 1000 for column in zip(*rounds, strict=True))
    budget = f"≤ {MOST_RERUN_CPU_SECONDS * 1000:g} ms CPU"
    is_kept = used <= MOST_RERUN_CPU_SECONDS * 1000
    what = f"rerun, chat of {SHORT} messages"
    return [Row(what, f"{used:.1f} ms CPU", f"{least:.1f} ms CPU", f"{used / least:.2f}x", budget, is_kept)]


def _cpu_seconds(browser: Browser) -> float:
    """The server's CPU for one run, the mean of RERUNS."""
    browser.run()
    began = browser.app.cpu_seconds()
    for _ in range(RERUNS):
        browser.run()
    return (browser.app.cpu_seconds() - began) / RERUNS


def _read(stage: Stage, chat_id: UUID) -> Row:
    with closing_database(stage.database_url) as database, bare.cursor(stage.database_url) as cursor:
        store = PostgresStore(database, ANN)

        def ours() -> None:
            store.get_chat(chat_id)
            store.list_messages(chat_id)

        def same() -> None:
            bare.run(cursor, "get_chat", user_id=ANN.id, chat_id=chat_id)
            binds = {"limit": MESSAGES_LIMIT, "before_id": None}
            bare.run(cursor, "list_messages", user_id=ANN.id, chat_id=chat_id, **binds)

        scanned, taken = interleaved(same, ours, READS)
    compared = f"{p50(taken) / p50(scanned):.2f}x"
    is_kept = p50(taken) <= MOST_OPEN_SECONDS
    return Row(f"read a chat of {LONG:,} messages", as_ms(taken), as_ms(scanned), compared, "≤ 60 ms", is_kept)


def _opened(app: AppProcess, chat_id: UUID) -> Row:
    def opened() -> None:
        with Browser(app, str(chat_id)) as browser:
            browser.run()

    began = app.cpu_seconds()
    waits = [duration(opened) for _ in range(OPENINGS)]
    cpu_seconds = (app.cpu_seconds() - began) / OPENINGS
    is_kept = p50(waits) <= MOST_OPEN_SECONDS
    used = f"{cpu_seconds * 1000:.1f} ms CPU"
    return Row(f"open a chat of {LONG:,} messages", as_ms(waits), "", used, "≤ 60 ms", is_kept)


def _filled(stage: Stage, messages: int) -> UUID:
    chat_id = uuid4()
    _ = stage.database_url  # creates the database and its schema
    with stage.admin() as admin:
        fill.chat(admin, ANN.id, chat_id, messages)
    return chat_id

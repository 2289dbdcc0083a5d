"""The limits in the documentation equal those in the code."""

import re
from pathlib import Path

from lib.agent.formats.shared.files import MAX_DATA_CHARS
from lib.api import exports
from lib.api.changes import MAX_ROWS
from lib.attachments.limits import MAX_FILES
from lib.chat.conversation import MAX_QUESTION_CHARS
from lib.db import engine, migrate
from lib.db.retry import LAKEBASE_COLD_START_RETRY_POLICY
from lib.export import admission
from lib.importer import admission as import_admission
from lib.importer import limits as import_limits
from lib.outage import outbox
from lib.settings.keeping import TRASH_DAYS
from lib.settings.limits import MAX_ANSWER_BYTES, REQUESTS_PER_MINUTE, RUNNING_ANSWERS_PER_USER
from lib.store.validation import MAX_COMMENT_CHARS, MAX_INSTRUCTIONS_CHARS, MAX_QUERY_CHARS, MAX_TITLE_CHARS
from lib.tables.diff import COMPARED_ROWS
from lib.tables.shown_values import SHOWN_ROWS
from lib.ui.answer.chart import CHANGES_NAME, NAMES
from lib.ui.answer.result import MAX_COPIED_ROWS
from lib.ui.chat.chat_menu import WITHOUT_INSTRUCTIONS
from lib.ui.chat.message_actions import FORK, REGENERATE
from lib.ui.chat.run_again import RUN_AGAIN
from local.documents.limits import OF_ATTACHMENTS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_api_gives_every_limit_of_attachments() -> None:
    rows = re.findall(r"^\| (.*attachment.*) \| ([\d,]+) \|$", (DOCS / "api.md").read_text(), re.MULTILINE)
    assert {what: int(most.replace(",", "")) for what, most in rows} == OF_ATTACHMENTS


def test_the_api_gives_the_default_limits() -> None:
    api = (DOCS / "api.md").read_text()
    for limit in (REQUESTS_PER_MINUTE, RUNNING_ANSWERS_PER_USER, MAX_ANSWER_BYTES, TRASH_DAYS):
        assert re.search(rf"`{limit.name}` \({limit.default:,}( bytes)?\)", api)


def test_the_api_gives_the_limits_of_texts() -> None:
    most = f"{MAX_TITLE_CHARS}, {MAX_COMMENT_CHARS:,} and {MAX_QUERY_CHARS} characters"
    assert f"| title, comment, search | {most} |" in (DOCS / "api.md").read_text()
    assert f"| question | {MAX_QUESTION_CHARS:,} characters |" in (DOCS / "api.md").read_text()
    assert f"| standing instructions | {MAX_INSTRUCTIONS_CHARS:,} characters |" in (DOCS / "api.md").read_text()


def test_the_api_says_how_large_a_file_in_an_answer_may_be() -> None:
    assert f"longer than {MAX_DATA_CHARS:,} characters" in (DOCS / "api.md").read_text()


def test_the_page_for_analysts_gives_the_numbers_and_names_of_the_app() -> None:
    said = " ".join((DOCS / "using.md").read_text().split())
    views = [name.rpartition(": ")[2] for name in NAMES.values()]
    for fact in (
        f"at most {MAX_FILES} a question",
        f"up to {MAX_INSTRUCTIONS_CHARS:,} characters that the agent gets with every question",
        f'"{WITHOUT_INSTRUCTIONS}" in the menu of a chat',
        f"in the first {SHOWN_ROWS:,} rows",
        f"From {SHOWN_ROWS + 1:,} rows on",
        f"(up to {MAX_COPIED_ROWS} rows)",
        f"({TRASH_DAYS.default} days, if they changed nothing)",
        f'choose {", ".join(views[1:-1])} or {views[-1]} beside "{views[0]}"',
        f'"{REGENERATE}" in its menu',
        f'"{RUN_AGAIN}" below the answer',
        f'"{CHANGES_NAME.rpartition(": ")[2]}" beside "{views[0]}"',
        f'"{FORK}" in its menu',
    ):
        assert fact in said


def test_the_api_says_how_much_is_compared() -> None:
    said = " ".join((DOCS / "api.md").read_text().split())
    assert f"| rows compared, rows listed of each kind | {COMPARED_ROWS:,}, {MAX_ROWS:,} |" in said
    assert f"up to its first {COMPARED_ROWS:,} rows" in said and f"the first {MAX_ROWS:,} are listed" in said


def limits(settings: str, *names: str) -> list[str]:
    """In seconds, as SQL sets them."""
    return [found[1] for name in names if (found := re.search(rf"{name} = '(\d+)s'", settings))]


def test_lakebase_md_gives_the_numbers_of_the_code() -> None:
    said = " ".join((DOCS / "lakebase.md").read_text().split())
    waits = limits(engine.SESSION_SETTINGS, "statement_timeout", "lock_timeout")
    longer = limits(migrate._TIMEOUTS, "statement_timeout", "lock_timeout")
    memory = re.sub(r".*work_mem = '(\d+)MB'.*", r"\1 MB", engine.SESSION_SETTINGS)
    policy = LAKEBASE_COLD_START_RETRY_POLICY
    first_wait = round(policy.initial_backoff_seconds)
    assert len(waits) == len(longer) == 2
    for fact in (
        f"| `statement_timeout`, `lock_timeout` | {waits[0]} s, {waits[1]} s |",
        f"migrations have their own, {longer[0]} s and {longer[1]} s",
        f"| `pool_size`, `max_overflow` | {engine.POOL_SIZE} + {engine.POOL_OVERFLOW} a process |",
        f"| `work_mem` | {memory} |",
        f"| `pool_timeout` | {engine.POOL_WAIT_SECONDS} s |",
        f"| `tcp_user_timeout` | {engine.KEEP_ALIVE['tcp_user_timeout'] // 1000} s |",
        f"takes {outbox.MAX_WRITES:,} writes or {outbox.MAX_CHARS // 1_000_000} million characters",
        f"three attempts, after waits of {first_wait} and {2 * first_wait} seconds",
    ):
        assert fact in said
    assert policy.max_attempts == 3


def test_the_api_says_how_many_exports_run_at_once() -> None:
    said = (DOCS / "api.md").read_text()
    assert f"| zips of all chats being made | 1 of each user, {admission.MAX_AT_ONCE} in each process |" in said
    assert f"with `chat`, up to {exports.MAX_CHOSEN} times" in said


def test_the_api_gives_the_limits_of_imports() -> None:
    said, limit = (DOCS / "api.md").read_text(), import_limits
    assert f"| imports running | 1 of each user, {import_admission.MAX_AT_ONCE} in each process |" in said
    assert (
        f"| file to be imported | {limit.MAX_FILE_BYTES // limit.MB} MB; what a zip holds, "
        f"{limit.MAX_UNPACKED_BYTES // limit.MB:,} MB; a chat in it, "
        f"{limit.MAX_CHAT_CHARS // limit.MB} million characters |"
    ) in said
    assert f"a file to be imported more than {limit.MAX_FILE_BYTES // limit.MB} MB" in said

"""`make mutants`: find single changes to merging and concurrency code that no test notices."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.changes import Change, changes

ROOT = Path(__file__).parents[2]
# The tests that should notice a change, the quickest first.
DECODING = "unit/agent/test_decoder_streams.py unit/agent/test_formats.py unit/agent/test_decoder_fuzz.py"
STORING = "integration/test_store.py integration/test_store_edits.py integration/test_access.py"
OUTAGES = (
    "integration/test_resilient_store.py integration/test_journal.py integration/test_database_outages.py "
    "integration/test_database_refusals.py integration/test_dead_letters.py"
)
TURNS = (
    "integration/test_turns.py integration/test_limits.py integration/test_runtime.py integration/test_replicas.py "
    "integration/test_api.py chaos/test_races.py integration/test_processes.py"
)
NOTICED_BY = {
    "sql/turn_log.sql": f"{STORING} {TURNS}",
    "sql/turns.sql": f"{STORING} {TURNS}",
    "sql/sharing.sql": STORING,
    "sql/messages.sql": STORING,
    "lib/outage/chat_cache.py": OUTAGES,
    "lib/outage/resilient_reads.py": OUTAGES,
    "lib/outage/resilient_store.py": OUTAGES,
    "lib/outage/outbox.py": OUTAGES,
    "lib/outage/journal.py": f"integration/test_journal.py {OUTAGES}",
    "lib/outage/guard.py": OUTAGES,
    "lib/store/memory_chats.py": f"{STORING} {OUTAGES}",
    "lib/store/memory.py": f"{STORING} {OUTAGES}",
    "lib/store/chat_record.py": f"{STORING} {OUTAGES}",
    "lib/store/user_rows.py": f"{STORING} {TURNS}",
    "lib/chat/turn_manager.py": TURNS,
    "lib/chat/admission.py": TURNS,
    "lib/chat/heartbeat.py": TURNS,
    "lib/chat/log_writer.py": TURNS,
    "lib/chat/remote_turns.py": f"integration/test_replicas.py {TURNS}",
    "lib/chat/recovery.py": f"integration/test_replicas.py {TURNS}",
    "lib/chat/runner.py": f"{TURNS} integration/test_long_answers.py",
    "lib/chat/answer_limit.py": "unit/test_answer_limit.py integration/test_long_answers.py",
    "lib/chat/answer.py": f"unit/test_answer.py {DECODING}",
    "lib/chat/chunk_log.py": "unit/test_chunk_log.py unit/test_event_stream.py",
    "lib/agent/formats/responses/deduplication.py": DECODING,
    "lib/agent/formats/responses/message_numbers.py": DECODING,
    "lib/messages/serialise.py": "unit/test_messages.py",
    "lib/messages/path.py": "integration/test_branches.py",
    "lib/agent/formats/request.py": "unit/agent/test_request.py",
    "lib/agent/http/retry.py": "integration/test_agents.py",
}
TRIED_AT_ONCE = 2
TEST_TIMEOUT_SECONDS = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("paths", nargs="*", help="of the files that are changed; all if none is given")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="the same changes in the same order")
    given = parser.parse_args()
    deadline = time.monotonic() + 60 * given.minutes
    found = [change for path in given.paths or NOTICED_BY for change in changes(path, (ROOT / path).read_text())]
    random.Random(given.seed).shuffle(found)
    print(f"{len(found):,} changes, in the order of seed {given.seed}. No test notices:", flush=True)
    tried = survived = 0
    for change, is_noticed in _tried(found, deadline):
        tried, survived = tried + 1, survived + (not is_noticed)
        if not is_noticed:
            print(f"  {change}", flush=True)
    print(f"{survived} of the {tried} that there was time for.")


def _tried(found: list[Change], deadline: float) -> Iterator[tuple[Change, bool]]:
    with _copies(TRIED_AT_ONCE) as copies, ThreadPoolExecutor(TRIED_AT_ONCE) as pool:

        def tried(change: Change) -> bool | None:
            """Whether a test notices the change; None if the time was over first."""
            root = copies.get()
            try:
                return _is_noticed(change, root, deadline) if time.monotonic() < deadline else None
            finally:
                copies.put(root)

        for change, is_noticed in zip(found, pool.map(tried, found), strict=True):
            if is_noticed is not None:
                yield change, is_noticed


def _is_noticed(change: Change, root: Path, deadline: float) -> bool | None:
    file = root / change.path
    text = file.read_text()
    file.write_text(change.apply(text))
    try:
        return _fails(NOTICED_BY[change.path].split(), root, deadline)
    finally:
        file.write_text(text)


def _fails(tests: list[str], root: Path, deadline: float) -> bool | None:
    """Whether these tests fail or hang; None if the time was over first."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *(f"tests/{name}" for name in tests),
    ]
    started = time.monotonic()
    running = subprocess.Popen(
        command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return running.wait(min(TEST_TIMEOUT_SECONDS, deadline - started)) != 0
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, 9)
        running.wait()
        return True if time.monotonic() < deadline else None


@contextmanager
def _copies(count: int) -> Iterator[SimpleQueue[Path]]:
    """Copies of the working tree, committed or not; the developer's own files are not changed."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    copies: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory() as folder:
        for root in (Path(folder) / str(number) for number in range(count)):
            for file in filter(lambda name: (ROOT / name).is_file(), files):
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / file, root / file)
            copies.put(root)
        yield copies


if __name__ == "__main__":
    main()

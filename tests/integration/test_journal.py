"""What waits for the database outlives the process that was told of it."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from lib.config import load
from lib.db.database import Database
from lib.identity import User
from lib.messages.parts import Text
from lib.outage.journal import Journal, folder
from lib.outage.outbox import Outbox
from lib.outage.pending_write import AddedFollowUps, GeneratedTitle, PendingWrite
from lib.runtime import Runtime
from lib.store.answer_ids import new_answer_id
from lib.store.files import Attachment
from lib.store.models import Ending, NewTurn
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from local.postgres import Cluster
from tests.conftest import ANN, BOB
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_full_disk import small_disk  # noqa: F401
from tests.waiting import until

PLACE = "127.0.0.1:5432/chats as app"
HOSTILE = 'Ä\n"\\ \x00 \ud800 {"done": "x"}'


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return folder()


def question(text: str = "How many?") -> NewTurn:
    ids = new_answer_id(), uuid4(), uuid4()
    file = Attachment(name="q3.csv", content_type="text/csv", size=None, url="https://host.example/q3")
    return NewTurn(*ids, text, "Title", None, "another process", is_new_chat=True, attachments=[file])


def answer(turn: NewTurn, text: str = "Seven.") -> Ending:
    usage = {"total_tokens": 7}
    return Ending(turn.turn_id, turn.chat_id, turn.question_id, "complete", [Text(text)], text, "tr-1", usage, 12)


def left(*entries: PendingWrite, done: int = 0, place: str = PLACE) -> None:
    """By a process that was killed: its lock is gone, and nobody has closed anything."""
    journal = Journal(place)
    for entry in entries:
        journal.keep(entry)
    for entry in entries[:done]:
        journal.drop(entry)
    die(journal)


def taken_over(place: str = PLACE) -> list[PendingWrite]:
    journal = Journal(place)
    taken = journal.take_over()
    journal.close()
    return taken


def die(journal: Journal) -> None:
    """As kill -9 does it: the lock goes, the file stays."""
    assert journal._file
    journal._file.close()


def files() -> list[Path]:
    return sorted(folder().iterdir()) if folder().exists() else []


def test_a_journal_of_an_earlier_version_is_written_under_the_users_id() -> None:
    before = User("Ann@Example.com", "Ann@Example.com", "Ann", authenticated=True)
    left(entry := PendingWrite(before, question()))
    (taken,) = taken_over()
    assert (entry.user.id, taken.user.id, taken.user.email) == (ANN.id, ANN.id, "Ann@Example.com")


def test_all_kinds_of_writes_are_recovered_unchanged_and_in_order() -> None:
    turn = question()
    entries = [
        PendingWrite(ANN, turn),
        PendingWrite(ANN, answer(turn)),
        PendingWrite(BOB, GeneratedTitle(uuid4(), "Sales")),
        PendingWrite(BOB, AddedFollowUps(uuid4(), uuid4(), ["And by month?", 'Ä\n"?'])),
    ]
    left(*entries)
    assert taken_over() == entries


def test_writes_that_were_saved_are_not_recovered() -> None:
    first, second = PendingWrite(ANN, question()), PendingWrite(ANN, question())
    left(first, second, done=1)
    assert [entry.id for entry in taken_over()] == [second.id]


def test_a_question_journalled_without_its_answer_is_recovered_as_an_orphan() -> None:
    answered, asked = question(), question()
    left(PendingWrite(ANN, answered), PendingWrite(ANN, asked), PendingWrite(ANN, answer(answered)))
    assert [entry.is_orphan for entry in taken_over()] == [False, True, False]


def test_recovered_writes_stay_in_the_journal_until_they_are_saved() -> None:
    left(PendingWrite(ANN, question()))
    second = Journal(PLACE)
    taken = second.take_over()
    assert len(files()) == 1
    die(second)
    assert [entry.id for entry in taken_over()] == [entry.id for entry in taken]


def test_the_journal_of_a_living_process_is_not_taken_over() -> None:
    living = Journal(PLACE)
    living.keep(PendingWrite(ANN, question()))
    assert taken_over() == []
    assert len(files()) == 1
    living.close()


def test_a_journal_for_another_database_is_not_taken_over() -> None:
    left(PendingWrite(ANN, question()))
    assert taken_over("127.0.0.1:5432/others as app") == []


def test_a_truncated_journal_line_loses_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    whole = PendingWrite(ANN, question())
    left(whole, PendingWrite(ANN, question("The words of a user.")))
    (path,) = files()
    path.write_text(path.read_text()[:-40])
    assert [entry.id for entry in taken_over()] == [whole.id]
    assert "cut" in caplog.text and "words of a user" not in caplog.text


@pytest.mark.parametrize("text", [HOSTILE, "", "x" * 300_000, "\u2028\x85"])
def test_any_text_is_recovered_as_the_database_would_store_it(text: str) -> None:
    left(PendingWrite(ANN, question(text)), PendingWrite(ANN, question("next")))
    first, second = taken_over()
    assert isinstance(first.what, NewTurn) and isinstance(second.what, NewTurn)
    assert first.what.question == text.replace("\x00", "").replace("\ud800", "")
    assert second.what.question == "next"


def test_the_journal_is_readable_by_the_apps_user_only() -> None:
    left(PendingWrite(ANN, question()))
    (path,) = files()
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path)] == [0o700, 0o600]


def test_the_journal_is_deleted_once_nothing_is_pending() -> None:
    journal, entry = Journal(PLACE), PendingWrite(ANN, question())
    journal.keep(entry)
    journal.drop(entry)
    assert [path.read_text() for path in files()] == [""]
    journal.close()
    assert files() == []


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_that_others_may_enter_is_neither_read_nor_written(
    mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    left(PendingWrite(ANN, question()))
    folder().chmod(mode)
    journal = Journal(PLACE)
    assert journal.take_over() == []
    journal.keep(PendingWrite(ANN, question()))
    assert len(files()) == 1
    assert "in memory only" in caplog.text


def test_writes_that_could_not_be_journalled_are_journalled_once_the_folder_is_usable() -> None:
    folder().write_text("a file where the folder should be")
    journal, entries = Journal(PLACE), [PendingWrite(ANN, question()) for _ in range(3)]
    journal.keep(entries[0])
    journal.keep(entries[1])
    journal.drop(entries[0])
    folder().unlink()
    journal.keep(entries[2])
    die(journal)
    assert [entry.id for entry in taken_over()] == [entry.id for entry in entries[1:]]


def test_writes_that_a_full_disk_refused_are_journalled_once_there_is_room(
    small_disk: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    journal, writes = Journal(PLACE), [PendingWrite(ANN, question("x" * 20_000)) for _ in range(6)]
    journal.keep(writes[0])
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, pytest.raises(OSError):
        while True:
            ballast.write(bytes(1_000))
    for write in writes[1:5]:
        journal.keep(write)
    journal.drop(writes[0])
    Path(ballast.name).unlink()
    journal.keep(writes[5])
    die(journal)
    assert [write.id for write in taken_over()] == [write.id for write in writes[1:]]


def test_a_symbolic_link_to_another_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder().symlink_to(elsewhere)
    Journal(PLACE).keep(PendingWrite(ANN, question()))
    assert list(elsewhere.iterdir()) == []


def test_the_app_works_where_no_journal_can_be_written(tmp_path: Path) -> None:
    folder().write_text("a file where the folder should be")
    box = Outbox(Journal(PLACE))
    box.add(PendingWrite(ANN, question()))
    assert len(box) == 1


def test_an_orphaned_question_is_saved_as_interrupted_unless_its_turn_is_already_stored(
    database: Database,
) -> None:
    lost, known = question("Lost?"), question("Known?")
    store = PostgresStore(database, ANN)
    store.start_turn(known)
    left(PendingWrite(ANN, lost), PendingWrite(ANN, known))
    for entry in taken_over():
        entry.apply(store)
    assert [(said.content, said.status) for said in store.list_messages(lost.chat_id)] == [
        ("Lost?", "complete"),
        ("", "interrupted"),
    ]
    assert store.running_turn(known.chat_id) is not None, "it may be answered elsewhere"


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[TcpProxy]:
    with TcpProxy(cluster.host, cluster.port) as made:
        yield made


def test_a_new_process_shows_and_saves_the_pending_writes_of_a_dead_one(
    platform: dict[str, str], database_url: str, database: Database, proxy: TcpProxy
) -> None:
    environ = platform | {"DATABASE_URL": proxy.url(database_url)}
    asked, answered = question("And then?"), question("How many?")
    before = Runtime(load(environ))
    assert before.database
    left(
        PendingWrite(ANN, asked),
        PendingWrite(ANN, answered),
        PendingWrite(ANN, answer(answered)),
        place=before.database.location,
    )
    proxy.close()
    runtime = Runtime(load(environ))
    runtime.start()
    shown = runtime.store(ANN).list_messages(asked.chat_id)
    assert (shown[0].content, shown[0].saved, shown[-1].status) == ("And then?", False, "interrupted")
    assert {chat.id for chat in runtime.store(ANN).list_chats().chats} == {asked.chat_id, answered.chat_id}
    proxy.open()
    hurry(runtime)
    until(lambda: not len(runtime.outbox))
    store = PostgresStore(database, ANN)
    assert [said.content for said in store.list_messages(answered.chat_id)] == ["How many?", "Seven."]
    assert [said.status for said in store.list_messages(asked.chat_id)] == ["complete", "interrupted"]
    runtime.stop()
    assert files() == []


def test_recovered_messages_keep_the_time_at_which_they_were_said(
    platform: dict[str, str], database_url: str, database: Database, proxy: TcpProxy
) -> None:
    environ = platform | {"DATABASE_URL": proxy.url(database_url)}
    evening = datetime.now(UTC) - timedelta(days=1, hours=9)
    asked = replace(question("And then?"), said_at=evening)
    answered = replace(question("How many?"), said_at=evening)
    ended_at = evening + timedelta(minutes=2)
    before = Runtime(load(environ))
    assert before.database
    entries = (
        PendingWrite(ANN, asked),
        PendingWrite(ANN, answered),
        PendingWrite(ANN, replace(answer(answered), ended_at=ended_at)),
    )
    left(*entries, place=before.database.location)
    proxy.close()
    runtime = Runtime(load(environ))
    runtime.start()
    times = {asked.chat_id: [evening, evening], answered.chat_id: [evening, ended_at]}

    def holds(store: Store) -> None:
        for chat_id, (said_at, last_at) in times.items():
            chat = store.get_chat(chat_id)
            assert chat and (chat.created_at, chat.updated_at) == (said_at, last_at)
            assert [said.created_at for said in store.list_messages(chat_id)] == [said_at, last_at]

    holds(runtime.store(ANN))
    proxy.open()
    hurry(runtime)
    until(lambda: not len(runtime.outbox))
    holds(PostgresStore(database, ANN))
    runtime.stop()


def hurry(runtime: Runtime) -> None:
    assert runtime.resilient_database
    runtime.resilient_database.probe.hurry()


KEEPS_AND_WAITS = """
import sys, time
from uuid import UUID, uuid4
from lib.identity import User
from lib.store.answer_ids import new_answer_id
from lib.outage.pending_write import PendingWrite
from lib.outage.journal import Journal
from lib.store.models import NewTurn
turn = NewTurn(new_answer_id(), UUID(sys.argv[2]), uuid4(), "Still there?", "Title", None, "me")
journal = Journal(sys.argv[1])
journal.keep(PendingWrite(User("ann@example.com", None, None, authenticated=True), turn))
print("kept", flush=True)
time.sleep(60)
"""


def test_kill_9_loses_no_journalled_write(tmp_path: Path) -> None:
    chat_id = uuid4()
    command = [sys.executable, "-c", KEEPS_AND_WAITS, PLACE, str(chat_id)]
    environ = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, text=True) as process:  # noqa: S603
        assert process.stdout and process.stdout.readline() == "kept\n"
        assert taken_over() == [], "its process lives"
        process.send_signal(signal.SIGKILL)
    (entry,) = taken_over()
    assert entry.chat_id == chat_id and entry.is_orphan

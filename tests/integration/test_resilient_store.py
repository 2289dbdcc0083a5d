"""A process whose database goes away and comes back: its mode, what it shows and saves, and in which order."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID, uuid4

import pytest

from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.config import load
from lib.db.database import Database
from lib.db.migrate import MIGRATIONS
from lib.db.retry import LAKEBASE_COLD_START_RETRY_POLICY
from lib.errors import ChatBusy, DatabaseUnavailable, Gone, MovedOn, NotFound
from lib.identity import Asker, User
from lib.messages.parts import Part, Text
from lib.outage.chat_cache import ChatCache
from lib.outage.journal import Journal
from lib.outage.outbox import FULL, Outbox
from lib.outage.pending_write import GeneratedTitle, PendingWrite
from lib.outage.probe import Probe
from lib.runtime import Runtime
from lib.store import bulk_edits, edits
from lib.store.allowed_tools import AllowedTool
from lib.store.answer_ids import new_answer_id
from lib.store.chat_summary import BulkEdits, ChatFilter, SummaryPage, SummaryReads
from lib.store.context import ContextReads, ContextSummaries
from lib.store.files import Files
from lib.store.imports import ImportedChat
from lib.store.instructions import Instructions
from lib.store.models import Ending, Message, NewTurn, Page
from lib.store.postgres import PostgresStore
from lib.store.store import ChatEdits, ChatReads, Store
from lib.store.turn_models import ParkedTurn
from lib.store.turn_writes import TurnWrites
from lib.tables.charts import Chart
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, BOB
from tests.integration.imported_chats import made_chat
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_store import ending_of, new_turn
from tests.waiting import until


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[TcpProxy]:
    with TcpProxy(cluster.host, cluster.port) as made:
        yield made


@pytest.fixture
def resilient(platform: dict[str, str], proxy: TcpProxy, database_url: str, own_folder: Path) -> Iterator[Runtime]:
    """A running app whose connection to the database can be cut."""
    made = Runtime(load(platform | {"DATABASE_URL": proxy.url(database_url)}))
    made.start()
    pause_for(made)
    yield made
    proxy.open()
    made.stop()


def probe_of(runtime: Runtime) -> Probe:
    assert runtime.resilient_database
    return runtime.resilient_database.probe


def pause_for(runtime: Runtime, seconds: float = 0.05) -> None:
    """The same policy with other pauses."""
    probe_of(runtime)._policy = replace(LAKEBASE_COLD_START_RETRY_POLICY, initial_backoff_seconds=seconds)


def asked(text: str = "How many orders are there?", chat_id: UUID | None = None) -> Question:
    question_id = uuid4()
    return Question(chat_id or uuid4(), question_id, first_answer_id(question_id), text, is_new_chat=chat_id is None)


def ended(turn: Turn | None) -> Turn:
    assert turn
    until(lambda: turn.chunks.closed)
    return turn


def ask(runtime: Runtime, question: Question, user: User = ANN) -> Turn:
    return ended(runtime.turns.ask(runtime.store(user), Asker(user, None), question))


def said(messages: list[Message]) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in messages]


def in_database(database: Database, chat_id: UUID, user: User = ANN) -> list[Message]:
    return PostgresStore(database, user).list_messages(chat_id)


def lose_database(runtime: Runtime, proxy: TcpProxy) -> None:
    """Cut the connection to the database, and wait until the app has noticed."""
    proxy.close()
    runtime.store(ANN).list_chats()
    assert runtime.connection_state.is_lost


def has_reconnected(runtime: Runtime) -> bool:
    """Have the probe connect at once, as a user's request does, and tell whether it succeeded."""
    probe_of(runtime).hurry()
    return not runtime.connection_state.is_lost


def restore_database(runtime: Runtime, proxy: TcpProxy) -> None:
    proxy.open()
    until(lambda: has_reconnected(runtime))


def test_with_a_reachable_database_the_mode_is_saved(resilient: Runtime) -> None:
    assert (resilient.connection_state.mode, resilient.connection_state.is_lost, resilient.connection_state.reason) == (
        "saved",
        False,
        None,
    )
    assert resilient.migration_version() == len(migration_files())


def migration_files() -> list[str]:
    return [file.name for file in MIGRATIONS.glob("*.sql")]


def test_a_lost_database_is_waking_until_the_wake_up_time_has_passed_and_then_reconnecting(
    resilient: Runtime, proxy: TcpProxy
) -> None:
    pause_for(resilient, 0.5)
    since = resilient.connection_state.since
    lose_database(resilient, proxy)
    assert resilient.connection_state.is_waking
    assert (resilient.connection_state.mode, resilient.connection_state.since) == ("saved", since)
    until(lambda: resilient.connection_state.mode == "reconnecting")
    assert resilient.connection_state.since > since
    assert not resilient.connection_state.is_waking
    assert resilient.connection_state.reason and resilient.connection_state.reason.startswith(
        "Lakebase does not answer"
    )
    restore_database(resilient, proxy)
    assert (resilient.connection_state.mode, resilient.connection_state.reason) == ("saved", None)


def test_a_request_during_waking_triggers_a_connection_attempt_at_once(resilient: Runtime, proxy: TcpProxy) -> None:
    pause_for(resilient, 600)
    lose_database(resilient, proxy)
    proxy.open()
    until(lambda: has_reconnected(resilient))
    assert resilient.connection_state.mode == "saved"


def test_a_running_answer_triggers_a_connection_attempt_too(
    resilient: Runtime, proxy: TcpProxy, workspace: Workspace
) -> None:
    pause_for(resilient, 600)
    fault = workspace.faults.invocations.next(hold_after=3)
    turn = resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), asked())
    assert turn
    until(lambda: len(turn.chunks) >= 2)
    proxy.close()
    until(lambda: resilient.connection_state.is_lost)
    proxy.open()
    until(lambda: not resilient.connection_state.is_lost)
    fault.release_all()
    ended(turn)


def test_a_chat_continues_from_the_cache_during_an_outage_and_is_saved_afterwards(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    first = asked()
    ask(resilient, first)
    store = resilient.store(ANN)
    store.list_messages(first.chat_id)
    lose_database(resilient, proxy)
    second = asked("What did I ask first?", first.chat_id)
    turn = ask(resilient, second)
    assert first.text in turn.answer.content, "the agent is still told what was said before"
    shown = store.list_messages(first.chat_id)
    assert [message.saved for message in shown] == [True, True, False, False]
    assert said(shown)[2:] == [("user", second.text), ("assistant", turn.answer.content)]
    assert len(in_database(database, first.chat_id)) == 2
    restore_database(resilient, proxy)
    assert said(in_database(database, first.chat_id)) == said(shown)
    assert all(message.saved for message in store.list_messages(first.chat_id))


def test_an_earlier_page_of_a_chat_is_not_cached_as_its_newest_page(resilient: Runtime, proxy: TcpProxy) -> None:
    first, store = asked(), resilient.store(ANN)
    ask(resilient, first)
    second = asked("And then?", first.chat_id)
    ask(resilient, second)
    whole = store.list_messages(first.chat_id)
    assert store.list_messages(first.chat_id, before=second.question_id) == whole[:2]
    lose_database(resilient, proxy)
    assert said(store.list_messages(first.chat_id)) == said(whole)


class SlowStore(PostgresStore):
    """A store whose reads return only after `meanwhile` was called."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def list_messages(self, *given: Any, **named: Any) -> list[Message]:
        found = super().list_messages(*given, **named)
        self.meanwhile()
        return found


@pytest.mark.parametrize("what", ["question", "answer"])
def test_a_read_overtaken_by_a_write_is_not_cached(
    resilient: Runtime, proxy: TcpProxy, database: Database, what: str
) -> None:
    slow = SlowStore(database, ANN)
    assert resilient.resilient_database
    store, first = resilient.resilient_database.resilient(slow, ANN), new_turn()
    store.start_turn(first)
    store.finish_turn(ending_of(first))
    second = new_turn(first.chat_id, "And then?")
    if what == "answer":
        store.start_turn(second)
    slow.meanwhile = lambda: store.start_turn(second) if what == "question" else store.finish_turn(ending_of(second))
    late = store.list_messages(first.chat_id)
    slow.meanwhile = lambda: None
    lose_database(resilient, proxy)
    assert len(store.list_messages(first.chat_id)) == len(late) + 1


def test_a_new_chat_started_during_an_outage_is_listed_before_it_is_saved(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    lose_database(resilient, proxy)
    question = asked()
    turn = ask(resilient, question)
    store = resilient.store(ANN)
    (chat,) = store.list_chats().chats
    assert (chat.id, chat.running) == (question.chat_id, False)
    assert store.get_chat(question.chat_id) == chat
    restore_database(resilient, proxy)
    assert said(in_database(database, question.chat_id)) == [
        ("user", question.text),
        ("assistant", turn.answer.content),
    ]


def test_an_answer_that_began_before_an_outage_is_kept_complete(
    resilient: Runtime, proxy: TcpProxy, workspace: Workspace, database: Database
) -> None:
    fault, question = workspace.faults.invocations.next(hold_after=2), asked()
    turn = resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), question)
    assert turn
    until(lambda: len(turn.chunks) >= 2)
    proxy.close()
    fault.release_all()
    assert ended(turn).status == "complete"
    until(lambda: resilient.connection_state.is_lost)
    restore_database(resilient, proxy)
    assert said(in_database(database, question.chat_id))[1] == ("assistant", turn.answer.content)


def test_an_answer_that_outlasts_an_outage_is_logged_from_its_first_chunk(
    resilient: Runtime, proxy: TcpProxy, workspace: Workspace, database: Database
) -> None:
    lose_database(resilient, proxy)
    fault, question = workspace.faults.invocations.next(hold_after=2), asked()
    turn = resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), question)
    assert turn
    until(lambda: len(turn.chunks) >= 2)
    restore_database(resilient, proxy)
    other = PostgresStore(database, ANN)
    until(lambda: (reading := other.read_log(turn.id, 0)) and len(reading.chunks) >= 2)
    fault.release_all()
    ended(turn)
    until(lambda: len(in_database(database, question.chat_id)) == 2)


def test_during_an_outage_a_chat_that_is_not_cached_is_unavailable_and_not_missing(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    theirs, unread = asked(), asked()
    ask(resilient, theirs, BOB)
    PostgresStore(database, ANN).start_turn(
        NewTurn(unread.turn_id, unread.chat_id, unread.question_id, "Unread.", "Unread", None, "elsewhere")
    )
    resilient.store(ANN).list_chats()
    lose_database(resilient, proxy)
    store = resilient.store(ANN)
    for chat_id in (theirs.chat_id, uuid4()):
        for read in (store.get_chat, store.find_chat, store.list_messages):
            with pytest.raises(DatabaseUnavailable):
                read(chat_id)
        with pytest.raises(DatabaseUnavailable):
            resilient.turns.ask(store, Asker(ANN, None), asked("Mine now?", chat_id))
    chat = store.get_chat(unread.chat_id)
    assert chat and not chat.running, "what runs elsewhere cannot be followed"
    with pytest.raises(DatabaseUnavailable):
        store.list_messages(unread.chat_id)
    with pytest.raises(DatabaseUnavailable):
        resilient.turns.ask(store, Asker(ANN, None), asked("What was said before?", unread.chat_id))


def test_a_new_chat_cannot_use_the_id_of_another_users_chat(resilient: Runtime, proxy: TcpProxy) -> None:
    theirs = asked()
    ask(resilient, theirs, BOB)
    lose_database(resilient, proxy)
    with pytest.raises(Exception, match=r"not found|cannot be reached"):
        resilient.turns.ask(
            resilient.store(ANN),
            Asker(ANN, None),
            Question(theirs.chat_id, uuid4(), new_answer_id(), "Mine?", is_new_chat=True),
        )


def test_a_deleted_chat_is_not_found_during_an_outage_either(resilient: Runtime, proxy: TcpProxy) -> None:
    question = asked()
    ask(resilient, question)
    listed = resilient.store(ANN).list_chats()
    assert resilient.store(ANN).delete_chat(question.chat_id)
    # A list that was read before the deletion may be cached after it.
    assert resilient.resilient_database
    ChatCache(resilient.resilient_database.cached_chats, ANN).remember_chats(listed.chats)
    lose_database(resilient, proxy)
    assert resilient.store(ANN).list_chats().chats == []
    with pytest.raises(Gone):
        resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), asked("Still there?", question.chat_id))
    with pytest.raises(NotFound):
        resilient.turns.ask(resilient.store(BOB), Asker(BOB, None), asked("Mine now?", question.chat_id))
    assert len(resilient.outbox) == 0


def test_pending_writes_of_a_chat_deleted_elsewhere_are_dropped_and_the_others_saved(
    resilient: Runtime, proxy: TcpProxy, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    first = asked()
    ask(resilient, first)
    resilient.store(ANN).list_messages(first.chat_id)
    lose_database(resilient, proxy)
    ask(resilient, asked("And into a deleted chat?", first.chat_id))
    ask(resilient, kept := asked("And a new one?"))
    assert PostgresStore(database, ANN).delete_chat(first.chat_id)
    restore_database(resilient, proxy)
    assert len(resilient.outbox) == 0
    assert in_database(database, first.chat_id) == []
    assert [chat.id for chat in resilient.store(ANN).list_chats().chats] == [kept.chat_id]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_turn_of_a_chat_deleted_in_another_process_is_not_found(resilient: Runtime, database: Database) -> None:
    turn = ask(resilient, asked())
    store = resilient.store(ANN)
    store.list_messages(turn.chat_id)
    assert store.find_turn(turn.id)
    assert PostgresStore(database, ANN).delete_chat(turn.chat_id)
    assert store.find_turn(turn.id) is None


def test_an_earlier_question_is_not_answered_again_during_an_outage_either(resilient: Runtime, proxy: TcpProxy) -> None:
    first = asked()
    ask(resilient, first)
    resilient.store(ANN).list_messages(first.chat_id)
    lose_database(resilient, proxy)
    ask(resilient, second := asked("And since?", first.chat_id))
    with pytest.raises(MovedOn):
        resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), replace(first, turn_id=new_answer_id()))
    assert resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), first) is None, (
        "the same again is no other answer"
    )
    waiting = len(resilient.outbox)
    ended(resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), replace(second, turn_id=new_answer_id())))
    assert len(resilient.outbox) == waiting + 2


def test_a_question_whose_chat_has_gone_on_meanwhile_is_saved_beside_what_was_said(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    ask(resilient, first := asked())
    resilient.store(ANN).list_messages(first.chat_id)
    lose_database(resilient, proxy)
    ask(resilient, late := replace(asked("And since?", first.chat_id), follows=first.turn_id))
    elsewhere = PostgresStore(database, ANN)
    elsewhere.start_turn(other := new_turn(first.chat_id, "And elsewhere?"))
    elsewhere.finish_turn(ending_of(other))
    restore_database(resilient, proxy)
    until(lambda: len(resilient.outbox) == 0)
    shown = resilient.store(ANN).list_messages(first.chat_id)
    assert [(message.id, message.saved) for message in shown[2:]] == [(late.question_id, True), (late.turn_id, True)]
    assert shown[2].siblings == [other.question_id, late.question_id]


def test_messages_written_during_an_outage_keep_their_times(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    ask(resilient, old := asked())
    resilient.store(ANN).list_messages(old.chat_id)
    lose_database(resilient, proxy)
    begun = datetime.now(UTC)
    for question in (asked("And then?", old.chat_id), new := asked("Something else?")):
        ask(resilient, question)
    ended_by = datetime.now(UTC)
    shown = resilient.store(ANN).list_messages(new.chat_id)
    assert all(begun < message.created_at < ended_by for message in shown)
    time.sleep(1.5)
    restore_database(resilient, proxy)
    said = in_database(database, old.chat_id)[2:] + in_database(database, new.chat_id)
    assert len(said) == 4 and all(begun < message.created_at < ended_by for message in said)
    chats = resilient.store(ANN).list_chats().chats
    assert all(begun < chat.updated_at < ended_by for chat in chats)


def test_with_remembered_false_lists_are_never_served_from_the_cache(resilient: Runtime, proxy: TcpProxy) -> None:
    question = asked()
    ask(resilient, question)
    resilient.store(ANN).list_messages(question.chat_id)
    lose_database(resilient, proxy)
    whole = resilient.store(ANN, remembered=False)
    assert whole.get_chat(question.chat_id)
    for read in (whole.list_chats, lambda: whole.list_messages(question.chat_id)):
        with pytest.raises(DatabaseUnavailable):
            read()


def test_a_deletion_during_an_outage_is_refused_with_an_explanation(resilient: Runtime, proxy: TcpProxy) -> None:
    question = asked()
    ask(resilient, question)
    lose_database(resilient, proxy)
    with pytest.raises(DatabaseUnavailable, match="Questions and answers go on"):
        resilient.store(ANN).delete_chat(question.chat_id)


def test_the_table_of_all_chats_is_read_from_the_cache_during_an_outage_and_cannot_be_edited(
    resilient: Runtime, proxy: TcpProxy
) -> None:
    question = asked()
    ask(resilient, question)
    store = resilient.store(ANN)
    [row] = store.list_summaries().rows
    assert row.messages == 2
    lose_database(resilient, proxy)
    page = store.list_summaries()
    assert page.is_partial
    assert [(row.chat.id, row.messages, row.upvotes) for row in page.rows] == [(question.chat_id, None, None)]
    assert store.list_summaries(ChatFilter(pinned=True)).rows == []
    assert resilient.store(BOB).list_summaries().rows == []
    with pytest.raises(DatabaseUnavailable, match="Questions and answers go on"):
        store.edit_chats([question.chat_id], bulk_edits.archive(True))
    restore_database(resilient, proxy)
    assert not store.list_summaries().is_partial
    assert store.edit_chats([question.chat_id], bulk_edits.archive(True)) == [question.chat_id]


def test_an_edit_just_before_an_outage_is_seen_in_it_though_no_list_was_read_since(
    resilient: Runtime, proxy: TcpProxy
) -> None:
    one, several, renamed = (ask(resilient, asked()).chat_id for _ in range(3))
    store = resilient.store(ANN)
    assert len(store.list_chats().chats) == 3
    assert store.edit_chat(one, edits.archive(True))
    assert store.edit_chats([several], bulk_edits.archive(True)) == [several]
    assert store.edit_chat(renamed, edits.rename("Sales"))
    lose_database(resilient, proxy)
    assert [(chat.id, chat.title) for chat in store.list_chats().chats] == [(renamed, "Sales")]
    archived = store.list_summaries(ChatFilter(archived=True)).rows
    assert {row.chat.id for row in archived} == {one, several}


def operations(*protocols: type) -> list[str]:
    return [name for protocol in protocols for name in vars(protocol) if not name.startswith("_")]


def example_arguments(edit: str) -> tuple[object, ...]:
    """By their types."""
    examples = {UUID: uuid4(), edits.Edit: edits.rename("Mine now"), bool | None: True, Sequence[str]: ()}
    examples |= {AllowedTool: AllowedTool("send_mail"), bool: True}
    examples |= {str | None: None, Chart | None: None, UUID | None: None, ImportedChat: made_chat()}
    types = get_type_hints(getattr(ChatEdits, edit))
    return tuple(examples[type] for name, type in types.items() if name != "return")


CALLS: dict[str, tuple[object, ...]] = {
    "search": ("word",),
    "search_chats": ("word",),
    "was_deleted": (uuid4(),),
    "list_trashed": (),
    "list_running_chats": (),
    "read_log": (uuid4(), 0),
    "park_turn": (ParkedTurn(uuid4(), uuid4(), "a process", []),),
    "claim_waiting_turn": (uuid4(), "a process"),
    "request_stop": (uuid4(),),
    "list_allowed_tools": (uuid4(),),
    "find_turn": (uuid4(),),
    "get_chat": (uuid4(),),
    "find_chat": (uuid4(),),
    "get_message": (uuid4(),),
    "list_messages": (uuid4(),),
    "list_context": (uuid4(), uuid4(), 1_000),
    "list_context_places": (uuid4(), uuid4(), 1_000),
    "list_unsummarised": (uuid4(), uuid4(), 1_000, 500, 1_000),
    "save_context_summary": (uuid4(), uuid4(), "A summary"),
    "list_chat_ids": (10,),
    "extent": (uuid4(),),
    "list_records": (uuid4(),),
    "list_replies": (uuid4(), uuid4()),
    **{name: ([uuid4()],) for name in ("trash_chats", "restore_chats", "delete_chats")},
    "edit_chats": ([uuid4()], bulk_edits.archive(True)),
    "add_file": (uuid4(), "a.txt", "text/plain", b"a"),
    "find_files": ([uuid4()],),
    "read_file": (uuid4(),),
    "read_instructions": (),
    "save_instructions": ("Be brief.",),
    **{edit: example_arguments(edit) for edit in operations(ChatEdits)},
}
GO_ON = {
    "list_chats": (),
    "list_summaries": (),
    "list_agents": (),
    "list_pinned": (),
    "mark_read": (uuid4(),),
    "running_turn": (uuid4(),),
    "set_generated_title": (uuid4(), "Title"),
    "add_follow_ups": (uuid4(), uuid4(), ["Why?"]),
    "votes": (uuid4(),),
    "liked_questions": (2,),
}
NOTHING = (None, False, {}, [], Page([], has_more=False), SummaryPage([], is_partial=True))
TURNS = {"start_turn", "finish_turn"}


def test_every_store_operation_is_listed_as_available_or_refused_during_an_outage() -> None:
    protocols = (
        *(ChatReads, ContextReads, ContextSummaries, SummaryReads),
        *(ChatEdits, BulkEdits, TurnWrites, Files, Instructions),
    )
    assert set(operations(*protocols)) == {*CALLS, *GO_ON, *TURNS}


@pytest.fixture(scope="module")
def lost_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patched:
        # What it keeps is never written, and stays behind.
        patched.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("unsaved")))
        runtime = Runtime(load({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "SERVING_ENDPOINT": "agent"}))
        yield runtime.store(ANN)
        runtime.stop()


@pytest.mark.parametrize("operation", CALLS)
def test_an_operation_on_an_unknown_chat_raises_database_unavailable_during_an_outage(
    lost_store: Store, operation: str
) -> None:
    with pytest.raises(DatabaseUnavailable):
        getattr(lost_store, operation)(*CALLS[operation])


@pytest.mark.parametrize("operation", GO_ON)
def test_an_optional_operation_returns_an_empty_result_during_an_outage(lost_store: Store, operation: str) -> None:
    assert getattr(lost_store, operation)(*GO_ON[operation]) in NOTHING


@pytest.mark.parametrize(("operation", "given"), [*CALLS.items(), *GO_ON.items()])
def test_an_operation_reaches_the_database_while_it_is_up(
    runtime: Runtime, operation: str, given: tuple[object, ...]
) -> None:
    store, inner = runtime.store(ANN), PostgresStore(runtime.database, ANN)  # type: ignore[arg-type]
    getattr(inner, operation)(*given)  # Done once, so that both calls below return the same.
    assert getattr(store, operation)(*given) == getattr(inner, operation)(*given)
    assert not runtime.connection_state.is_lost


def test_a_full_outbox_accepts_answers_but_refuses_questions(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    resilient.outbox._max_writes = 3
    lose_database(resilient, proxy)
    first, second = asked(), asked()
    ask(resilient, first)
    ask(resilient, second)
    assert len(resilient.outbox) == 4
    with pytest.raises(DatabaseUnavailable) as caught:
        resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), asked())
    assert str(caught.value) == FULL
    restore_database(resilient, proxy)
    assert [len(in_database(database, each.chat_id)) for each in (first, second)] == [2, 2]
    ask(resilient, asked())


def test_an_outbox_is_bounded_by_its_characters_too() -> None:
    box = Outbox(Journal(None), max_chars=500)
    turn = NewTurn(new_answer_id(), uuid4(), uuid4(), "x" * 99, "Title", None, "me")
    box.add(PendingWrite(ANN, turn))
    assert not box.is_full
    box.add(PendingWrite(ANN, GeneratedTitle(turn.chat_id, "y" * 99)))
    assert box.is_full


def test_writes_to_a_chat_in_which_another_process_answers_wait_and_others_are_saved(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    busy, free = asked(), asked()
    ask(resilient, busy)
    resilient.store(ANN).list_messages(busy.chat_id)
    lose_database(resilient, proxy)
    elsewhere = PostgresStore(database, ANN)
    theirs = NewTurn(new_answer_id(), busy.chat_id, uuid4(), "From elsewhere.", "Title", None, "elsewhere")
    elsewhere.start_turn(theirs)
    mine = asked("And from here?", busy.chat_id)
    ask(resilient, mine)
    ask(resilient, free)
    restore_database(resilient, proxy)
    assert len(in_database(database, free.chat_id)) == 2
    assert resilient.outbox.holds(busy.chat_id)
    shown = resilient.store(ANN).list_messages(busy.chat_id)
    assert [message.saved for message in shown[-2:]] == [False, False], "what waits is still shown"
    parts: list[Part] = [Text("Done.")]
    elsewhere.finish_turn(
        Ending(theirs.turn_id, theirs.chat_id, theirs.question_id, "complete", parts, "Done.", None, None, 1)
    )
    until(lambda: not len(resilient.outbox))
    assert [said.content for said in in_database(database, busy.chat_id)][2:3] == [mine.text], "where it was asked"
    assert elsewhere.open_branch(busy.chat_id, theirs.turn_id)
    assert [said.content for said in in_database(database, busy.chat_id)][2:] == ["From elsewhere.", "Done."]


def test_a_write_that_can_never_be_saved_does_not_block_others(
    resilient: Runtime, proxy: TcpProxy, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    taken, good = asked("Whose is it?"), asked()
    lose_database(resilient, proxy)
    ask(resilient, taken)
    # Meanwhile Bob has started a chat with the same id at another process.
    theirs = NewTurn(new_answer_id(), taken.chat_id, uuid4(), "Bob's.", "Bob's", None, "elsewhere")
    PostgresStore(database, BOB).start_turn(theirs)
    ask(resilient, good)
    restore_database(resilient, proxy)
    assert len(in_database(database, good.chat_id)) == 2
    until(lambda: not len(resilient.outbox))
    assert in_database(database, taken.chat_id) == []
    assert "was refused" in caplog.text and str(taken.chat_id) in caplog.text
    assert taken.text not in caplog.text
    assert len(resilient.outbox.dead_letters) == 2, "the question and the answer to it"


def test_saving_the_outbox_twice_changes_nothing(resilient: Runtime, proxy: TcpProxy, database: Database) -> None:
    lose_database(resilient, proxy)
    question = asked()
    ask(resilient, question)
    waiting = list(resilient.outbox._writes)
    restore_database(resilient, proxy)
    before = in_database(database, question.chat_id)
    for entry in waiting:
        entry.apply(PostgresStore(database, ANN))
    assert in_database(database, question.chat_id) == before


def test_a_second_question_during_an_answer_is_refused_during_an_outage_too(
    resilient: Runtime, proxy: TcpProxy, workspace: Workspace
) -> None:
    lose_database(resilient, proxy)
    fault, question = workspace.faults.invocations.next(hold_after=2), asked()
    turn = resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), question)
    with pytest.raises(ChatBusy):
        resilient.turns.ask(resilient.store(ANN), Asker(ANN, None), asked("And now?", question.chat_id))
    fault.release_all()
    ended(turn)


def test_an_app_started_during_an_outage_answers_and_migrates_later(
    platform: dict[str, str], proxy: TcpProxy, database_url: str, database: Database
) -> None:
    proxy.close()
    runtime = Runtime(load(platform | {"DATABASE_URL": proxy.url(database_url)}))
    pause_for(runtime)
    runtime.start()
    assert runtime.connection_state.is_lost
    assert runtime.migration_version() is None
    question = asked()
    ask(runtime, question)
    restore_database(runtime, proxy)
    assert runtime.migration_version() == len(migration_files())
    assert len(in_database(database, question.chat_id)) == 2
    runtime.stop()


def test_pending_writes_are_saved_before_the_process_ends(
    platform: dict[str, str], proxy: TcpProxy, database_url: str, database: Database
) -> None:
    runtime = Runtime(load(platform | {"DATABASE_URL": proxy.url(database_url)}))
    runtime.start()
    lose_database(runtime, proxy)
    question = asked()
    ask(runtime, question)
    proxy.open()
    runtime.stop()
    assert len(in_database(database, question.chat_id)) == 2


def test_the_version_that_pages_watch_grows_with_every_change(resilient: Runtime, proxy: TcpProxy) -> None:
    seen = [resilient.connection_state.version]
    lose_database(resilient, proxy)
    seen.append(resilient.connection_state.version)
    ask(resilient, asked())
    seen.append(resilient.connection_state.version)
    restore_database(resilient, proxy)
    seen.append(resilient.connection_state.version)
    assert seen == sorted(set(seen))


def test_a_process_without_connection_does_not_change_the_mode_of_others(
    resilient: Runtime, runtime: Runtime, proxy: TcpProxy
) -> None:
    lose_database(resilient, proxy)
    ask(runtime, asked())
    assert (runtime.connection_state.mode, runtime.connection_state.is_lost) == ("saved", False)
    restore_database(resilient, proxy)


@pytest.mark.parametrize("wrong", ["x" * 201, "\x00", "'; DROP TABLE chats; --"])
def test_invalid_input_never_changes_the_mode(runtime: Runtime, wrong: str) -> None:
    store = runtime.store(ANN)
    for attempt in (lambda: store.search(wrong), lambda: store.edit_chat(uuid4(), edits.rename(wrong))):
        try:
            attempt()
        except Exception as error:
            assert not isinstance(error, DatabaseUnavailable)
    assert not runtime.connection_state.is_lost


def test_without_a_database_the_mode_is_ephemeral(platform: dict[str, str]) -> None:
    runtime = Runtime(load({name: value for name, value in platform.items() if name != "DATABASE_URL"}))
    assert (runtime.connection_state.mode, runtime.migration_version()) == ("ephemeral", None)
    assert runtime.connection_state.reason == "No database is bound to the app."


def test_only_the_probe_connects_to_a_database_that_is_down(resilient: Runtime, proxy: TcpProxy) -> None:
    question = asked()
    ask(resilient, question)
    resilient.store(ANN).list_messages(question.chat_id)
    lose_database(resilient, proxy)
    probe_of(resilient).close()
    proxy.open()
    before, store = proxy.passed, resilient.store(ANN)
    store.list_chats()
    store.list_messages(question.chat_id)
    ask(resilient, asked("And now?", question.chat_id))
    with pytest.raises(DatabaseUnavailable):
        store.search("orders")
    assert (proxy.passed, resilient.connection_state.is_lost) == (before, True)

"""Writes that the database will never accept go to a file, are shown on the message, and do not block others."""

import json
import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lib.config import load
from lib.db.database import Database
from lib.messages.parts import Error
from lib.outage.dead_letters import DeadLetters
from lib.outage.pending_write import ANSWER_NOT_TAKEN, QUESTION_NOT_TAKEN, PendingWrite
from lib.runtime import Runtime
from lib.store.answer_ids import new_answer_id
from lib.store.models import NewTurn
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from tests.conftest import ANN
from tests.integration.refusing_database import RefusingDatabase
from tests.integration.rest_client import Client, asking, assert_error, messages_of
from tests.integration.test_database_refusals import all_saved
from tests.integration.test_resilient_store import ask, asked
from tests.waiting import until

OWN = ("22001", "22P02", "23514", "23502")


@pytest.fixture(autouse=True)
def alone(own_folder: Path) -> Path:
    return own_folder


@pytest.fixture
def refusing(cluster: Cluster, database_name: str) -> RefusingDatabase:
    return RefusingDatabase(cluster, database_name)


def refused_lines(alone: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in alone.glob("*.refused.jsonl") for line in path.read_text().splitlines()]


@pytest.mark.parametrize("code", OWN)
def test_a_question_that_can_never_be_saved_is_returned_to_the_user(
    ann: Client, runtime: Runtime, refusing: RefusingDatabase, code: str
) -> None:
    refusing.content(code, "%poison%")
    assert_error(ann.http.post("/chat", json=asking("Is this poison?")), 422, "not_taken")
    assert (len(runtime.outbox), len(runtime.outbox.dead_letters)) == (0, 0), "nothing was acknowledged"
    assert (runtime.connection_state.mode, runtime.connection_state.is_lost) == ("saved", False)
    assert ann.ask("And this?").status_code == 200


@pytest.mark.parametrize("code", OWN)
def test_an_acknowledged_question_that_can_never_be_saved_is_in_the_dead_letter_file_and_in_the_chat(
    ann: Client, runtime: Runtime, refusing: RefusingDatabase, database: Database, alone: Path, code: str
) -> None:
    refusing.content(code, "%poison%")
    refusing.writes("53100")
    question, fine = asked("Is this poison?"), asked("Is this fine?")
    turn = ask(runtime, question)
    ask(runtime, fine)
    refusing.run("DELETE FROM public.refusing WHERE what = 'write'")
    until(lambda: all_saved(runtime))
    (line,) = refused_lines(alone)
    assert line["why"] == code and line["user"] == ANN.id and line["entry"]["what"]["question"] == question.text
    (path,) = alone.glob("*.refused.jsonl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    shown = messages_of(ann, str(question.chat_id))
    assert [said["content"] for said in shown] == [question.text, turn.answer.content]
    assert shown[0]["parts"][-1] == {"type": "error", "text": QUESTION_NOT_TAKEN}
    (mine, _) = runtime.store(ANN).list_messages(question.chat_id)
    assert (mine.refused, mine.saved) == (True, False)
    kept = PostgresStore(database, ANN).list_messages(question.chat_id)
    assert [said.content for said in kept] == [QUESTION_NOT_TAKEN, turn.answer.content]
    assert len(messages_of(ann, str(fine.chat_id))) == 2


def test_an_answer_that_can_never_be_saved_ends_its_turn_and_is_shown_by_this_process(
    ann: Client, runtime: Runtime, refusing: RefusingDatabase, database: Database, alone: Path
) -> None:
    known = ask(runtime, asked()).answer.content
    refusing.content("22003", f"{known[:12]}%")
    turn = ask(runtime, question := asked())
    assert turn.answer.content == known
    until(lambda: all_saved(runtime))
    assert [line["entry"]["what"]["content"] for line in refused_lines(alone)] == [known]
    assert not runtime.is_saved(turn)
    stored = PostgresStore(database, ANN).list_messages(question.chat_id)
    assert [(said.status, said.content) for said in stored] == [("complete", question.text), ("failed", "")]
    assert stored[1].parts == [Error(ANSWER_NOT_TAKEN)]
    shown = messages_of(ann, str(question.chat_id))
    assert (shown[1]["content"], shown[1]["status"]) == (known, "failed")
    assert shown[1]["parts"][-1] == {"type": "error", "text": ANSWER_NOT_TAKEN}
    assert ann.ask("And last year?", chat_id=str(question.chat_id)).status_code == 200


def test_dead_letters_are_still_reported_after_a_restart(
    ann: Client, runtime: Runtime, refusing: RefusingDatabase, platform: dict[str, str], alone: Path
) -> None:
    refusing.content("23514", "%poison%")
    refusing.writes("53100")
    question = asked("Is this poison?")
    ask(runtime, question)
    refusing.run("DELETE FROM public.refusing WHERE what = 'write'")
    until(lambda: all_saved(runtime))
    runtime.stop()
    later = Runtime(load(platform))
    later.start()
    assert len(later.outbox.dead_letters) == 1
    (mine, _) = later.store(ANN).list_messages(question.chat_id)
    assert (mine.content, mine.refused) == (question.text, True)
    later.stop()
    (path,) = alone.glob("*.refused.jsonl")
    path.unlink()
    cleared = Runtime(load(platform))
    cleared.start()
    assert len(cleared.outbox.dead_letters) == 0
    assert cleared.store(ANN).list_messages(question.chat_id)[0].content == QUESTION_NOT_TAKEN
    cleared.stop()


def test_a_refused_message_without_a_stored_placeholder_is_still_shown_in_its_place(
    runtime: Runtime, refusing: RefusingDatabase, alone: Path
) -> None:
    ask(runtime, first := asked("How many orders are there?"))
    refusing.writes("53100")
    question = asked("And last year?", first.chat_id)
    ask(runtime, question)
    refusing.content("23514", "%")
    refusing.run("DELETE FROM public.refusing WHERE what = 'write'")
    until(lambda: all_saved(runtime))
    assert len(refused_lines(alone)) == 2, "the question and its answer"
    shown = runtime.store(ANN).list_messages(first.chat_id)
    assert [said.refused for said in shown] == [False, False, True, True]
    refusing.relent()
    assert ask(runtime, asked("And now?", first.chat_id)).status == "complete"
    shown = runtime.store(ANN).list_messages(first.chat_id)
    assert [said.refused for said in shown] == [False, False, True, True, False, False], "where it was said"


def test_a_saved_question_whose_second_answer_was_refused_is_not_shown_as_lost(tmp_path: Path) -> None:
    turn = NewTurn(new_answer_id(), uuid4(), uuid4(), "Once more?", "Title", None, "me")
    DeadLetters(tmp_path / "x.jsonl").keep(PendingWrite(ANN, turn), "MovedOn", is_question_saved=True)
    later = DeadLetters(tmp_path / "x.jsonl")
    later.read()
    assert (len(later), later.shown_among([], turn.chat_id, ANN.id)) == (1, [])

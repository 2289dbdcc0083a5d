"""A temporary chat, of which nothing but the session of its tab knows."""

from contextlib import closing
from uuid import uuid4

import psycopg2
import pytest
from psycopg2 import sql
from streamlit.testing.v1 import AppTest

from lib.chat.turn import Question
from lib.db.database import Database
from lib.db.diagnosis import diagnose
from lib.errors import DatabaseUnavailable
from lib.identity import Asker
from lib.store.answer_ids import new_answer_id
from lib.ui.chat.temporary import TemporaryChat
from lib.ui.page_context import runtime
from local.postgres import Cluster
from local.workspace import Workspace
from tests.app.conftest import Opened
from tests.conftest import ANN, BOB
from tests.waiting import until

SECRET = "aubergine"


def ask(page: AppTest, question: str) -> None:
    page.chat_input[0].set_value(question).run()
    assert not page.exception


def shown(page: AppTest) -> list[str]:
    return [" ".join(each.value for each in [*m.text, *m.markdown]) for m in page.chat_message]


def stored(cluster: Cluster, database: Database) -> str:
    """All that is in the tables of the app."""
    with closing(psycopg2.connect(cluster.admin_dsn(database.engine.url.database or ""))) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'chat'")
        tables = [name for (name,) in cursor.fetchall()]
        assert "messages" in tables
        found = []
        for table in tables:
            cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("chat", table)))
            found += cursor.fetchall()
        return str(found)


@pytest.fixture
def page(opened: Opened) -> AppTest:
    """Ann in front of an empty temporary chat, with the switch on."""
    page = opened("temporary")
    assert page.toggle(key="is-temporary").value
    return page


def test_a_temporary_chat_is_in_no_table_list_or_search(
    page: AppTest, opened: Opened, cluster: Cluster, database: Database
) -> None:
    ask(page, f"Tell me about {SECRET}")
    question, answer = shown(page)
    assert question == f"Tell me about {SECRET}"
    assert answer
    ask(opened(), "Something that is kept")
    assert runtime().store(ANN).search(SECRET).hits == []
    assert [chat.title for chat in runtime().store(ANN).list_chats().chats] == ["Something that is kept"]
    until(lambda: runtime().turns.running == 0)
    assert "Something that is kept" in stored(cluster, database)
    assert SECRET not in stored(cluster, database)
    assert len(runtime().outbox) == 0


def test_the_agent_gets_the_conversation_so_far(page: AppTest, workspace: Workspace) -> None:
    ask(page, f"Tell me about {SECRET}")
    ask(page, "And what else?")
    assert len(shown(page)) == 4
    assert SECRET.encode() in workspace.requests.invocations[-1].body


def test_another_session_of_the_same_user_finds_an_empty_one(page: AppTest, opened: Opened) -> None:
    ask(page, f"Tell me about {SECRET}")
    assert shown(opened("temporary")) == []


def test_ending_it_leads_to_a_new_chat_and_leaves_nothing(page: AppTest) -> None:
    ask(page, f"Tell me about {SECRET}")
    next(button for button in page.main.button if button.label == "End").click().run()
    assert shown(page) == []
    assert not page.toggle(key="make-temporary").value
    assert "temporary_chat" not in page.session_state


def test_the_switch_on_a_new_chat_opens_a_temporary_one_and_back(opened: Opened) -> None:
    page = opened()
    page.toggle(key="make-temporary").set_value(True).run()
    page.toggle(key="is-temporary").set_value(False).run()
    assert not page.exception
    assert not page.toggle(key="make-temporary").value


def test_it_cannot_be_copied_into_a_chat_that_is_kept(page: AppTest) -> None:
    ask(page, f"Tell me about {SECRET}")
    held: TemporaryChat = page.session_state["temporary_chat"]
    assert not held.store(ANN).copy_chat(held.id, uuid4())
    assert not runtime().store(ANN).copy_chat(held.id, uuid4())
    assert runtime().store(ANN).find_chat(held.id) is None


def test_only_its_user_can_read_it_in_the_same_session(page: AppTest) -> None:
    ask(page, f"Tell me about {SECRET}")
    held: TemporaryChat = page.session_state["temporary_chat"]
    assert held.store(ANN).find_chat(held.id)
    assert held.store(BOB).find_chat(held.id) is None
    assert held.store(BOB).list_messages(held.id) == []


def test_a_running_answer_stops_when_its_session_is_gone(platform: dict[str, str], workspace: Workspace) -> None:
    process = runtime().temporary
    held = TemporaryChat(ANN, process)
    fault = workspace.faults.invocations.next(hold_after=1)
    question_id, turn_id = uuid4(), new_answer_id()
    turn = process.turns.ask(held.store(ANN), Asker(ANN, None), Question(held.id, question_id, turn_id, "Count"))
    assert turn
    until(lambda: len(turn.chunks))
    del held
    until(lambda: turn.chunks.closed)
    assert turn.status == "stopped"
    fault.release_all()


def test_it_works_while_the_database_is_away_and_leaves_nothing_in_the_outbox(
    page: AppTest, cluster: Cluster, database: Database
) -> None:
    runtime().connection_state.lost(diagnose(DatabaseUnavailable()))
    ask(page, f"Tell me about {SECRET}")
    assert len(shown(page)) == 2
    assert len(runtime().outbox) == 0
    assert SECRET not in stored(cluster, database)

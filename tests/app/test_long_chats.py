"""The line in a long chat below which the agent still sees what was said."""

import pytest
from streamlit.testing.v1 import AppTest

from lib.db.database import Database
from lib.store.postgres import PostgresStore
from lib.ui.chat.context_cut import LINE, SUMMARY
from local.workspace import Workspace
from tests.app.conftest import Opened
from tests.app.test_main import stored_chat
from tests.conftest import ANN

pytestmark = pytest.mark.usefixtures("short_memory")


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer, its question and not quite another answer."""
    monkeypatch.setenv("HISTORY_TOKEN_BUDGET", str(120 // 4))


def said(page: AppTest) -> list[str]:
    """Questions, answers and the line, from top to bottom."""
    assert not page.exception
    shown = [str(each.value).split("\n")[0] for each in page.main if each.type in ("text", "markdown", "caption")]
    return [text for text in shown if text == LINE or text.startswith(("Question", "Answer", "And now"))]


def test_a_line_shows_where_the_agent_begins_to_see_and_moves_when_one_asks(
    opened: Opened, database: Database, workspace: Workspace
) -> None:
    page = opened(str(stored_chat(database, ANN, "Long", turns=3)))
    first, last = ["Question 1.", "Answer 1.", "Question 2.", "Answer 2."], ["Question 3.", "Answer 3."]
    assert said(page) == [*first, LINE, *last]
    page.chat_input[0].set_value("And now, what do you say? " + "x" * 60).run()
    assert "Question 3." not in workspace.requests.invocations[-1].body.decode()
    # The answer alone is longer than what the next question can take along.
    assert said(page)[:6] == [*first, *last] and said(page)[-1] == LINE


def test_there_is_no_line_in_a_chat_that_the_agent_sees_whole(opened: Opened, database: Database) -> None:
    page = opened(str(stored_chat(database, ANN, "Short", turns=1)))
    assert said(page) == ["Question 1.", "Answer 1."]


def test_the_summary_that_the_agent_gets_instead_stands_at_the_line(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    monkeypatch.setenv("TITLE_ENDPOINT", "demo-titles")
    monkeypatch.setenv("CONTEXT_SUMMARY", "on")
    chat_id = stored_chat(database, ANN, "Long", turns=3)
    store = PostgresStore(database, ANN)
    first = store.list_messages(chat_id)[1]
    assert store.save_context_summary(chat_id, first.id, "**Revenue** in euros.")
    page = opened(str(chat_id))
    (summary,) = [box for box in page.expander if box.label == SUMMARY]
    assert [text.value for text in summary.text] == ["**Revenue** in euros."], "as plain text"
    assert not summary.proto.expanded
    page.chat_input[0].set_value("And now?").run()
    assert "Revenue** in euros." in workspace.requests.invocations[-1].body.decode()

"""Standing instructions on the pages, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from lib.db.database import Database
from lib.db.diagnosis import diagnose
from lib.errors import DatabaseUnavailable
from lib.ui.chat.chat_menu import WITHOUT_INSTRUCTIONS
from lib.ui.chat.context_cut import LINE
from lib.ui.instructions import AWAY, DATE_AND_TIME, DATE_IN_UTC, SENT, SENT_BEHIND
from lib.ui.page_context import runtime
from local.postgres import Cluster
from local.workspace import Workspace
from tests.app.conftest import Opened
from tests.app.test_main import stored_chat
from tests.conftest import ANN
from tests.integration.refusing_database import RefusingDatabase

MINE = "Answer in short sentences."


def in_settings(page: AppTest) -> AppTest:
    """With the dialog open. Here a click in it runs the whole page, so each opens it anew."""
    page.button(key="settings-button").click().run()
    assert not page.exception
    return page


def save(page: AppTest, instructions: str) -> None:
    page.text_area(key="standing-instructions").set_value(instructions)
    page.button(key="settings-button").click()
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


def test_the_dialog_saves_replaces_and_removes_them(opened: Opened, workspace: Workspace) -> None:
    store = None
    for instructions in (MINE, "Otherwise.", ""):
        page = in_settings(opened())
        store = store or runtime().store(ANN)
        assert page.text_area(key="standing-instructions").value == store.read_instructions()
        assert SENT in captions(page)
        save(page, instructions)
        assert store.read_instructions() == instructions
        page.chat_input[0].set_value("How many orders are there?").run()
        assert (instructions in workspace.requests.invocations[-1].body.decode()) is True
        assert ('"role":"system"' in workspace.requests.invocations[-1].body.decode()) is bool(instructions)


def test_the_dialog_says_that_the_app_has_instructions_of_its_own(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEM_PROMPT", "You work for a shop.")
    assert SENT_BEHIND in captions(in_settings(opened()))


@pytest.mark.parametrize(
    ("zone", "said"),
    [("Asia/Tokyo", DATE_AND_TIME.format(zone="Asia/Tokyo")), ("Mars/Base", DATE_IN_UTC)],
)
def test_the_dialog_says_that_the_agent_is_told_the_date_and_the_page_sends_the_browsers_time_zone(
    opened: Opened, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, zone: str, said: str
) -> None:
    monkeypatch.setenv("SEND_DATE", "minute")
    page = opened()
    page.context["timezone"] = zone
    assert said in captions(in_settings(page))
    page = opened()
    page.context["timezone"] = zone
    page.chat_input[0].set_value("How many orders are there?").run()
    sent = workspace.requests.invocations[-1].body.decode()
    assert ("in the person's time zone, Asia/Tokyo (UTC+09:00)." in sent) is (zone == "Asia/Tokyo")
    assert ("in UTC: the person's time zone is not known." in sent) is (zone != "Asia/Tokyo")


def test_they_are_shown_and_cannot_be_changed_while_the_database_is_away(opened: Opened) -> None:
    page = opened()
    runtime().store(ANN).save_instructions(MINE)
    runtime().connection_state.lost(diagnose(DatabaseUnavailable()))
    box = in_settings(page).text_area(key="standing-instructions")
    assert (box.value, box.disabled) == (MINE, True)
    assert AWAY in captions(page)


def test_if_the_database_refuses_them_they_stay_in_the_box(
    opened: Opened, cluster: Cluster, database_name: str
) -> None:
    page = in_settings(opened())
    RefusingDatabase(cluster, database_name).writes("53100")
    save(page, MINE)
    assert [error.value for error in page.error] == [str(DatabaseUnavailable())]
    assert page.text_area(key="standing-instructions").value == MINE
    assert runtime().store(ANN).read_instructions() == ""


def test_a_temporary_chat_is_asked_with_them_also_while_the_database_is_away(
    opened: Opened, workspace: Workspace
) -> None:
    page = opened("temporary")
    runtime().store(ANN).save_instructions(MINE)
    for _ in range(2):
        page.chat_input[0].set_value("How many orders are there?").run()
        assert not page.exception
        assert MINE in workspace.requests.invocations[-1].body.decode()
        runtime().connection_state.lost(diagnose(DatabaseUnavailable()))


def test_the_line_where_the_agent_begins_to_see_moves_with_their_length(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HISTORY_TOKEN_BUDGET", "100")
    page = opened(str(stored_chat(database, ANN, "Long", turns=3)))
    assert LINE not in captions(page)
    in_settings(page)
    save(page, "x" * 200)
    page.run()
    assert LINE in captions(page)
    page.get("menu_button")[0].click(WITHOUT_INSTRUCTIONS).run()
    assert LINE not in captions(page)

"""The Insights page: one's own figures, everybody's for admins, and sentences where there are none."""

from uuid import UUID

from streamlit.testing.v1 import AppTest

from lib.store.postgres import PostgresStore
from lib.ui.page_context import runtime
from tests.app.conftest import Opened
from tests.app.test_status import ann_is_admin  # noqa: F401
from tests.conftest import ANN, BOB
from tests.integration.test_store import answered


def said(page: AppTest) -> str:
    return " ".join(each.value for each in (*page.caption, *page.markdown))


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def voted_against(user: object, comment: str) -> UUID:
    """A chat whose only answer its owner has voted against."""
    database = runtime().database
    assert database
    store = PostgresStore(database, ANN if user is ANN else BOB)
    turn = answered(store)
    assert store.vote(turn.turn_id, False, comment)
    return turn.chat_id


def test_nothing_was_asked_yet(opened: Opened) -> None:
    page = opened("insights")
    assert not page.exception
    assert "Nothing was asked in this time." in said(page)
    assert not page.metric


def test_a_user_sees_their_own_figures_and_no_others(opened: Opened) -> None:
    opened("insights")
    chat_id = voted_against(ANN, "Wrong year")
    voted_against(BOB, "Wrong month")
    page = opened("insights")
    assert not page.exception
    assert (figures(page)["Questions"], figures(page)["Helpful"]) == ("1", "0%")
    assert f"/{chat_id}?message=" in said(page)
    assert "Wrong year" in said(page) and "Wrong month" not in said(page)
    assert "Everybody" not in [option for group in page.button_group for option in group.options]


def test_an_admin_sees_everybodys_and_why_but_not_what_was_said(ann_is_admin: None, opened: Opened) -> None:  # noqa: F811
    opened("insights")
    chat_id = voted_against(BOB, "Wrong month")
    page = opened("insights")
    assert "Nothing was asked in this time." in said(page)
    page.session_state["insights-whose"] = "Everybody"
    page.run()
    assert not page.exception
    assert figures(page)["Questions"] == "1"
    assert "Wrong month" in said(page) and "An answer in a chat that is not shared" in said(page)
    assert str(chat_id) not in said(page) and "How much?" not in said(page)


def test_who_is_no_admin_cannot_ask_for_everybodys(opened: Opened) -> None:
    opened("insights")
    voted_against(BOB, "Wrong month")
    page = opened("insights")
    page.session_state["insights-whose"] = "Everybody"
    page.run()
    assert "Nothing was asked in this time." in said(page)

"""What the page shows while the database refuses: the user's messages and their state, and never an exception."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lib.ui.page_context import runtime
from local.postgres import Cluster
from tests.app.conftest import Opened, titles
from tests.app.test_status import ann_is_admin, captions, foot  # noqa: F401
from tests.conftest import administer
from tests.integration.refusing_database import RefusingDatabase
from tests.integration.test_database_refusals import all_saved
from tests.integration.test_resilient_store import pause_for
from tests.waiting import until

# ruff: noqa: F811

QUESTION = "Which region sold most last quarter?"
# 42501 is what row-level security reports here; a role without privileges has its own test.
RETURNED = ("22001", "23514", "42501")
EVERY_KIND = ("53100", "55P03", "58030", "P0001", "25006", "57P03", "42P01", "28000", *RETURNED)


@pytest.fixture
def refusing(opened: Opened, own_folder: Path, cluster: Cluster, database_name: str) -> RefusingDatabase:
    pause_for(runtime())
    return RefusingDatabase(cluster, database_name)


def drafts(page: AppTest) -> list[str]:
    """The text that is returned to the composer."""
    return [box.proto.value for box in page.chat_input if box.proto.set_value]


def no_error_of_the_apps(page: AppTest) -> bool:
    return not page.exception and len(page.chat_input) <= 1


@pytest.mark.parametrize("code", EVERY_KIND)
def test_a_question_in_a_chat_is_answered_or_returned_whatever_the_database_refuses(
    opened: Opened, refusing: RefusingDatabase, code: str
) -> None:
    page = opened()
    page.chat_input[0].set_value(QUESTION).run()
    refusing.writes(code)
    page.chat_input[0].set_value("And the quarter before?").run()
    assert no_error_of_the_apps(page) and not page.error
    if drafts(page):
        assert drafts(page) == ["And the quarter before?"] and page.toast
    else:
        assert [message.name.split(",")[0] for message in page.chat_message] == ["user", "assistant"] * 2
        assert captions(page).count("Not saved yet") == 2
        assert "You can continue" in captions(page)
    assert bool(drafts(page)) is (code in RETURNED)
    refusing.relent()
    until(lambda: all_saved(runtime()))
    page.run()
    assert "Not saved yet" not in captions(page)
    assert len(page.chat_message) == (2 if code in RETURNED else 4)


@pytest.mark.parametrize("code", EVERY_KIND)
def test_a_first_question_is_answered_or_returned_whatever_the_database_refuses(
    opened: Opened, refusing: RefusingDatabase, code: str
) -> None:
    page = opened()
    refusing.writes(code)
    page.chat_input[0].set_value(QUESTION).run()
    assert no_error_of_the_apps(page) and not page.error
    assert bool(drafts(page)) is (code in RETURNED)
    assert bool(titles(page)[1:]) is (code not in RETURNED), "it is listed"
    refusing.relent()
    until(lambda: all_saved(runtime()))


@pytest.mark.parametrize("code", ["53100", "42P01", "25006", "22001"])
def test_a_page_whose_data_cannot_be_read_explains_why(opened: Opened, refusing: RefusingDatabase, code: str) -> None:
    page = opened()
    page.chat_input[0].set_value(QUESTION).run()
    refusing.reads(code)
    for path in ("", "search", "status"):
        assert not opened(path).exception
    page.run()
    assert not page.exception


def test_the_status_page_tells_what_is_unsaved_and_why(
    ann_is_admin: None, opened: Opened, refusing: RefusingDatabase
) -> None:
    page = opened()
    refusing.writes("53100")
    page.chat_input[0].set_value(QUESTION).run()
    status = opened("status")
    assert "Saved in Lakebase" in foot(status)
    assert "wait to be saved. Lakebase has no disk space left" in captions(status).replace("\\", "")
    assert "53100" in status.table[0].value.to_string()


def test_the_status_page_tells_what_could_not_be_saved_and_where_it_is_kept(
    ann_is_admin: None, opened: Opened, refusing: RefusingDatabase, own_folder: Path
) -> None:
    page = opened()
    refusing.content("23514", "%poison%")
    refusing.writes("53100")
    page.chat_input[0].set_value("Is this poison?").run()
    refusing.run("DELETE FROM public.refusing WHERE what = 'write'")
    until(lambda: all_saved(runtime()))
    page.run()
    assert "Could not be saved" in captions(page) and "Not saved yet" not in captions(page)
    assert "Is this poison?" in " ".join(each.value for each in page.text)
    status = opened("status")
    assert "could not be saved: 1" in status.warning[0].value
    assert str(own_folder).replace("-", "") in status.table[0].value.to_string().replace("\\", "").replace("-", "")


def test_revoked_grants_are_shown_with_the_statements_that_restore_them(
    ann_is_admin: None, opened: Opened, refusing: RefusingDatabase, cluster: Cluster, database_name: str
) -> None:
    page = opened()
    page.chat_input[0].set_value(QUESTION).run()
    refusing.run(f'REVOKE ALL ON chat.messages FROM "{runtime().database.engine.url.username}"')  # type: ignore[union-attr]
    page.chat_input[0].set_value("And the quarter before?").run()
    assert not page.exception and not page.error
    assert captions(page).count("Not saved yet") == 2
    until(lambda: runtime().connection_state.mode == "reconnecting")
    status = opened("status")
    assert "may not read and write all tables" in status.warning[0].value
    administer(cluster, status.code[0].value, database_name)
    until(lambda: all_saved(runtime()))
    page.run()
    assert "Not saved yet" not in captions(page)

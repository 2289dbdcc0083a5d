"""Deleting all chats, and erasing the user, on the Status page."""

from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from lib.api.trash_schemas import ConfirmDeleteSchema, ConfirmEraseSchema
from lib.db.database import Database
from lib.store import edits
from lib.store.postgres import PostgresStore
from lib.ui.delete_everything import ACTIONS, AWAY, BROKEN_OFF
from lib.ui.page_context import runtime
from tests.app.conftest import Opened, titles
from tests.app.test_database_refusals import refusing  # noqa: F401
from tests.app.test_main import stored_chat
from tests.app.test_status import proxy  # noqa: F401
from tests.conftest import ANN, BOB
from tests.integration.refusing_database import RefusingDatabase
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import restore_database

# ruff: noqa: F811
DELETE, ERASE = "Delete all my chats", "Erase me"


def confirm(page: AppTest, label: str, words: str) -> None:
    place = [DELETE, ERASE].index(label)
    page.main.text_input[place].set_value(words)
    next(found for found in page.main.button if found.label == label).click().run()
    assert not page.exception


def test_all_chats_are_deleted_once_the_words_are_typed(opened: Opened, database: Database) -> None:
    store, kept = PostgresStore(database, ANN), stored_chat(database, BOB, "Bob's own")
    ids = [stored_chat(database, ANN, title) for title in ("Listed", "Archived", "Trashed")]
    store.edit_chat(ids[1], edits.archive(True))
    store.trash_chat(ids[2])
    page = opened("status")
    for words in ("", "yes", "Delete all my chats", "erase me"):
        confirm(page, DELETE, words)
        assert page.error[0].value == "Nothing was deleted. Type exactly “delete all my chats” first."
    assert len(store.list_chat_ids(10)) == 2
    confirm(page, DELETE, " delete all my chats ")
    assert [each.value for each in page.success] == ["3 chats deleted, with 6 messages."]
    assert titles(page) == ["New chat"]
    assert store.list_chat_ids(10) == [] and store.list_trashed().chats == []
    assert PostgresStore(database, BOB).get_chat(kept)
    confirm(page, DELETE, "delete all my chats")
    assert [each.value for each in page.success] == ["0 chats deleted, with 0 messages."]


def test_a_user_is_erased_with_their_ratings_of_the_answers_of_others(opened: Opened, database: Database) -> None:
    store, bob = PostgresStore(database, ANN), PostgresStore(database, BOB)
    stored_chat(database, ANN, "Alpha")
    shared = stored_chat(database, BOB, "Bob's own")
    bob.edit_chat(shared, edits.set_visibility("public"))
    store.vote(bob.list_messages(shared)[-1].id, True)
    page = opened("status")
    confirm(page, ERASE, "delete all my chats")
    assert page.error and store.votes(shared)
    confirm(page, ERASE, "erase me")
    assert [each.value for each in page.success] == [
        "Erased: 1 chat with 2 messages, and 1 rating of answers in other people's chats."
    ]
    assert titles(page) == ["New chat"] and store.votes(shared) == {}


@pytest.mark.parametrize("label", [DELETE, ERASE])
def test_nothing_is_deleted_while_the_database_is_away(opened: Opened, proxy: TcpProxy, label: str) -> None:
    page = opened()
    page.chat_input[0].set_value("Which region sold most last quarter?").run()
    chats = titles(page)
    status = opened("status")
    proxy.close()
    confirm(status, label, label.lower())
    assert [each.value for each in status.error] == [AWAY] and not status.success
    restore_database(runtime(), proxy)
    status.run()
    assert titles(status) == chats


def test_a_deletion_that_breaks_off_says_so_and_goes_on_when_it_is_repeated(
    opened: Opened, database: Database, refusing: RefusingDatabase
) -> None:
    store, chat_id = PostgresStore(database, ANN), stored_chat(database, ANN, "Alpha")
    page = opened("status")
    refusing.writes("53100")
    confirm(page, DELETE, "delete all my chats")
    assert page.error[0].value.endswith(BROKEN_OFF) and not page.success
    refusing.relent()
    assert store.list_chat_ids(10) == [chat_id]
    confirm(page, DELETE, "delete all my chats")
    assert [each.value for each in page.success] == ["1 chat deleted, with 2 messages."]


def test_the_words_are_those_of_the_api() -> None:
    schemas = (ConfirmDeleteSchema, ConfirmEraseSchema)
    asked = [get_args(schema.model_fields["confirm"].annotation) for schema in schemas]
    assert asked == [(action.words,) for action in ACTIONS]

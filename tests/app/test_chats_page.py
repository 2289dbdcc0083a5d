"""The page with all chats: its rows, order, filters and pages, and what is done with several chats at once."""

from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from lib.db.database import Database
from lib.store import edits
from lib.store.postgres import PostgresStore
from lib.ui.chats.page import NO_ARCHIVE, NO_CHATS, NO_MATCH
from lib.ui.chats.trash import EMPTY
from tests.app.conftest import Opened, path_of
from tests.app.test_main import messages, stored_chat
from tests.conftest import ANN, BOB


def rows(page: AppTest) -> list[str]:
    """The titles in the table, in order."""
    return [found.label.replace("\\", "") for found in page.main.button if (found.key or "").startswith("open-")]


def pick(page: AppTest, *chat_ids: UUID) -> None:
    for chat_id in chat_ids:
        page.checkbox(key=f"pick-{chat_id}").check()
    page.run()


def click(page: AppTest, label: str) -> None:
    next(found for found in page.main.button if found.label == label).click().run()


def said(page: AppTest) -> str:
    return " ".join(each.value for each in [*page.main.caption, *page.main.markdown])


def titles_of(store: PostgresStore, *, archived: bool = False) -> list[str]:
    return sorted(chat.title for chat in store.list_chats(archived=archived).chats)


def test_a_new_user_is_told_that_there_are_no_chats_and_no_archive(opened: Opened) -> None:
    page = opened("chats")
    assert not page.exception
    assert page.title[0].value == "All chats"
    assert NO_CHATS in said(page) and rows(page) == []
    page.segmented_control[0].set_value("Archived").run()
    assert NO_ARCHIVE in said(page)


def test_the_titles_in_the_table_open_their_chats(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, ANN, "Al*pha*")
    stored_chat(database, BOB, "Bob's own")
    stored_chat(database, ANN, "Beta")
    page = opened("chats")
    assert rows(page) == ["Beta", "Al*pha*"]
    page.button(key=f"open-{chat_id}").click().run()
    assert path_of(page) == str(chat_id)
    assert messages(page)[0] == "Question 1."


def test_the_table_is_sorted_by_the_heading_that_is_clicked(opened: Opened, database: Database) -> None:
    for title in ("beta", "Alpha", "Gamma"):
        stored_chat(database, ANN, title)
    page = opened("chats")
    assert rows(page) == ["Gamma", "Alpha", "beta"]
    for heading, expected in (
        ("Title", ["Alpha", "beta", "Gamma"]),
        ("Title", ["Gamma", "beta", "Alpha"]),
        ("Last active", ["Gamma", "Alpha", "beta"]),
        ("Last active", ["beta", "Alpha", "Gamma"]),
        ("Created", ["Gamma", "Alpha", "beta"]),
        ("Created", ["beta", "Alpha", "Gamma"]),
    ):
        click(page, heading)
        assert rows(page) == expected


def test_filters_leave_only_what_meets_them_and_can_be_cleared(opened: Opened, database: Database) -> None:
    store = PostgresStore(database, ANN)
    pinned, shared = (stored_chat(database, ANN, title) for title in ("pinned", "shared"))
    stored_chat(database, ANN, "plain")
    store.edit_chat(pinned, edits.pin(True))
    store.edit_chat(shared, edits.set_visibility("public"))
    page = opened("chats")
    page.button_group(key="all-chats-marks").set_value(["Pinned"]).run()
    assert rows(page) == ["pinned"]
    page.button_group(key="all-chats-marks").set_value(["Pinned", "Shared"]).run()
    assert rows(page) == [] and NO_MATCH in said(page)
    click(page, "Clear the filters")
    assert rows(page) == ["plain", "shared", "pinned"]


def test_a_shared_chat_is_found_in_the_archive_too(opened: Opened, database: Database) -> None:
    store, chat_id = PostgresStore(database, ANN), stored_chat(database, ANN, "Open to all")
    store.edit_chat(chat_id, edits.set_visibility("public"))
    store.edit_chat(chat_id, edits.archive(True))
    page = opened("chats")
    assert rows(page) == []
    page.button_group(key="all-chats-marks").set_value(["Shared"]).run()
    assert rows(page) == ["Open to all"]


def test_pages_are_turned_forth_and_back_and_another_order_begins_anew(opened: Opened, database: Database) -> None:
    for number in range(26):
        stored_chat(database, ANN, f"Chat {number:02}")
    page = opened("chats")
    first = rows(page)
    assert first == [f"Chat {number:02}" for number in range(25, 0, -1)]
    click(page, "Next")
    assert rows(page) == ["Chat 00"] and "Page 2" in said(page)
    click(page, "Previous")
    assert rows(page) == first
    click(page, "Next")
    click(page, "Title")
    assert rows(page)[0] == "Chat 00" and "Page 1" in said(page)


def test_chosen_chats_are_archived_at_once_and_undo_brings_them_back(opened: Opened, database: Database) -> None:
    store = PostgresStore(database, ANN)
    ids = [stored_chat(database, ANN, title) for title in ("A", "B", "C")]
    page = opened("chats")
    pick(page, *ids[:2])
    assert "2 selected" in said(page)
    click(page, "Archive")
    assert rows(page) == ["C"] and "2 chats archived" in said(page)
    assert titles_of(store, archived=True) == ["A", "B"]
    click(page, "Undo")
    assert rows(page) == ["C", "B", "A"] and "Undone for 2 chats" in said(page)
    assert titles_of(store, archived=True) == []


def test_all_chats_of_a_page_are_chosen_with_one_click(opened: Opened, database: Database) -> None:
    for title in ("A", "B", "C"):
        stored_chat(database, ANN, title)
    page = opened("chats")
    page.checkbox(key="pick-all").check().run()
    assert "3 selected" in said(page)
    click(page, "Archive")
    assert rows(page) == [] and "3 chats archived" in said(page)


def test_sharing_ends_at_once_for_all_chosen_chats(opened: Opened, database: Database) -> None:
    store, ids = PostgresStore(database, ANN), [stored_chat(database, ANN, title) for title in ("A", "B")]
    for chat_id in ids:
        store.edit_chat(chat_id, edits.set_visibility("public"))
    page = opened("chats")
    pick(page, *ids)
    click(page, "Make private")
    assert "2 chats made private" in said(page)
    assert [PostgresStore(database, BOB).find_chat(chat_id) for chat_id in ids] == [None, None]


def test_a_chat_deleted_elsewhere_is_not_counted_among_the_changed(opened: Opened, database: Database) -> None:
    store, ids = PostgresStore(database, ANN), [stored_chat(database, ANN, title) for title in ("A", "B")]
    page = opened("chats")
    pick(page, *ids)
    store.delete_chat(ids[0])
    click(page, "Archive")
    assert not page.exception
    assert "1 chat archived" in said(page)


def test_chosen_chats_go_to_the_trash_at_once_and_undo_brings_them_back(opened: Opened, database: Database) -> None:
    store = PostgresStore(database, ANN)
    ids = [stored_chat(database, ANN, title) for title in ("A", "B", "C")]
    page = opened("chats")
    pick(page, *ids[:2])
    click(page, "Delete")
    assert rows(page) == ["C"] and "2 chats moved to the trash" in said(page)
    assert {chat.id for chat in store.list_trashed().chats} == set(ids[:2])
    click(page, "Undo")
    assert rows(page) == ["C", "B", "A"] and store.list_trashed().chats == []


def test_a_chat_is_restored_from_the_trash(opened: Opened, database: Database) -> None:
    store, chat_id = PostgresStore(database, ANN), stored_chat(database, ANN, "Alpha")
    stored_chat(database, BOB, "Bob's own")
    PostgresStore(database, BOB).trash_chats([chat.id for chat in PostgresStore(database, BOB).list_chats().chats])
    store.trash_chats([chat_id])
    page = opened("chats")
    page.segmented_control[0].set_value("Trash").run()
    assert [found.label for found in page.main.checkbox] == ["Alpha"]
    pick(page, chat_id)
    click(page, "Restore")
    assert not page.exception
    assert "1 chat restored" in said(page) and EMPTY in said(page)
    page.segmented_control[0].set_value("Chats").run()
    assert rows(page) == ["Alpha"]


def test_deleting_for_good_asks_first(opened: Opened, database: Database) -> None:
    store, chat_id = PostgresStore(database, ANN), stored_chat(database, ANN, "Alpha")
    store.trash_chats([chat_id])
    page = opened("chats")
    page.segmented_control[0].set_value("Trash").run()
    pick(page, chat_id)
    click(page, "Delete for good")
    assert not page.exception
    assert "There is no way back" in " ".join(each.value for each in page.markdown)
    assert [chat.id for chat in store.list_trashed().chats] == [chat_id]


def test_without_a_trash_deleting_asks_first_and_says_how_many(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRASH_DAYS", "0")
    store, ids = PostgresStore(database, ANN), [stored_chat(database, ANN, title) for title in ("A", "B", "C")]
    page = opened("chats")
    assert page.segmented_control[0].options == ["Chats", "Archived"]
    pick(page, *ids[:2])
    click(page, "Delete")
    assert not page.exception
    assert "2 chats and all that was said there will be deleted" in " ".join(each.value for each in page.markdown)
    assert titles_of(store) == ["A", "B", "C"]

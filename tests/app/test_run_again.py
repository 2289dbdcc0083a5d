"""A question asked again, and what has changed in its result."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from streamlit.testing.v1 import AppTest

from lib.db.database import Database
from lib.errors import DatabaseUnavailable
from lib.messages.parts import Part, Text, content_of
from lib.outage.resilient_store import ResilientStore
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.models import Ending, NewTurn
from lib.store.postgres import PostgresStore
from lib.ui.answer.changes import CUT, NO_KEY
from lib.ui.chat.message_actions import DETAILS, REGENERATE
from lib.ui.chat.run_again import RUN_AGAIN
from local.workspace import Workspace
from tests.app.conftest import Opened, path_of
from tests.app.test_main import stored_answers, stored_chat
from tests.app.test_results import BARS, REGIONS, SOLD, kept, looked_up, views
from tests.conftest import ANN, BOB

LATER = [{"region": "Alps", "revenue": 54018.2}, {"region": "Nordics", "revenue": 154480.0}]
MENU = "What to do with this answer"
QUESTION = "Which region sold most last quarter?"


def answered_again(database: Database, chat_id: UUID, *answers: list[Part]) -> None:
    """Further answers to the first question of Ann's chat."""
    store = PostgresStore(database, ANN)
    question = store.list_messages(chat_id)[0]
    for parts in answers:
        turn = NewTurn(new_answer_id(), chat_id, question.id, question.content, "", None, "test", is_beginning=True)
        store.start_turn(turn)
        words = content_of(parts)
        store.finish_turn(Ending(turn.turn_id, chat_id, question.id, "complete", parts, words, None, None, 1))


def said(page: AppTest) -> str:
    assert not page.exception
    return " ".join([*(each.value for each in page.markdown), *(each.value for each in page.caption)])


def run_again(page: AppTest) -> AppTest:
    return next(found for found in page.button if found.label == RUN_AGAIN).click().run()


def menus(page: AppTest) -> list[list[str]]:
    """The options of the menus of answers."""
    found = page.get("menu_button")
    return [list(each.options) for each in found if each.label == MENU]


def test_changes_are_not_kept_with_the_answer(opened: Opened, database: Database) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(REGIONS))
    answered_again(database, chat_id, looked_up(LATER))
    page = opened(str(chat_id))
    for view in ("bar", "changes"):
        views(page).set_value(view).run()
        assert kept(database, chat_id) == BARS
    assert views(opened(str(chat_id))).value == "bar"


def test_an_answer_that_was_stopped_before_its_first_word_has_a_menu_and_no_thumbs(
    opened: Opened, database: Database
) -> None:
    store, chat_id = PostgresStore(database, ANN), uuid4()
    turn = NewTurn(new_answer_id(), chat_id, uuid4(), QUESTION, "Stopped", None, "test")
    store.start_turn(turn)
    store.finish_turn(Ending(turn.turn_id, chat_id, turn.question_id, "stopped", [], "", None, None, None))
    page = opened(str(chat_id))
    assert menus(page) == [[REGENERATE, "New chat from here", DETAILS]]
    assert not page.feedback and not page.exception


def test_a_result_that_has_become_an_empty_list_has_lost_its_rows(opened: Opened, database: Database) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(REGIONS))
    answered_again(database, chat_id, looked_up([], "There are none."), looked_up([], "Still none."))
    page = opened(str(chat_id))
    views(page).set_value("changes").run()
    assert "Nothing has changed since" in said(page)
    page.selectbox[0].set_value(1).run()
    assert "2 rows gone" in said(page) and len(page.dataframe[-1].value) == 2


def test_a_question_that_is_run_again_opens_on_what_has_changed(opened: Opened) -> None:
    page = opened()
    page.chat_input[0].set_value(QUESTION).run()
    kinds = ["Table", "Bars", "Scatter"]
    assert (views(page).options, views(page).value) == (kinds, None)
    assert menus(page) == [["New chat from here", DETAILS]]
    run_again(page)
    assert (views(page).options, views(page).value) == ([*kinds, "Changes"], "changes")
    assert re.search(r"\*\*\d rows changed\*\* since \d\d:\d\d", said(page))
    table = page.dataframe[-1].value
    assert list(table)[:3] == ["Change", "region", "revenue"] and set(table["Change"]) == {"Changed"}
    assert any(re.fullmatch(r"[\d,.]+ \(\+[\d.]+\s%\)", cell) for cell in table["revenue"])
    next(found for found in page.button if found.label == "Previous version").click().run()
    assert views(page).options == kinds
    later = opened(path_of(page))
    next(found for found in later.button if found.label == "Next version").click().run()
    assert (views(later).options[-1], views(later).value) == ("Changes", None)


def test_a_question_of_a_temporary_chat_is_run_again(opened: Opened) -> None:
    page = opened("temporary")
    page.chat_input[0].set_value(QUESTION).run()
    assert menus(page) == [[DETAILS]]
    run_again(page)
    assert views(page).value == "changes" and "rows changed** since" in said(page)


def test_a_version_that_is_run_again_is_the_one_that_is_compared_with(opened: Opened) -> None:
    page = opened()
    page.chat_input[0].set_value(QUESTION).run()
    for _ in range(2):
        run_again(page)
    for _ in range(2):
        next(found for found in page.button if found.label == "Previous version").click().run()
    run_again(page)
    assert [each.rpartition(" (")[2] for each in page.selectbox[0].options] == [f"version {n})" for n in (3, 2, 1)]
    assert page.selectbox[0].value == 2


def test_the_agent_that_gave_the_answer_is_asked_again(
    opened: Opened, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVING_ENDPOINT", "demo-agent,demo-chatagent")
    page = opened()
    page.chat_input[0].set_value(QUESTION).run()
    next(each for each in page.get("menu_button") if each.label == MENU).click("Regenerate with demo-chatagent").run()
    run_again(page)
    asked = [each.path.split("/")[2] for each in workspace.requests.invocations[-3:]]
    assert asked == ["demo-agent", "demo-chatagent", "demo-chatagent"]


def test_an_earlier_answer_is_run_again_and_what_follows_it_is_kept(opened: Opened, database: Database) -> None:
    answers = [looked_up(REGIONS), *([Text("Yes.")] for _ in range(3))]
    chat_id = stored_answers(database, ANN, "Long", *answers)
    before = [message.id for message in PostgresStore(database, ANN).list_messages(chat_id)]
    page = run_again(opened(str(chat_id)))
    assert not page.exception
    store = PostgresStore(database, ANN)
    shown = store.list_messages(chat_id)
    assert len(shown) == 2 and shown[1].siblings == [before[1], shown[1].id]
    store.open_branch(chat_id, before[1])
    assert [message.id for message in store.list_messages(chat_id)] == before


@pytest.mark.parametrize(
    ("later", "sentence", "rows"),
    [
        (LATER, "**1 row changed** since", [["Changed", "Nordics", "154,480.00 (+3.2\u00a0%)"]]),
        ([*REGIONS, {"region": "Iberia", "revenue": 1}], "**1 row added** since", [["Added", "Iberia", 1]]),
        (
            [LATER[1], {"region": "Iberia", "revenue": 0.5}],
            "**1 row added, 1 gone, 1 changed** since",
            [
                ["Added", "Iberia", "0.50"],
                ["Gone", "Alps", "54,018.20"],
                ["Changed", "Nordics", "154,480.00 (+3.2\u00a0%)"],
            ],
        ),
        (REGIONS[::-1], "Nothing has changed since", None),
        (
            [{"Region": row["region"], "revenue": row["revenue"]} for row in REGIONS],
            "Renamed columns: region to Region.",
            None,
        ),
        ([{**row, "n": 1} for row in REGIONS], "No row has changed since", None),
        ([{"a": "x", "b": 1}, {"a": "y", "b": 2}], "its rows cannot be compared", None),
        ([REGIONS[0], REGIONS[0]], NO_KEY, [["Added", "Nordics", 149689.65], ["Gone", "Alps", 54018.2]]),
    ],
)
def test_the_changes_are_told_in_a_sentence_and_a_table(
    opened: Opened, database: Database, later: list[dict[str, Any]], sentence: str, rows: list[list[Any]] | None
) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(REGIONS))
    answered_again(database, chat_id, looked_up(later))
    page = opened(str(chat_id))
    assert views(page).value == "table"
    views(page).set_value("changes").run()
    assert sentence in said(page)
    assert [each.value.values.tolist() for each in page.dataframe] == ([rows] if rows else [])


def test_a_result_that_was_cut_says_so(opened: Opened, database: Database) -> None:
    cut = {"manifest": {"schema": {"columns": [{"name": "who"}, {"name": "n"}]}, "total_row_count": 9}}
    chat_id = stored_answers(
        database, ANN, "Cut", looked_up(cut | {"result": {"data_array": [["a", "1"], ["b", "2"]]}})
    )
    answered_again(database, chat_id, looked_up(cut | {"result": {"data_array": [["a", "1"], ["c", "3"]]}}))
    page = opened(str(chat_id))
    views(page).set_value("changes").run()
    assert CUT in said(page)


def test_of_several_versions_one_is_chosen(opened: Opened, database: Database) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(REGIONS))
    answered_again(database, chat_id, [Text("There is no data today.")], looked_up(LATER), looked_up(LATER, SOLD))
    page = opened(str(chat_id))
    assert views(page).value is None
    views(page).set_value("changes").run()
    assert "Nothing has changed" in said(page)
    assert [option.rpartition(" (")[2] for option in page.selectbox[0].options] == ["version 3)", "version 1)"]
    page.selectbox[0].set_value(1).run()
    assert "**1 row changed**" in said(page)


def test_an_answer_without_a_result_before_it_has_no_changes(opened: Opened, database: Database) -> None:
    chat_id = stored_answers(database, ANN, "Regions", [Text("There is no data today.")])
    answered_again(database, chat_id, looked_up(REGIONS))
    assert "Changes" not in views(opened(str(chat_id))).options
    words_only = opened(str(stored_chat(database, ANN, "Words")))
    assert RUN_AGAIN not in [found.label for found in words_only.button]
    assert REGENERATE in menus(words_only)[0]


def test_readers_of_a_shared_chat_see_no_other_version_and_cannot_run_it_again(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(REGIONS))
    answered_again(database, chat_id, looked_up(LATER))
    PostgresStore(database, ANN).edit_chat(chat_id, edits.set_visibility("public"))
    monkeypatch.setenv("DEV_USER_EMAIL", BOB.id)
    page = opened(str(chat_id))
    assert views(page).options == ["Table", "Bars"]
    assert RUN_AGAIN not in [found.label for found in page.button]


def test_while_the_database_is_away_the_result_is_there_and_its_changes_wait(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(REGIONS))
    answered_again(database, chat_id, looked_up(LATER))

    def away(*_: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(ResilientStore, "get_message", away)
        page = opened(str(chat_id))
        assert "Changes" not in views(page).options
    page.run()
    views(page).set_value("changes").run()
    assert "**1 row changed**" in said(page)
    monkeypatch.setattr(ResilientStore, "get_message", away)
    page.run()
    assert "The earlier version cannot be read right now." in said(page)

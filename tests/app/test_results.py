"""The table that an answer rests on, below its words."""

import json
from typing import Any, cast
from unittest.mock import Mock
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from lib.db.database import Database
from lib.identity import User
from lib.messages.parts import Part, Text, ToolCall, ToolResult
from lib.outage.guard import DatabaseGuard
from lib.store import edits
from lib.store.postgres import PostgresStore
from lib.tables.charts import Chart
from lib.ui.answer.tool_calls import SHOWN_BELOW
from tests.app.conftest import Opened
from tests.app.test_main import stored_answers
from tests.conftest import ANN, BOB

REGIONS = [{"region": "Nordics", "revenue": 149689.65}, {"region": "Alps", "revenue": 54018.2}]
WITH_ORDERS = [{**row, "orders": orders} for row, orders in zip(REGIONS, (12, 7), strict=True)]
BARS = Chart("bar", "region", "revenue")
SOLD = "| Region | Revenue |\n|---|---:|\n| Nordics | 149,690 |"


def looked_up(rows: Any, words: str = "Nordics sold most.") -> list[Part]:
    """An agent that counts its calls anew in every answer."""
    return [ToolCall("call_1", "run_sql", '{"sql": "SELECT 1"}'), ToolResult("call_1", json.dumps(rows)), Text(words)]


def views(page: AppTest) -> ButtonGroup[str]:
    """The choice between the table of the only answer and its charts."""
    assert not page.exception
    (choice,) = (each for each in page.get("button_group") if each.label == "Show the result as")
    return cast(ButtonGroup[str], choice)


def chart(page: AppTest) -> dict[str, Any]:
    (drawn,) = page.get("vega_lite_chart")
    spec: dict[str, Any] = json.loads(drawn.proto.spec)
    return spec


def kept(database: Database, chat_id: UUID, owner: User = ANN) -> Chart | None:
    """With the only answer of the chat."""
    return PostgresStore(database, owner).list_messages(chat_id)[-1].chart


def test_the_last_table_stands_with_the_answer(opened: Opened, database: Database) -> None:
    first = [{"table": "orders"}, {"table": "customers"}]
    parts = [ToolResult("call_0", json.dumps(first)), *looked_up(REGIONS)]
    page = opened(str(stored_answers(database, ANN, "Regions", parts)))
    of_call, result = page.dataframe
    assert (of_call.value.to_dict("records"), result.value.to_dict("records")) == (first, REGIONS)
    assert SHOWN_BELOW in [each.value for each in page.caption]


def test_a_result_whose_table_the_words_have_is_shown_on_demand(opened: Opened, database: Database) -> None:
    page = opened(str(stored_answers(database, ANN, "Regions", looked_up(REGIONS, SOLD))))
    assert not page.dataframe
    assert views(page).value is None
    views(page).set_value("table").run()
    assert page.dataframe[0].value.to_dict("records") == REGIONS


def test_a_result_is_drawn_as_the_chart_that_was_chosen(opened: Opened, database: Database) -> None:
    page = opened(str(stored_answers(database, ANN, "Regions", looked_up(WITH_ORDERS))))
    assert (views(page).value, views(page).options) == ("table", ["Table", "Bars", "Scatter"])
    views(page).set_value("bar").run()
    assert not page.dataframe
    assert chart(page)["encoding"]["x"]["title"] == "revenue"
    page.selectbox[0].set_value(1).run()
    assert chart(page)["encoding"]["x"]["title"] == "orders"
    views(page).set_value("table").run()
    assert page.dataframe[0].value.to_dict("records") == WITH_ORDERS


def test_a_map_says_what_is_not_on_it(opened: Opened, database: Database) -> None:
    names = ["Norway", "Malta", "Spain", "Italy", "Japan", "Chile", "Peru", "Ghana", "Benin", "*Others*"]
    rows = [{"country": name, "sold": place} for place, name in enumerate(names)]
    page = opened(str(stored_answers(database, ANN, "Countries", looked_up(rows))))
    assert views(page).options == ["Table", "Bars", "Map"]
    views(page).set_value("map").run()
    assert not page.exception
    assert "Not on the map\\: \\*Others\\*" in [each.value for each in page.caption]
    assert chart(page)["data"]["format"] == {"type": "topojson", "feature": "countries"}


def test_the_chart_that_was_chosen_is_there_in_another_session(opened: Opened, database: Database) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(WITH_ORDERS))
    page = opened(str(chat_id))
    views(page).set_value("bar").run()
    page.selectbox[0].set_value(1).run()
    assert kept(database, chat_id) == Chart("bar", "region", "orders")
    again = opened(str(chat_id))
    assert views(again).value == "bar"
    assert chart(again)["encoding"]["x"]["title"] == "orders"
    views(again).set_value("scatter").run()
    assert kept(database, chat_id) == Chart("scatter", "revenue", "orders", "region")
    views(again).set_value("bar").run()
    assert kept(database, chat_id) == Chart("bar", "region", "orders")
    views(again).set_value("table").run()
    assert kept(database, chat_id) is None
    assert views(opened(str(chat_id))).value == "table"


def test_a_chart_is_written_when_it_is_chosen_and_not_in_other_runs(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Mock(wraps=PostgresStore.keep_chart)
    monkeypatch.setattr(PostgresStore, "keep_chart", lambda *given: written(*given))
    page = opened(str(stored_answers(database, ANN, "Regions", looked_up(REGIONS))))
    views(page).set_value("bar").run()
    page.run()
    assert written.call_count == 1
    assert views(page).value == "bar"


def test_a_kept_chart_that_does_not_fit_the_result_is_ignored(opened: Opened, database: Database) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(REGIONS))
    store = PostgresStore(database, ANN)
    for misfit in (Chart("line", "region", "revenue"), Chart("bar", "gone", "revenue")):
        store.keep_chart(chat_id, store.list_messages(chat_id)[-1].id, misfit)
        page = opened(str(chat_id))
        assert views(page).value == "table"
        assert page.dataframe[0].value.to_dict("records") == REGIONS


def test_a_reader_sees_the_owners_chart_and_chooses_without_writing(opened: Opened, database: Database) -> None:
    chat_id = stored_answers(database, BOB, "Regions", looked_up(REGIONS))
    bob = PostgresStore(database, BOB)
    bob.keep_chart(chat_id, bob.list_messages(chat_id)[-1].id, BARS)
    bob.edit_chat(chat_id, edits.set_visibility("public"))
    page = opened(str(chat_id))
    assert (views(page).value, len(page.get("vega_lite_chart"))) == ("bar", 1)
    views(page).set_value("table").run()
    assert page.dataframe[0].value.to_dict("records") == REGIONS
    assert kept(database, chat_id, BOB) == BARS


def test_a_chart_can_be_chosen_while_the_database_is_away(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat_id = stored_answers(database, ANN, "Regions", looked_up(REGIONS))
    page = opened(str(chat_id))
    with monkeypatch.context() as away:
        away.setattr(DatabaseGuard, "is_away", lambda *_: True)
        views(page).set_value("bar").run()
        assert (views(page).value, len(page.get("vega_lite_chart"))) == ("bar", 1)
        assert not page.error and not page.get("toast")
    page.run()
    assert (views(page).value, kept(database, chat_id)) == ("bar", None)


def test_a_chart_of_a_part_of_the_rows_says_so(opened: Opened, database: Database) -> None:
    rows = [{"height": number + 0.5, "weight": number * 2} for number in range(1_001)]
    page = opened(str(stored_answers(database, ANN, "Many", looked_up(rows))))
    views(page).set_value("scatter").run()
    assert "The chart shows the first 1,000 of 1,001 rows." in [each.value for each in page.caption]


def test_one_value_and_passages_of_documents_are_shown_in_their_boxes(opened: Opened, database: Database) -> None:
    passages = [{"page_content": "word " * 60, "score": 0.9}, {"page_content": "word " * 50, "score": 0.8}]
    page = opened(str(stored_answers(database, ANN, "None", looked_up([{"count": 5}]), looked_up(passages))))
    assert SHOWN_BELOW not in [each.value for each in page.caption]
    assert len(page.dataframe) == 2


def test_large_results_of_two_answers_are_cut_and_each_downloaded_whole(opened: Opened, database: Database) -> None:
    rows = [{"number": number} for number in range(1, 1_502)]
    page = opened(str(stored_answers(database, ANN, "Many", looked_up(rows), looked_up(rows))))
    assert not page.exception
    assert [len(each.value) for each in page.dataframe] == [1_000, 1_000]
    assert [each.label for each in page.get("download_button")] == ["Download all 1,501 rows as CSV"] * 2

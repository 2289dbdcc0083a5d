"""The table that an answer rests on, below its words."""

import json
from typing import Any, cast

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from lib.db.database import Database
from lib.messages.parts import Part, Text, ToolCall, ToolResult
from lib.ui.answer.tool_calls import SHOWN_BELOW
from tests.app.conftest import Opened
from tests.app.test_main import stored_answers
from tests.conftest import ANN

REGIONS = [{"region": "Nordics", "revenue": 149689.65}, {"region": "Alps", "revenue": 54018.2}]
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
    rows = [
        {"region": "Nordics", "revenue": 149689.65, "orders": 12},
        {"region": "Alps", "revenue": 54018.2, "orders": 7},
    ]
    page = opened(str(stored_answers(database, ANN, "Regions", looked_up(rows))))
    assert (views(page).value, views(page).options) == ("table", ["Table", "Bars", "Scatter"])
    views(page).set_value("bar").run()
    assert not page.dataframe
    assert chart(page)["encoding"]["x"]["title"] == "revenue"
    page.selectbox[0].set_value(1).run()
    assert chart(page)["encoding"]["x"]["title"] == "orders"
    views(page).set_value("table").run()
    assert page.dataframe[0].value.to_dict("records") == rows


def test_a_chart_of_a_part_of_the_rows_says_so(opened: Opened, database: Database) -> None:
    rows = [{"height": number + 0.5, "weight": number * 2} for number in range(1_001)]
    page = opened(str(stored_answers(database, ANN, "Many", looked_up(rows))))
    views(page).set_value("scatter").run()
    assert "The chart shows the first 1,000 of 1,001 rows." in [each.value for each in page.caption]


def test_one_value_and_passages_of_documents_are_no_result(opened: Opened, database: Database) -> None:
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

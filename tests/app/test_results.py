"""The table that an answer rests on, below its words."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

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


def folded(page: AppTest) -> list[str]:
    """The results that have to be opened."""
    assert not page.exception
    return [each.label for each in page.main.expander if each.label.startswith("Result")]


def test_the_last_table_stands_with_the_answer(opened: Opened, database: Database) -> None:
    first = [{"table": "orders"}, {"table": "customers"}]
    parts = [ToolResult("call_0", json.dumps(first)), *looked_up(REGIONS)]
    page = opened(str(stored_answers(database, ANN, "Regions", parts)))
    assert folded(page) == []
    of_call, result = page.dataframe
    assert (of_call.value.to_dict("records"), result.value.to_dict("records")) == (first, REGIONS)
    assert SHOWN_BELOW in [each.value for each in page.caption]


def test_the_result_is_folded_if_the_words_have_a_table(opened: Opened, database: Database) -> None:
    page = opened(str(stored_answers(database, ANN, "Regions", looked_up(REGIONS, SOLD))))
    assert folded(page) == ["Result · 2 rows"]
    assert page.dataframe[0].value.to_dict("records") == REGIONS


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

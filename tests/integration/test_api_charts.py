"""The chart that is kept with an answer, over the REST API."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.workspace import Workspace
from tests.integration.rest_client import Client, assert_error, messages_of
from tests.integration.test_api_changes import QUESTION, answers, asked

ROWS = [
    {"region": "Nordics", "revenue": 100.5, "orders": 12},
    {"region": "Alps", "revenue": 20.25, "orders": 7},
]
BARS = {"kind": "bar", "x": "region", "y": "orders"}
SCATTER = {"kind": "scatter", "x": "revenue", "y": "orders", "series": "region"}


def keep(client: Client, chat_id: str, message_id: str, chart: Any, path: str = "chat") -> httpx.Response:
    return client.http.put(f"/{path}/{chat_id}/chart", json={"messageId": message_id, "chart": chart})


def charts(client: Client, chat_id: str) -> list[Any]:
    return [message["chart"] for message in messages_of(client, chat_id)]


@pytest.mark.parametrize("store", ["runtime", "ephemeral"])
def test_the_chart_that_was_put_last_comes_with_the_answer(
    ann: Client, workspace: Workspace, store: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(store)
    chat_id, answer = asked(ann, workspace, ROWS)
    assert charts(ann, chat_id) == [None, None]
    for path, chart in (("chat", BARS), ("chat", BARS), ("chats", SCATTER), ("chats", None), ("chat", None)):
        assert keep(ann, chat_id, answer, chart, path).json() == {"success": True}
        assert charts(ann, chat_id) == [None, {"series": None, **chart} if chart else None]


def test_a_map_is_kept_where_the_rows_are_countries(ann: Client, workspace: Workspace) -> None:
    countries = {"kind": "map", "x": "country", "y": "revenue"}
    rows = [{"country": name, "revenue": revenue} for name, revenue in (("Norway", 2.5), ("Spain", 1.5), ("UK", 4.5))]
    chat_id, answer = asked(ann, workspace, rows)
    assert keep(ann, chat_id, answer, countries).json() == {"success": True}
    assert charts(ann, chat_id)[1] == {"series": None, **countries}
    regions, other = asked(ann, workspace, ROWS)
    assert_error(keep(ann, regions, other, {**countries, "x": "region"}), 422, "not_drawable")


def test_a_chart_that_the_result_does_not_have_is_refused_in_a_sentence(ann: Client, workspace: Workspace) -> None:
    chat_id, answer = asked(ann, workspace, ROWS)
    assert keep(ann, chat_id, answer, BARS).status_code == 200
    for misfit in ({**BARS, "y": "costs"}, {**BARS, "kind": "line"}, {**BARS, "series": "revenue"}):
        refused = keep(ann, chat_id, answer, misfit)
        assert_error(refused, 422, "not_drawable")
        assert "only as: Bar chart: revenue by region; Bar chart: orders by region; Scatter" in refused.json()["error"]
    for unknown in ({**BARS, "kind": "pie"}, {"kind": "bar"}, {**BARS, "colour": "red"}, "bar"):
        assert_error(keep(ann, chat_id, answer, unknown), 422, "invalid_request")
    assert charts(ann, chat_id)[1] == {"series": None, **BARS}


def test_an_answer_without_a_chart_says_why(ann: Client, workspace: Workspace) -> None:
    chat_id, answer = asked(ann, workspace, [{"name": "Ann"}, {"name": "Bob"}])
    assert "can only be shown as a table" in keep(ann, chat_id, answer, BARS).json()["error"]
    answers(workspace, "There is no data today.")
    ann.ask(QUESTION, chat_id=chat_id)
    question, _, _, without = (message["id"] for message in messages_of(ann, chat_id))
    for message_id in (question, without):
        refused = keep(ann, chat_id, message_id, BARS)
        assert_error(refused, 422, "not_drawable")
        assert "does not rest on a table" in refused.json()["error"]
    assert_error(keep(ann, chat_id, question, None), 404, "not_found")


def test_only_the_owner_keeps_charts_and_only_with_answers_of_the_chat(
    ann: Client, bob: Client, workspace: Workspace
) -> None:
    chat_id, answer = asked(ann, workspace, ROWS)
    _, elsewhere = asked(ann, workspace, ROWS)
    keep(ann, chat_id, answer, BARS)
    for message_id in (elsewhere, str(uuid4())):
        assert_error(keep(ann, chat_id, message_id, BARS), 404, "not_found")
    ann.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    for chart in (SCATTER, None):
        assert_error(keep(bob, chat_id, answer, chart), 404, "not_found")
    assert charts(bob, chat_id)[1] == {"series": None, **BARS}
    ann.http.post(f"/chat/{chat_id}/trash")
    assert_error(keep(ann, chat_id, answer, None), 410, "gone")


def test_a_fork_has_the_charts_of_its_answers(ann: Client, workspace: Workspace) -> None:
    chat_id, answer = asked(ann, workspace, ROWS)
    keep(ann, chat_id, answer, BARS)
    fork_id = str(uuid4())
    ann.http.post(f"/chat/{chat_id}/fork", json={"messageId": answer, "id": fork_id})
    assert charts(ann, fork_id)[1] == {"series": None, **BARS}

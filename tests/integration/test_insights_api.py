"""The figures of the Insights page by REST: one's own, everybody's, and who may have them."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lib.runtime import Runtime
from tests.conftest import ANN
from tests.integration.rest_client import Client
from tests.integration.test_api import assert_error, chat_of, messages_of

MAY_NOT = "Only admins of this app may see the figures of everybody. ADMIN_USERS names them."


@pytest.fixture
def ann_is_admin(platform: dict[str, str]) -> None:
    platform["ADMIN_USERS"] = ANN.id.upper()


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    assert "attachment" in response.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def down_voted(who: Client, comment: str) -> dict[str, Any]:
    """A new answer with a vote against it."""
    answer = messages_of(who, chat_of(who.ask()))[-1]
    vote = {"messageId": answer["id"], "isUpvoted": False, "comment": comment}
    assert who.http.post("/feedback", json=vote).status_code == 200
    return answer


def test_an_admin_has_everybodys_figures_and_others_their_own(ann_is_admin: None, ann: Client, bob: Client) -> None:
    ann.ask()
    down_voted(bob, "Wrong year")
    own, all_of_them = ann.get("/insights").json(), ann.get("/insights", everybody=True, days=7).json()
    assert (len(own["days"]), len(all_of_them["days"])) == (30, 7)
    assert (own["total"]["questions"], all_of_them["total"]["questions"]) == (1, 2)
    assert (own["days"][-1]["users"], all_of_them["days"][-1]["users"]) == (1, 2)
    assert (own["total"]["helpfulShare"], all_of_them["total"]["helpfulShare"]) == (None, 0.0)
    assert all_of_them["total"]["duration"]["p95Ms"] >= all_of_them["total"]["duration"]["p50Ms"]
    assert [agent["questions"] for agent in all_of_them["agents"]] == [2]
    assert bob.get("/insights").json()["total"]["downvotes"] == 1
    for path in ("/insights", "/insights/answers"):
        refused = bob.get(path, everybody=True)
        assert_error(refused, 403, "not_admin")
        assert refused.json()["error"] == MAY_NOT


def test_without_admins_nobody_has_everybodys_figures(ann: Client) -> None:
    for path in ("/insights", "/insights/answers"):
        assert_error(ann.get(path, everybody=True), 403, "not_admin")
        assert ann.get(path).status_code == 200


def test_an_admin_sees_why_and_not_what_was_said(ann_is_admin: None, ann: Client, bob: Client) -> None:
    answer = down_voted(bob, "Wrong year")
    (found,) = ann.get("/insights/answers", everybody=True).json()["data"]
    assert (found["downvotes"], found["remarks"]) == (1, [{"comment": "Wrong year", "tags": []}])
    assert [found[name] for name in ("chatId", "messageId", "question", "answer")] == [None] * 4
    chat_id = bob.get("/history").json()["data"][0]["id"]
    bob.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    (found,) = ann.get("/insights/answers", everybody=True).json()["data"]
    assert (found["chatId"], found["messageId"], found["question"]) == (
        chat_id,
        answer["id"],
        "How many orders are there?",
    )
    assert ann.get("/insights/answers").json() == {"data": [], "hasMore": False}
    (own,) = bob.get("/insights/answers").json()["data"]
    assert own["messageId"] == answer["id"]


def test_answers_are_paged(ann: Client) -> None:
    ids = {down_voted(ann, f"Wrong {number}")["id"] for number in range(3)}
    pages = [ann.get("/insights/answers", limit=2, offset=offset).json() for offset in (0, 2)]
    assert [page["hasMore"] for page in pages] == [True, False]
    assert {each["messageId"] for page in pages for each in page["data"]} == ids


def test_figures_are_a_file_for_spreadsheets(ann: Client) -> None:
    down_voted(ann, "=Wrong()")
    days = rows_of(ann.get("/insights", format="csv", days=3))
    assert [day["questions"] for day in days] == ["0", "0", "1"]
    assert float(days[-1]["duration_p95_ms"]) >= 0
    (row,) = rows_of(ann.get("/insights/answers", format="csv"))
    assert (row["downvotes"], row["comment"], row["question"]) == ("1", "'=Wrong()", "How many orders are there?")


@pytest.mark.parametrize("days", [0, 366, "many"])
def test_there_is_a_longest_time(ann: Client, days: object) -> None:
    assert_error(ann.get("/insights", days=days), 422, "invalid_request")


def test_without_a_database_there_are_none(
    ann_is_admin: None, ephemeral: Runtime, client_of: Callable[..., Client], ann: Client, bob: Client
) -> None:
    for path in ("/insights", "/insights/answers"):
        assert ann.get(path, everybody=True).status_code == 204
        assert_error(bob.get(path, everybody=True), 403, "not_admin")


def test_an_admin_takes_rated_answers_away_as_an_evaluation_set(ann_is_admin: None, ann: Client, bob: Client) -> None:
    good = messages_of(ann, chat_of(ann.ask("How many orders are there?")))[-1]
    ann.http.post("/feedback", json={"messageId": good["id"], "isUpvoted": True})
    shared, private = down_voted(bob, "Wrong year"), down_voted(bob, "Wrong sum")
    chat_id = bob.get("/history").json()["data"][1]["id"]
    bob.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    vote = {"messageId": shared["id"], "isUpvoted": False, "comment": "Right: wrong", "tags": ["Unclear"]}
    assert ann.http.post("/feedback", json=vote).status_code == 200
    path = "/insights/evaluation-set"
    sent = ann.get(path)
    assert sent.headers["x-left-out"] == "1"
    (record,) = sent.json()
    assert record["inputs"]["messages"][-1] == {"role": "user", "content": "How many orders are there?"}
    assert record["outputs"] == shared["content"]
    assert record["expectations"] == {"reasons": ["Unclear"], "comments": ["Right: wrong", "Wrong year"]}
    assert (record["trace_id"], record["downvotes"]) == (shared["traceId"], 2)
    rated = {record["trace_id"]: record for record in ann.get(path, rated="all").json()}
    assert rated[good["traceId"]]["expectations"] == {"expected_response": good["content"]}
    assert private["traceId"] not in rated
    (row,) = rows_of(ann.get(path, format="csv"))
    assert json.loads(row["inputs"]) == record["inputs"]
    assert_error(bob.get(path), 403, "not_admin")

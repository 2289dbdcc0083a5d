"""What has changed between two answers to the same question, over the REST API."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from lib.api.changes import MAX_CELLS, MAX_ROWS
from local.workspace import Workspace
from tests.integration.rest_client import Client, assert_error, chat_of, events, messages_of

QUESTION = "Which region sold most last quarter?"
OLD = [
    {"region": "Nordics", "revenue": 100.0, "since": "2026-01-01"},
    {"region": "Alps", "revenue": 0, "since": "2026-01-01"},
    {"region": "Iberia", "revenue": 20.5, "since": "2026-01-01"},
]
NEW = [
    {"region": "Alps", "revenue": 7, "since": "2026-01-01"},
    {"region": "Nordics", "revenue": 103.2, "since": "2026-02-01"},
    {"region": "Benelux", "revenue": float("nan"), "since": "2026-01-01"},
]


def answers(workspace: Workspace, output: Any) -> None:
    """Set the next answer: the result of a tool."""
    items = [
        {"type": "function_call", "call_id": "1", "name": "run_sql", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": json.dumps(output)},
    ]
    done = [json.dumps({"type": "response.output_item.done", "item": item}) for item in items]
    workspace.faults.invocations.next(chunks=[f"data: {each}\n\n".encode() for each in [*done, "[DONE]"]])


def asked(ann: Client, workspace: Workspace, output: Any) -> tuple[str, str]:
    """A new chat and its answer."""
    answers(workspace, output)
    chat_id = chat_of(ann.ask(QUESTION))
    return chat_id, messages_of(ann, chat_id)[-1]["id"]


def asked_again(ann: Client, workspace: Workspace, chat_id: str, answer_id: str, output: Any) -> str:
    answers(workspace, output)
    response = ann.http.post(f"/chat/{chat_id}/regenerate", json={"messageId": answer_id})
    return str(events(response)[-2].json["assistantMessageId"])


def compare(client: Client, chat_id: str, earlier: str, later: str, path: str = "chat") -> httpx.Response:
    return client.http.get(f"/{path}/{chat_id}/changes", params={"from": earlier, "to": later})


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_rows_added_gone_and_changed_are_listed(
    ann: Client, workspace: Workspace, kept: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(kept)
    chat_id, first = asked(ann, workspace, OLD)
    second = asked_again(ann, workspace, chat_id, first, NEW)
    response = compare(ann, chat_id, first, second)
    assert response.status_code == 200, response.text
    assert response.json() == {
        "from": first,
        "to": second,
        "columns": ["region", "revenue", "since"],
        "key": ["region"],
        "added": [{"region": "Benelux", "revenue": "nan", "since": "2026-01-01"}],
        "gone": [{"region": "Iberia", "revenue": 20.5, "since": "2026-01-01"}],
        "changed": [
            {
                "key": {"region": "Alps"},
                "cells": {"revenue": {"from": 0, "to": 7, "change": {"difference": 7, "percent": None}}},
            },
            {
                "key": {"region": "Nordics"},
                "cells": {
                    "revenue": {"from": 100.0, "to": 103.2, "change": {"difference": 3.2, "percent": 3.2}},
                    "since": {"from": "2026-01-01", "to": "2026-02-01", "change": None},
                },
            },
        ],
        "addedCount": 1,
        "goneCount": 1,
        "changedCount": 2,
        "addedColumns": [],
        "goneColumns": [],
        "renamedColumns": {},
        "cut": False,
    }
    assert compare(ann, chat_id, first, second, "chats").json() == response.json()
    back = compare(ann, chat_id, second, first).json()
    assert (back["added"], back["gone"]) == (response.json()["gone"], response.json()["added"])
    assert compare(ann, chat_id, first, first).json()["changedCount"] == 0


def test_of_many_rows_the_first_are_listed_and_all_counted(ann: Client, workspace: Workspace) -> None:
    rows = [{"who": f"C{number}", "sold": number} for number in range(MAX_ROWS + 1)]
    chat_id, first = asked(ann, workspace, rows)
    second = asked_again(ann, workspace, chat_id, first, [{**row, "sold": -1} for row in rows])
    found = compare(ann, chat_id, first, second).json()
    assert (len(found["changed"]), found["changedCount"]) == (MAX_ROWS, MAX_ROWS + 1)


def test_of_rows_with_many_cells_fewer_are_listed(ann: Client, workspace: Workspace) -> None:
    columns, count = 100, MAX_CELLS // 100 + 1
    rows = [{"who": f"C{row}"} | {f"c{column}": row for column in range(columns)} for row in range(count)]
    chat_id, first = asked(ann, workspace, rows)
    changed = [{**row, "c0": -1, **{f"c{column}": -2 for column in range(1, columns)}} for row in rows]
    second = asked_again(ann, workspace, chat_id, first, changed)
    found = compare(ann, chat_id, first, second).json()
    assert (len(found["changed"]), found["changedCount"]) == (count - 1, count)
    assert all(len(row["cells"]) == columns for row in found["changed"])
    third = asked_again(ann, workspace, chat_id, first, [{**row, "who": f"D{row['who']}"} for row in rows])
    found = compare(ann, chat_id, first, third).json()
    listed = MAX_CELLS // (columns + 1)
    assert [len(found["added"]), len(found["gone"])] == [listed, listed]
    assert [found["addedCount"], found["goneCount"]] == [count, count]


def test_the_demo_agent_asked_again_has_other_numbers(ann: Client) -> None:
    chat_id = chat_of(ann.ask(QUESTION))
    first = messages_of(ann, chat_id)[-1]["id"]
    ann.http.post(f"/chat/{chat_id}/regenerate", json={"messageId": first})
    found = compare(ann, chat_id, first, messages_of(ann, chat_id)[-1]["id"]).json()
    assert found["key"] == ["region"] and found["changed"]


def test_what_cannot_be_compared_is_refused_in_a_sentence(ann: Client, workspace: Workspace) -> None:
    chat_id, first = asked(ann, workspace, OLD)
    without = asked_again(ann, workspace, chat_id, first, "There is no data today.")
    answers(workspace, NEW)
    ann.ask("And by month?", chat_id=chat_id)
    question, _, _, other = (message["id"] for message in messages_of(ann, chat_id))
    for earlier, later, sentence in (
        (first, without, "The later answer does not rest on a table"),
        (without, first, "The earlier answer does not rest on a table"),
        (first, other, "not two answers to the same question"),
        (question, question, "not two answers to the same question"),
    ):
        refused = compare(ann, chat_id, earlier, later)
        assert_error(refused, 422, "not_comparable")
        assert sentence in refused.json()["error"]
    assert_error(ann.get(f"/chat/{chat_id}/changes", **{"from": first}), 422, "invalid_request")


def test_messages_of_other_chats_and_other_users_are_not_found(ann: Client, bob: Client, workspace: Workspace) -> None:
    chat_id, first = asked(ann, workspace, OLD)
    second = asked_again(ann, workspace, chat_id, first, NEW)
    elsewhere, other = asked(ann, workspace, OLD)
    for earlier, later in ((first, other), (other, first), (first, str(uuid4()))):
        assert_error(compare(ann, chat_id, earlier, later), 404, "not_found")
    assert_error(compare(ann, elsewhere, first, second), 404, "not_found")
    ann.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    assert_error(compare(bob, chat_id, first, second), 404, "not_found")
    assert_error(compare(bob, str(uuid4()), first, second), 404, "not_found")
    ann.http.post(f"/chat/{chat_id}/trash")
    assert_error(compare(ann, chat_id, first, second), 410, "gone")

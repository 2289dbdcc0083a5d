"""Attachments that are only described are stored, returned, shown and copied, and never sent to the agent."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from lib.chat.attachments import MAX_ATTACHMENTS_BYTES, MAX_SIZE_BYTES
from lib.db.database import Database
from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.runtime import Runtime
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.files import Attachment
from lib.store.postgres import PostgresStore
from local.workspace import Workspace
from tests.conftest import ANN, BOB
from tests.integration.rest_client import SAID, Client, asking, assert_error, events, messages_of
from tests.integration.stores import Stores
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import ask, asked, in_database, lose_database, restore_database
from tests.integration.test_resilient_store import proxy as proxy
from tests.integration.test_resilient_store import resilient as resilient
from tests.integration.test_store import ending_of, new_turn

SHEET: Attachment = {"name": "Q3 % :x.csv", "content_type": "text/csv", "size": 12, "url": "https://host.example/a"}
NOTE: Attachment = {"name": "Zoë 日本語 '\"; --", "content_type": "text/plain", "size": None, "url": None}


def test_attachments_are_stored_with_their_question_only(stores: Stores, owner: User) -> None:
    store, turn = stores.store(owner), new_turn(attachments=[SHEET, NOTE])
    store.start_turn(turn)
    store.finish_turn(ending_of(turn))
    question, answer = store.list_messages(turn.chat_id)
    assert (question.attachments, answer.attachments) == ([SHEET, NOTE], [])
    assert store.get_message(turn.question_id) == question


def test_a_question_asked_again_keeps_the_attachments_of_the_first_time(stores: Stores, owner: User) -> None:
    store, turn = stores.store(owner), new_turn(attachments=[SHEET])
    store.start_turn(turn)
    store.start_turn(replace(turn, attachments=[NOTE]))
    store.finish_turn(ending_of(turn))
    store.start_turn(replace(turn, turn_id=new_answer_id(), attachments=[]))
    (question,) = store.list_messages(turn.chat_id)
    assert question.attachments == [SHEET]


def test_characters_that_postgres_cannot_store_are_removed_from_attachments(stores: Stores, owner: User) -> None:
    store, odd = stores.store(owner), Attachment(name="a\x00b\ud800", content_type="x", size=2**53 - 1, url=None)
    store.start_turn(turn := new_turn(attachments=[odd]))
    (question,) = store.list_messages(turn.chat_id)
    assert question.attachments == [{**odd, "name": "ab"}]


def test_attachments_are_copied_with_a_chat_and_hidden_from_others_before(stores: Stores, owner: User) -> None:
    store, other, turn = (
        stores.store(owner),
        stores.store(replace(BOB, id=f"bob-{uuid4()}")),
        new_turn(attachments=[SHEET]),
    )
    store.start_turn(turn)
    store.finish_turn(ending_of(turn))
    assert other.get_message(turn.question_id) is None
    store.edit_chat(turn.chat_id, edits.set_visibility("public"))
    assert other.copy_chat(turn.chat_id, copy_id := uuid4())
    assert [message.attachments for message in other.list_messages(copy_id)] == [[SHEET], []]


def test_attachments_are_bound_and_never_part_of_the_statement(database: Database) -> None:
    store = PostgresStore(database, ANN)
    text = "'); DROP TABLE chat.chats; -- %s %(x)s :user_id ::jsonb \\"
    odd = Attachment(name=text, content_type=text, size=0, url=f"https://host.example/{text}")
    store.start_turn(turn := new_turn(attachments=[odd]))
    (question,) = store.list_messages(turn.chat_id)
    assert question.attachments == [odd]


def asking_with(*attachments: Any) -> dict[str, Any]:
    body = asking("How many orders are there?")
    body["messages"][-1]["attachments"] = list(attachments)
    return body


FILE = {"name": f"{SAID}.csv", "contentType": "text/csv", "size": 7351, "url": "https://host.example/a?b=c&d=%20e"}


def elsewhere(file: dict[str, Any]) -> dict[str, Any]:
    """As the API shows a file that is not kept here."""
    return {"id": None, **file}


def test_attachments_are_returned_with_their_question_and_not_sent_to_the_agent(
    ann: Client, bob: Client, workspace: Workspace
) -> None:
    body = asking_with(FILE, {"name": " two\n lines ", "contentType": "x"})
    for _ in range(2):
        assert events(ann.http.post("/chat", json=body))[-2].json["status"] == "complete"
    events(ann.ask("And now?", chat_id=body["id"]))
    question, answer, *_ = messages_of(ann, body["id"])
    described = {"name": "two lines", "contentType": "x", "size": None, "url": None}
    assert question["attachments"] == [elsewhere(FILE), elsewhere(described)]
    assert answer["attachments"] == []
    assert not any(SAID in request.body.decode() for request in workspace.requests.invocations)
    assert_error(bob.get(f"/messages/{body['id']}"), 404, "not_found")


def test_a_question_sent_again_keeps_its_first_attachments(ann: Client) -> None:
    body = asking_with(FILE)
    events(ann.http.post("/chat", json=body))
    body["messages"][-1]["attachments"] = []
    events(ann.http.post("/chat", json=body))
    assert messages_of(ann, body["id"])[0]["attachments"] == [elsewhere(FILE)]


def test_messages_from_the_api_can_be_sent_back_unchanged(ann: Client) -> None:
    body = asking_with(FILE, {"name": "x", "contentType": "x"})
    events(ann.http.post("/chat", json=body))
    attachments = messages_of(ann, body["id"])[0]["attachments"]
    again = asking_with(*attachments)
    again["messages"].insert(0, {"role": "user", "content": "Earlier", "attachments": [FILE]})
    events(ann.http.post("/chat", json=again))
    assert [message["attachments"] for message in messages_of(ann, again["id"])] == [attachments, []]


LONG = {"name": "é" * 255, "contentType": "x", "url": f"https://host.example/{'é' * 1_979}"}
WRONG: dict[str, tuple[Any, int, str]] = {
    "eleven": ([FILE] * 11, 422, "at most 10 items"),
    "an unknown field": ([{**FILE, "data": SAID}], 422, "Extra inputs are not permitted"),
    "no name": ([{"contentType": "text/csv"}], 422, "has an id, or a name and a content type"),
    "no type": ([{"name": "x"}], 422, "has an id, or a name and a content type"),
    "an empty name": ([{**FILE, "name": ""}], 422, "at least 1 character"),
    "a blank name": ([{**FILE, "name": " \x00\u202e"}], 400, "The name of an attachment has 1 to 255 characters."),
    "a long name": ([{**FILE, "name": "x" * 256}], 422, "at most 255 characters"),
    "a blank type": ([{**FILE, "contentType": " "}], 400, "The type of an attachment has 1 to 255 characters."),
    "a long type": ([{**FILE, "contentType": "x" * 256}], 422, "at most 255 characters"),
    "a size in words": ([{**FILE, "size": "7"}], 422, "valid integer"),
    "a size that is true": ([{**FILE, "size": True}], 422, "valid integer"),
    "less than nothing": ([{**FILE, "size": -1}], 422, "greater than or equal to 0"),
    "a size beyond whole numbers": ([{**FILE, "size": MAX_SIZE_BYTES + 1}], 422, "less than or equal"),
    "a long link": ([{**FILE, "url": f"https://host.example/{'x' * 1_980}"}], 422, "at most 2000 characters"),
    "too much in bytes": ([LONG] * 10, 400, f"at most {MAX_ATTACHMENTS_BYTES:,} bytes together"),
    "no list": (FILE, 422, "valid list"),
    "a list of names": ([SAID], 422, "valid dictionary"),
}
WRONG_LINKS = [
    "",
    " ",
    "x",
    "javascript:alert(1)",
    "JavaScript:alert(1)//https://host.example",
    "data:text/html,x",
    "file:///etc/passwd",
    "//host.example/x",
    "https://",
    "https:///x",
    "http://?x",
    "https:host.example",
    "ftp://a",
    "https://host.example/a b",
    "https://host.example/\n",
    "java\nscript:x",
    " https://host.example",
    "https://[::1",
    "https://host.example/\x00",
    "https://host.example/\u202egpj.exe",
    "https://host.example/\x7f",
    "blob:https://a",
]


@pytest.mark.parametrize("name", WRONG)
def test_invalid_attachments_are_refused_and_nothing_is_stored(ann: Client, workspace: Workspace, name: str) -> None:
    attachments, status, sentence = WRONG[name]
    body = asking_with()
    body["messages"][-1]["attachments"] = attachments
    response = ann.http.post("/chat", json=body)
    assert_error(response, status, "bad_input" if status == 400 else "invalid_request")
    assert sentence in response.json()["error"]
    assert ann.get("/history").json()["data"] == []
    assert workspace.requests.invocations == []


def test_an_attachment_link_that_is_not_http_is_refused(ann: Client, workspace: Workspace) -> None:
    for url in WRONG_LINKS:
        response = ann.http.post("/chat", json=asking_with({**FILE, "url": url}))
        assert_error(response, 400, "bad_input")
        assert "begins with https:// or http://" in response.json()["error"], url
    assert ann.get("/history").json()["data"] == []


def test_ten_attachments_of_the_maximum_length_are_accepted(ann: Client) -> None:
    longest = {"name": "n" * 255, "contentType": "t" * 255, "size": MAX_SIZE_BYTES}
    body = asking_with(*[{**longest, "url": f"https://host.example/{'x' * 1_979}"}] * 10)
    events(ann.http.post("/chat", json=body))
    assert messages_of(ann, body["id"])[0]["attachments"] == [
        elsewhere(each) for each in body["messages"][-1]["attachments"]
    ]


def test_without_a_database_attachments_are_kept_in_memory(ann: Client, ephemeral: Runtime) -> None:
    body = asking_with(FILE)
    events(ann.http.post("/chat", json=body))
    assert [message["attachments"] for message in messages_of(ann, body["id"])] == [[elsewhere(FILE)], []]


def test_attachments_survive_an_outage(resilient: Runtime, proxy: TcpProxy, database: Database) -> None:
    lose_database(resilient, proxy)
    question = replace(asked(), attachments=[SHEET])
    ask(resilient, question)
    (waiting, _) = resilient.store(ANN).list_messages(question.chat_id)
    assert (waiting.attachments, waiting.saved) == ([SHEET], False)
    restore_database(resilient, proxy)
    assert [message.attachments for message in in_database(database, question.chat_id)] == [[SHEET], []]


def test_a_file_kept_before_an_outage_goes_with_a_question_asked_in_it(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    store, file_id = resilient.store(ANN), uuid4()
    kept = store.add_file(file_id, "a.txt", "text/plain", b"What is in it")
    lose_database(resilient, proxy)
    with pytest.raises(DatabaseUnavailable, match="no file can be attached until it is back"):
        store.add_file(uuid4(), "b.txt", "text/plain", b"b")
    with pytest.raises(DatabaseUnavailable, match="cannot be read until it is back"):
        store.read_file(file_id)
    question = replace(asked(), attachments=[kept])
    ask(resilient, question)
    restore_database(resilient, proxy)
    assert in_database(database, question.chat_id)[0].attachments == [kept]
    assert store.delete_chat(question.chat_id)
    assert PostgresStore(database, ANN).read_file(file_id) is None, "it belongs to the chat"

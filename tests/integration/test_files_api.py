"""Files of questions by REST: uploaded, attached by id or as data URLs, and given back."""

import base64
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from lib.attachments.limits import MAX_FILE_BYTES
from lib.runtime import Runtime
from tests.integration.rest_client import AS_BYTES, SAID, Client, asking, assert_error, chat_of, messages_of

TABLE = b"city,orders\nOslo,3\n"


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (2, 2), "red").save(file, "PNG")
    return file.getvalue()


def uploaded(client: Client, name: str = "orders.csv", content: bytes = TABLE, **params: str) -> httpx.Response:
    return client.http.post("/attachments", params={"name": name, **params}, content=content, headers=AS_BYTES)


def asked_with(client: Client, attachments: list[dict[str, Any]], content: Any = "What is in it?") -> httpx.Response:
    body = asking("")
    body["messages"][0] |= {"content": content, "attachments": attachments}
    return client.http.post("/chat", json=body)


def test_a_file_is_uploaded_asked_about_and_given_back(ann: Client, bob: Client) -> None:
    file_id = str(uuid4())
    sent = uploaded(ann, "C:\\temp\\orders.csv", id=file_id)
    about = {"id": file_id, "name": "orders.csv", "contentType": "text/csv", "size": len(TABLE)}
    assert (sent.status_code, sent.json()) == (201, about)
    assert uploaded(ann, "again.csv", id=file_id).json() == about
    chat_id = chat_of(asked_with(ann, [{"id": file_id}]))
    [shown] = messages_of(ann, chat_id)[0]["attachments"]
    assert shown == {**about, "url": f"/api/attachments/{file_id}"}
    found = ann.get(f"/attachments/{file_id}")
    assert found.content == TABLE
    assert found.headers["content-disposition"].startswith("attachment; ")
    assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["cache-control"].startswith("private")
    assert_error(bob.get(f"/attachments/{file_id}"), 404, "not_found")
    assert_error(asked_with(bob, [{"id": file_id}]), 404, "not_found")


def test_an_image_may_be_shown(ann: Client) -> None:
    file_id = uploaded(ann, "a.png", png()).json()["id"]
    assert ann.get(f"/attachments/{file_id}").headers["content-disposition"].startswith("inline; ")


@pytest.mark.parametrize(
    ("name", "content", "headers", "status"),
    [
        ("a.png", b"<html>", AS_BYTES, 400),
        ("a.csv", b"", AS_BYTES, 400),
        ("a.csv", b"x" * (MAX_FILE_BYTES + 1), AS_BYTES, 413),
        ("a.txt", b"a", {"content-type": "text/plain"}, 400),
        ("", b"a", AS_BYTES, 422),
    ],
    ids=["not an image", "empty", "too large", "as a form sends it", "without a name"],
)
def test_a_file_that_cannot_be_taken_is_refused(
    ann: Client, name: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = ann.http.post("/attachments", params={"name": name}, content=content, headers=headers)
    assert answer.status_code == status and answer.json()["error"]


def data_url(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


PARTS = {
    "input_image": ({"type": "input_image", "image_url": data_url(png(), "image/png")}, "image.png"),
    "image_url": ({"type": "image_url", "image_url": {"url": data_url(png(), "image/png")}}, "image.png"),
    "input_file": ({"type": "input_file", "filename": "b.csv", "file_data": data_url(TABLE, "text/csv")}, "b.csv"),
    "file of chat completions": (
        {"type": "file", "file": {"filename": "b.csv", "file_data": data_url(TABLE, "text/csv")}},
        "b.csv",
    ),
    "file of the AI SDK": (
        {"type": "file", "mediaType": "text/csv", "filename": "b.csv", "url": data_url(TABLE, "text/csv")},
        "b.csv",
    ),
}


def test_files_within_a_question_are_kept(ann: Client) -> None:
    content = [{"type": "text", "text": "What are they?"}, *(part for part, _ in PARTS.values())]
    body = asking("")
    body["messages"][0]["content"] = content
    chat_id = chat_of(ann.http.post("/chat", json=body))
    assert chat_of(ann.http.post("/chat", json=body)) == chat_id
    question = messages_of(ann, chat_id)[0]
    assert question["content"] == "What are they?"
    assert [each["name"] for each in question["attachments"]] == [name for _, name in PARTS.values()]
    expected = {"image.png": png(), "b.csv": TABLE}
    for each in question["attachments"]:
        assert ann.get(each["url"].removeprefix("/api")).content == expected[each["name"]]


@pytest.mark.parametrize(
    "address", ["https://example.com/a.png", "data:image/png;base64,%%%", "data:image/png;base64,é", "data:image/png,a"]
)
def test_a_file_that_is_no_data_is_refused_before_anything_is_kept(ann: Client, address: str) -> None:
    part = {"type": "input_image", "image_url": address}
    assert_error(asked_with(ann, [], [{"type": "text", "text": "What is it?"}, part]), 400, "bad_input")
    assert ann.get("/history").json()["data"] == []


def test_the_responses_api_takes_files(ann: Client) -> None:
    content = [{"type": "input_text", "text": "What is it?"}, PARTS["input_file"][0]]
    answer = ann.http.post("/v1/responses", json={"input": [{"role": "user", "content": content}]})
    assert answer.status_code == 200, answer.text
    [chat] = ann.get("/history").json()["data"]
    [kept] = messages_of(ann, chat["id"])[0]["attachments"]
    assert ann.get(kept["url"].removeprefix("/api")).content == TABLE


def test_files_are_kept_in_ephemeral_mode_too(ephemeral: Runtime, ann: Client) -> None:
    file_id = uploaded(ann, content=f"a,b\n1,{SAID}\n".encode()).json()["id"]
    chat_id = chat_of(asked_with(ann, [{"id": file_id}]))
    assert SAID in ann.get(f"/attachments/{file_id}").text
    assert ann.http.delete(f"/chat/{chat_id}").status_code == 200
    assert_error(ann.get(f"/attachments/{file_id}"), 404, "not_found")

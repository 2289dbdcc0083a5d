"""A client of the REST API."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

# One for all clients: to read the certificate authorities takes longer than most tests, and nothing here uses TLS.
TLS = httpx.create_ssl_context()
# Left alone, some kernels buffer over 30 MB for a reader who does not read: as much as the longest response of a test.
RECEIVE_BUFFER = (socket.SOL_SOCKET, socket.SO_RCVBUF, 1_000_000)
SAID = "the-words-of-the-user-7351"
AS_BYTES = {"content-type": "application/octet-stream"}


@dataclass(frozen=True)
class Event:
    id: str
    data: str

    @property
    def number(self) -> int:
        return int(self.id.split(":")[1])

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Client:
    """One user of the API."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        transport = httpx.HTTPTransport(verify=TLS, socket_options=[RECEIVE_BUFFER])
        self.http = httpx.Client(base_url=url, headers=headers, timeout=20, transport=transport)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params)

    def ask(self, question: str = "How many orders are there?", **fields: Any) -> httpx.Response:
        """Returns when the answer has ended."""
        return self.http.post("/chat", json=asking(question, **fields))

    @contextmanager
    def asked(self, body: dict[str, Any]) -> Iterator[Iterator[Event]]:
        with self.http.stream("POST", "/chat", json=body) as response:
            assert response.status_code == 200, response.read()
            yield events_of(response.iter_lines())

    @contextmanager
    def following(self, chat_id: str, last_event_id: str = "0") -> Iterator[Iterator[Event]]:
        headers = {"Last-Event-ID": last_event_id}
        with self.http.stream("GET", f"/chat/{chat_id}/stream", headers=headers) as response:
            assert response.status_code == 200
            yield events_of(response.iter_lines())


def events_of(lines: Iterator[str]) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(": ")
        if colon and name:
            fields[name] = value
        elif not line and "data" in fields:
            yield Event(fields["id"], fields["data"])
            fields = {}


def events(response: httpx.Response) -> list[Event]:
    assert response.status_code == 200, response.text
    return list(events_of(iter(response.text.split("\n"))))


def asking(question: str, chat_id: str | None = None, **fields: Any) -> dict[str, Any]:
    message = {"id": str(uuid4()), "role": "user", "content": question}
    return {"id": chat_id or str(uuid4()), "messages": [message], **fields}


def assert_error(response: httpx.Response, status: int, code: str) -> None:
    body = response.json()
    if response.url.path.startswith("/v1/"):
        detail = body["error"]
        assert (set(body), set(detail)) == ({"error"}, {"message", "type", "code", "param"})
        body = {"error": detail["message"], "code": detail["code"]}
    assert (response.status_code, body.get("code")) == (status, code), response.text
    assert set(body) == {"error", "code"}
    assert body["error"].strip() and len(body["error"]) < 1_100
    assert not any(word in response.text for word in (SAID, "SELECT", "INSERT", "psycopg", "Traceback", "sqlalchemy"))


def chat_of(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return response.headers["X-Chat-Id"]


def messages_of(client: Client, chat_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/messages/{chat_id}").json()["data"]
    return found

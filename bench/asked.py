"""A question that the agent is answering, for the measurements of failures."""

import time
from collections.abc import Callable
from uuid import uuid4

import httpx
from httpx_sse import connect_sse

from lib.chat.conversation import first_answer_id
from tests.chaos.agent import question, whole
from tests.chaos.stage import Stage

TOKENS_A_SECOND = 50
ANN = "ann@example.com"
ANSWER = "SELECT status, content FROM chat.messages WHERE id = %s"
Line = tuple[str, str]
"""What was measured, and its figure as text."""


class Asked:
    """Asks when it is created, and closes the stream after one event, so the answer continues without a reader."""

    def __init__(self, on: Stage, tokens: int, app: int = 0) -> None:
        self.stage = on
        self.chat_id, self.question_id = uuid4(), uuid4()
        said = {
            "id": str(self.question_id),
            "role": "user",
            "content": question(tokens, self.question_id, self.chat_id),
        }
        self.whole = whole(said["content"])
        body = {"id": str(self.chat_id), "messages": [said]}
        with http() as client, connect_sse(client, "POST", f"{self.url(app)}/api/chat", json=body) as source:
            if source.response.status_code != httpx.codes.OK:
                raise SystemExit(f"The question was answered {source.response.read().decode()}")
            next(source.iter_sse())

    def url(self, app: int) -> str:
        return self.stage.apps[app].url

    @property
    def said(self) -> str:
        """What the agent has said so far."""
        return self.stage.agent.answers_to(self.question_id)[0].text

    @property
    def tokens_said(self) -> int:
        return self.said.count(" ")

    def has_said(self, tokens: int) -> bool:
        return self.tokens_said >= tokens

    def is_over(self) -> bool:
        """Whether the agent's side of the connection has ended."""
        return self.stage.agent.answers_to(self.question_id)[0].ended_at is not None

    def stored(self) -> tuple[str, str] | None:
        rows = self.stage.rows(ANSWER, str(first_answer_id(self.question_id)))
        return rows[0] if rows else None

    def post(self, app: int, what: str) -> None:
        with http() as client:
            client.post(f"{self.url(app)}/api/chat/{self.chat_id}/{what}").raise_for_status()


def http() -> httpx.Client:
    return httpx.Client(headers={"x-forwarded-email": ANN}, timeout=30)


def until(is_so: Callable[[], object], within_seconds: float = 60) -> None:
    deadline = time.monotonic() + within_seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit("It did not come to that in time.")
        time.sleep(0.002)

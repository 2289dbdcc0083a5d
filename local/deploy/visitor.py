"""Visits the running app by its REST API, as whoever deploys it."""

import json
import time
from typing import Any
from uuid import uuid4

import httpx
from databricks.sdk import WorkspaceClient

from local.deploy.known_problems import Place
from local.deploy.problem import Problem

RETRY_SECONDS = 1.0
REQUEST_SECONDS = 30.0
ANSWER_SECONDS = 300.0
STARTING = (502, 503, 504)
"""What the platform answers while the app opens its port."""


class Visitor:
    """`place` is for the commands that a fix names."""

    def __init__(self, client: WorkspaceClient, url: str, place: Place) -> None:
        self._client = client
        self._place = place
        self._http = httpx.Client(base_url=url, timeout=REQUEST_SECONDS)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def lakebase(self, seconds: float) -> dict[str, Any]:
        """Where the app keeps chats, once it has decided; the last answer if it has not in time. Raises Problem."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                health = self._health()
                if health["mode"] != "reconnecting" or time.monotonic() > deadline:
                    return health
            except (Problem, httpx.TransportError) as error:
                if isinstance(error, Problem) and error.original not in map(str, STARTING):
                    raise
                if time.monotonic() > deadline:
                    raise self._silent(error) from error
            time.sleep(RETRY_SECONDS)

    def ask(self, question: str) -> str:
        """The answer of the default agent. The chat is deleted again. Raises Problem."""
        chat_id = str(uuid4())
        body = {"id": chat_id, "messages": [{"id": str(uuid4()), "role": "user", "content": question}]}
        try:
            refusal = self._stream(body)
            return self._answer(chat_id, refusal)
        except httpx.TransportError as error:
            raise self._unanswered(f"The connection failed: {type(error).__name__}.") from error
        finally:
            self._forget(chat_id)

    def _stream(self, body: dict[str, Any]) -> str:
        """What an error of the stream says; empty if there is none."""
        refusal = ""
        with self._http.stream(
            "POST", "/api/chat", json=body, headers=self._headers(), timeout=ANSWER_SECONDS
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                answer.read()
                self._refuse_redirect(answer)
                raise self._unanswered(_sentence(answer))
            for line in answer.iter_lines():
                refusal = _error_in(line) or refusal
        return refusal

    def _answer(self, chat_id: str, refusal: str) -> str:
        read = self._http.get(f"/api/messages/{chat_id}", headers=self._headers())
        messages = read.json().get("data", []) if read.status_code == httpx.codes.OK else []
        answers = [message for message in messages if message["role"] == "assistant"]
        if refusal or not answers or answers[-1]["status"] != "complete" or not answers[-1]["content"].strip():
            raise self._unanswered(refusal or "The agent gave no answer.")
        return str(answers[-1]["content"])

    def _forget(self, chat_id: str) -> None:
        """As well as that goes: a chat that stays does no harm."""
        try:
            self._http.delete(f"/api/chat/{chat_id}", headers=self._headers())
        except httpx.TransportError:
            return

    def _health(self) -> dict[str, Any]:
        answer = self._http.get("/api/health/lakebase", headers=self._headers())
        self._refuse_redirect(answer)
        if (
            answer.status_code != httpx.codes.OK
            or not isinstance(health := _json(answer), dict)
            or "mode" not in health
        ):
            says = f"The app answers {answer.status_code} where it should say whether chats are kept."
            fix = f"databricks apps logs {self._place.app_name} says why."
            raise Problem(says, fix, str(answer.status_code))
        return health

    def _headers(self) -> dict[str, str]:
        """Of every request anew, since a token may end meanwhile."""
        return dict(self._client.config.authenticate())

    def _refuse_redirect(self, answer: httpx.Response) -> None:
        if not answer.is_redirect:
            return
        if self._client.config.auth_type == "pat":
            says = "The app runs, but takes no personal access token, so it could not be asked anything."
        else:
            says = "The app runs, but cannot be asked: it does not accept your sign-in."
        raise Problem(says, f"{self._place.login}, then this command again. Or open the app in a browser.")

    def _unanswered(self, said: str) -> Problem:
        says = "The app runs, but its agent did not answer the question."
        return Problem(says, f"Open the app's Status page, or: databricks apps logs {self._place.app_name}", said)

    def _silent(self, error: Exception) -> Problem:
        said = error.original if isinstance(error, Problem) else type(error).__name__
        says = "The app runs, as the platform says, but does not answer."
        return Problem(says, f"databricks apps logs {self._place.app_name} says why.", said)


def _error_in(line: str) -> str:
    """What an event of the stream says that the app sends in place of an answer; empty for any other event."""
    if not line.startswith("data: {") or '"error"' not in line:
        return ""
    event = json.loads(line.removeprefix("data: "))
    return str(event.get("error")) if event.get("type") == "error" else ""


def _sentence(answer: httpx.Response) -> str:
    body = _json(answer)
    return str(body["error"]) if isinstance(body, dict) and "error" in body else f"HTTP status {answer.status_code}"


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None

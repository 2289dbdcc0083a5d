"""Ask Lakechat from a program: follow the answer as it is written, and come back to it after a cut.

    python docs/client.py "Which region sold most last quarter?"

LAKECHAT_URL is the app's address, `http://localhost:8501` if unset. On Databricks Apps LAKECHAT_TOKEN must be an OAuth
token of a user or service principal that may use the app (`databricks auth token`). Needs httpx, nothing else.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

RECONNECT_SECONDS = 1.0


class Lakechat:
    """One user of the API."""

    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # An event stream says at least a comment every 15 seconds.
        self.http = httpx.Client(base_url=f"{url}/api", headers=headers, timeout=httpx.Timeout(30, connect=10))

    def ask(self, question: str, chat_id: str | None = None) -> Iterator[str]:
        """The answer, piece by piece. All ids are made here: sending the same request again asks nothing twice."""
        message = {"id": str(uuid4()), "role": "user", "content": question}
        body = {"id": chat_id or str(uuid4()), "messages": [message]}
        said, seen = "", ""
        while True:
            try:
                for place, data in self._events(body, seen):
                    if data == "[DONE]":
                        return
                    seen = place
                    for text in _text_of(json.loads(data)):
                        said += text
                        yield text
                # It ended while nobody listened: what was missed is stored.
                yield self._stored(body["id"], message["id"]).removeprefix(said)
                return
            except httpx.TransportError:
                time.sleep(RECONNECT_SECONDS)

    def _stored(self, chat_id: str, question_id: str) -> str:
        messages = self.http.get(f"/messages/{chat_id}").raise_for_status().json()["data"]
        return next(str(each["content"]) for each in reversed(messages) if each["parentId"] == question_id)

    def _events(self, body: dict[str, Any], seen: str) -> Iterator[tuple[str, str]]:
        """From the question on; after a cut from where it was cut."""
        if seen:
            headers = {"Last-Event-ID": seen}
            stream = self.http.stream("GET", f"/chat/{body['id']}/stream", headers=headers)
        else:
            stream = self.http.stream("POST", "/chat", json=body)
        with stream as response:
            if response.is_error:
                response.read()
                raise SystemExit(response.json()["error"])
            place = seen
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    place = value
                elif name == "data":
                    yield place, value


def _text_of(event: dict[str, Any]) -> Iterator[str]:
    """The words in an event of the agent, whichever of the two common forms it speaks."""
    if event.get("type") == "response.output_text.delta":
        yield event["delta"]
    elif event.get("type") == "error":
        raise SystemExit(event["error"])
    for choice in event.get("choices") or ():
        yield choice.get("delta", {}).get("content") or ""


if __name__ == "__main__":
    lakechat = Lakechat(os.environ.get("LAKECHAT_URL", "http://localhost:8501"), os.environ.get("LAKECHAT_TOKEN"))
    for piece in lakechat.ask(" ".join(sys.argv[1:]) or "What can you help me with?"):
        sys.stdout.write(piece)
        sys.stdout.flush()
    sys.stdout.write("\n")

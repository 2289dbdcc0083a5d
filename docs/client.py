"""Ask Lakechat from a program with the standard client (`pip install openai`).

    python docs/client.py "Which region sold most last quarter?"

LAKECHAT_URL is the app's address, `http://localhost:8501` if unset. On Databricks Apps LAKECHAT_TOKEN must be an OAuth
token of a user or service principal that may use the app (`databricks auth token`).
"""

import os
import sys
from collections.abc import Iterator

from openai import APIConnectionError, OpenAI


def ask(client: OpenAI, question: str) -> Iterator[str]:
    """The answer, piece by piece, also if the connection is cut on the way."""
    events, answer_id, seen = client.responses.create(input=question, stream=True), "", -1
    while True:
        try:
            for event in events:
                seen = event.sequence_number
                if event.type == "response.created":
                    answer_id = event.response.id
                elif event.type == "response.output_text.delta":
                    yield event.delta
                elif event.type == "response.failed":
                    raise SystemExit(event.response.error and event.response.error.message)
            return
        except APIConnectionError:
            events = client.responses.retrieve(answer_id, stream=True, starting_after=seen)


if __name__ == "__main__":
    url, token = os.environ.get("LAKECHAT_URL", "http://localhost:8501"), os.environ.get("LAKECHAT_TOKEN", "none")
    for piece in ask(OpenAI(base_url=f"{url}/api/v1", api_key=token), " ".join(sys.argv[1:]) or "What can you do?"):
        sys.stdout.write(piece)
        sys.stdout.flush()
    sys.stdout.write("\n")

"""How many bytes one streamed answer sends to the browser that watches it."""

from threading import Thread
from uuid import uuid4

import httpx

from bench.agents import ANSWER_CHARS, ANSWER_TOKENS, TOKENS_A_SECOND
from bench.browser import Browser
from bench.figures import Row
from bench.stage import IDENTITY, Stage
from local.app import AppProcess

MOST_BYTES = 250_000


def measure(stage: Stage) -> list[Row]:
    """Count from the question until the page shows the finished answer."""
    app, chat_id = stage.app, str(uuid4())
    count = ANSWER_TOKENS // 4 if stage.is_quick else ANSWER_TOKENS
    asking = Thread(target=_ask, args=(app, chat_id, count))
    asking.start()
    with Browser(app, chat_id) as browser:
        _wait_for_chat(app, chat_id)
        cpu_before = app.cpu_seconds()
        messages = browser.run()
        cpu_seconds = app.cpu_seconds() - cpu_before
        sent = browser.received_bytes
    asking.join()
    chars = ANSWER_CHARS * count // ANSWER_TOKENS
    share = cpu_seconds / (count / TOKENS_A_SECOND)
    most = MOST_BYTES * count // ANSWER_TOKENS
    return [
        Row(
            f"watch an answer of {count:,} tokens",
            f"{sent / 1000:,.0f} kB in {len(messages):,} frames",
            f"{chars / 1000:.1f} kB",
            f"{sent / chars:.0f}x, {share:.0%} of a core",
            f"≤ {most / 1000:.0f} kB",
            sent <= most,
        )
    ]


def _ask(app: AppProcess, chat_id: str, count: int) -> None:
    said = {"id": str(uuid4()), "role": "user", "content": str(count)}
    body = {"id": chat_id, "messages": [said]}
    with httpx.stream("POST", f"{app.url}/api/chat", json=body, headers=IDENTITY, timeout=30) as response:
        response.raise_for_status()


def _wait_for_chat(app: AppProcess, chat_id: str) -> None:
    while httpx.get(f"{app.url}/api/messages/{chat_id}", headers=IDENTITY).status_code == httpx.codes.NOT_FOUND:
        pass

"""How far a page is behind the agent while more and more people watch answers at once."""

import asyncio
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from uuid import uuid4

import httpx
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from bench.agents import TIMED, TOKENS_A_SECOND, tokens
from bench.browser import MAX_FRAME_BYTES, SUBPROTOCOLS, stream_address, visit
from bench.figures import Row, p50, p95
from bench.stage import Stage
from local.app import AppProcess

WATCHERS, QUICK_WATCHERS = (10, 25, 50, 75, 100), (10, 100)
P95_SECONDS = 0.100
TOKENS = 1_500
ASKING_SECONDS, BEGIN_SECONDS, END_SECONDS = 10.0, 15.0, 29.0
"""Questions are spread over ASKING_SECONDS; what counts is BEGIN_SECONDS to END_SECONDS, in which all watch."""
TIMEOUT_SECONDS = 60.0
SEEN = 0.99
BEGAN = re.compile(r"\A\d+\.\d+(?=\s|\Z)")


def _visible(text: str) -> str:
    """Streamlit cuts spaces off both ends of each element."""
    return "".join(text.split())


ANSWER = _visible("".join(tokens()[1:TOKENS]))
ENDS = list(accumulate((len(_visible(token)) for token in tokens()[1:TOKENS]), initial=0))
"""For each token, the number of visible characters of the answer up to its end."""


@dataclass
class Page:
    """What one watcher has seen of the answer, and when."""

    since: float
    """By the monotonic clock, which all processes share. Tokens due earlier do not count."""
    began_at: float = 0.0
    path: tuple[int, ...] = ()
    begin: int = 0
    end: int = 0
    tokens: int = 0
    lags: list[float] = field(default_factory=list)
    """For each token, seconds from when it was due until it arrived."""
    delays: list[float] = field(default_factory=list)
    """For each update, seconds from when its newest token was due until it arrived."""

    def see(self, path: tuple[int, ...], body: str, at: float) -> None:
        """Record that the element at `path` now reads `body`. The first text is the time at which the agent began."""
        if not self.began_at and (began := BEGAN.match(body)):
            self.began_at = float(began[0])
        text = _visible(BEGAN.sub("", body))
        begin = self.begin if path == self.path else self.end
        if not self.began_at or not text or not ANSWER.startswith(text, begin):
            return
        self.path, self.begin, self.end = path, begin, begin + len(text)
        self._count(at)

    def _count(self, at: float) -> None:
        seen = len(self.lags)
        while self.tokens + 1 < len(ENDS) and ENDS[self.tokens + 1] <= self.end:
            self.tokens += 1
            due_at = self.began_at + self.tokens / TOKENS_A_SECOND
            if self.since <= due_at <= self.since + END_SECONDS - BEGIN_SECONDS:
                self.lags.append(at - due_at)
        if len(self.lags) > seen:
            self.delays.append(self.lags[-1])


def measure(stage: Stage) -> list[Row]:
    return [_measured(stage.app, count) for count in (QUICK_WATCHERS if stage.is_quick else WATCHERS)]


def _measured(app: AppProcess, count: int) -> Row:
    pages, share = asyncio.run(_watch_all(app, count))
    lags = [lag for page in pages for lag in page.lags]
    delays = [delay for page in pages for delay in page.delays]
    seconds = END_SECONDS - BEGIN_SECONDS
    seen = len(lags) / count / seconds / TOKENS_A_SECOND
    updates = len(delays) / count / seconds
    return Row(
        f"{count} watch at once, p50 / p95",
        f"{_ms(lags)} a token, {_ms(delays)} an update",
        "",
        f"{updates:.1f} updates/s each, {seen:.1%} of the words seen, {share:.0%} of a core",
        f"≤ {P95_SECONDS * 1000:g} ms",
        seen > SEEN and p95(delays) <= P95_SECONDS,
    )


def _ms(seconds: list[float]) -> str:
    return f"{p50(seconds) * 1000:.0f} / {p95(seconds) * 1000:.0f} ms"


async def _watch_all(app: AppProcess, count: int) -> tuple[list[Page], float]:
    """Return what each has seen, and the share of a core that the app used while all of them watched."""
    pages = [Page(time.monotonic() + BEGIN_SECONDS) for _ in range(count)]
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=httpx.Limits()) as client:
        starts = [number * ASKING_SECONDS / count for number in range(count)]
        watching = [_ask_and_watch(client, app, page, start) for page, start in zip(pages, starts, strict=True)]
        async with asyncio.timeout(END_SECONDS + TIMEOUT_SECONDS):
            share = asyncio.create_task(_share_of_a_core(app))
            await asyncio.gather(*watching)
            return pages, await share


async def _share_of_a_core(app: AppProcess) -> float:
    await asyncio.sleep(BEGIN_SECONDS)
    before = app.cpu_seconds()
    await asyncio.sleep(END_SECONDS - BEGIN_SECONDS)
    return (app.cpu_seconds() - before) / (END_SECONDS - BEGIN_SECONDS)


async def _ask_and_watch(client: httpx.AsyncClient, app: AppProcess, page: Page, wait_seconds: float) -> None:
    """Ask and watch as a new user."""
    await asyncio.sleep(wait_seconds)
    chat_id, identity = str(uuid4()), {"X-Forwarded-Email": f"watcher-{uuid4()}@example.com"}
    body = {"id": chat_id, "messages": [{"id": str(uuid4()), "role": "user", "content": f"{TOKENS}{TIMED}"}]}
    async with client.stream("POST", f"{app.url}/api/chat", json=body, headers=identity) as response:
        response.raise_for_status()
    async with connect(
        stream_address(app),
        subprotocols=SUBPROTOCOLS,
        additional_headers=identity,
        compression=None,
        max_size=MAX_FRAME_BYTES,
        open_timeout=TIMEOUT_SECONDS,
    ) as socket:
        await socket.send(visit(app, chat_id))
        with suppress(TimeoutError):
            async with asyncio.timeout_at(page.since + TOKENS / TOKENS_A_SECOND):
                await _watch(socket, page)


async def _watch(socket: ClientConnection, page: Page) -> None:
    """Return when the page shows the whole answer."""
    while page.tokens < TOKENS - 1:
        frame = await socket.recv(decode=False)
        at = time.monotonic()
        for path, body in _texts([ForwardMsg.FromString(frame)]):
            page.see(path, body, at)


def _texts(messages: Iterable[ForwardMsg]) -> Iterable[tuple[tuple[int, ...], str]]:
    for message in messages:
        if message.WhichOneof("type") == "delta" and message.delta.new_element.WhichOneof("type") == "markdown":
            yield tuple(message.metadata.delta_path), message.delta.new_element.markdown.body

"""The agents that the benchmarks ask, each in its own process, so that none shares an interpreter lock with the client.

`workspace` is the local workspace; `paced` sends prepared events at a fixed rate, to hundreds of readers at once;
`flood` sends as fast as its reader reads.
"""

import asyncio
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

from local.demo.essay import TEXT
from local.demo.events import End, Event, TextDelta
from local.workspace import Workspace, answer_formats
from local.workspace.event_stream import DONE, sse

HOST = "127.0.0.1"
TOKENS_A_SECOND = 50
ANSWER_CHARS, ANSWER_TOKENS = 9_400, 2_000
TIMED = " timed"
FLOOD_DELTA_CHARS = 100
FIRST_TOKEN_TOKENS = 5
FIRST_TOKEN_INTERVAL_SECONDS = 0.005
TABLE = "| region | revenue | orders |\n| --- | ---: | ---: |\n" + "".join(
    f"| region {number} | {number * 1234.5:,.2f} | {number * 17} |\n" for number in range(1, 9)
)
_SPAWN = multiprocessing.get_context("spawn")


def tokens() -> list[str]:
    """An answer of 2,000 tokens and 9,400 characters, with headings, paragraphs, lists, tables and code."""
    text = (TEXT.replace("{table}", TABLE) * 3)[:ANSWER_CHARS]
    ends = [round(number * ANSWER_CHARS / ANSWER_TOKENS) for number in range(ANSWER_TOKENS + 1)]
    return [text[begin:end] for begin, end in pairwise(ends)]


def stream(pieces: list[str]) -> list[bytes]:
    """The pieces as a Responses stream, one event each."""
    events: list[Event] = [TextDelta(piece) for piece in pieces]
    events.append(End(10, len(pieces)))
    return [sse(data) for _, data in answer_formats.responses(events, answer_formats.Reply("demo-agent"))] + [DONE]


@contextmanager
def workspace(*arguments: str) -> Iterator[str]:
    """Yield the URL of a local workspace whose agent says five words; takes admin DSN, client id and client secret."""
    with _child(_serve_workspace, *arguments) as url:
        yield url


@contextmanager
def paced() -> Iterator[str]:
    """Yield the URL of an agent that says as many of `tokens()` as the question asks for, 50 a second.

    The question "100 timed" makes its first word the time at which that word is due, by this machine's monotonic clock.
    """
    with _child(_serve_paced) as url:
        yield url


@contextmanager
def flood() -> Iterator[str]:
    """Yield the URL of an agent that says as many bytes as the question asks for, in deltas of FLOOD_DELTA_CHARS."""
    with _child(_serve_flood) as url:
        yield url


@contextmanager
def _child(serve: Any, *arguments: str) -> Iterator[str]:
    """Run the server until our end of the pipe closes, which the kernel does if this process is killed."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=serve, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join()


def _serve_workspace(pipe: Connection, admin_dsn: str, client_id: str, client_secret: str) -> None:
    with Workspace(admin_dsn, role=client_id, client_id=client_id, client_secret=client_secret) as running:
        chunks = stream(tokens()[:FIRST_TOKEN_TOKENS])
        running.faults.invocations.always(chunks=chunks, interval_seconds=FIRST_TOKEN_INTERVAL_SECONDS)
        pipe.send(running.url)
        _wait_for_end(pipe)


def _serve_paced(pipe: Connection) -> None:
    asyncio.run(_paced(pipe))


def _serve_flood(pipe: Connection) -> None:
    asyncio.run(_served(pipe, _flood))


async def _paced(pipe: Connection) -> None:
    await _served(pipe, _answer)


async def _served(pipe: Connection, answer: Any) -> None:
    server = await asyncio.start_server(answer, HOST, 0, backlog=1_000)
    pipe.send(f"http://{HOST}:{server.sockets[0].getsockname()[1]}/responses")
    await asyncio.to_thread(_wait_for_end, pipe)


def _wait_for_end(pipe: Connection) -> None:
    try:
        pipe.recv()
    except EOFError:
        return


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of one connection."""
    try:
        while True:
            wanted = await _wanted(reader)
            began = asyncio.get_running_loop().time()
            chunks = _timed(wanted, began) if wanted.endswith(TIMED) else _chunks(int(wanted))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            for number, chunk in enumerate(chunks):
                await asyncio.sleep(began + number / TOKENS_A_SECOND - asyncio.get_running_loop().time())
                writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            writer.write(b"0\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request. Like Responses agents, it repeats the whole text three times at the end."""
    with suppress(ConnectionError):
        chunks = _flood_chunks(int(await _wanted(reader)))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
    writer.close()


@cache
def _flood_chunks(count: int) -> list[bytes]:
    piece = "".join(f"word{number:05} " for number in range(FLOOD_DELTA_CHARS // 10))
    return stream([piece] * (count // FLOOD_DELTA_CHARS))


@cache
def _chunks(count: int) -> list[bytes]:
    return stream(tokens()[:count])


def _timed(wanted: str, began: float) -> list[bytes]:
    chunks = list(_chunks(int(wanted.removesuffix(TIMED))))
    place = next(number for number, chunk in enumerate(chunks) if b"output_text.delta" in chunk)
    chunks[place] = stream([f"{began + place / TOKENS_A_SECOND}\n\n"])[place]
    return chunks


async def _wanted(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    length = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), None)
    if length is None:  # the app looks for a description of the agent, which these have not
        raise ConnectionError
    body = json.loads(await reader.readexactly(length))
    return str(body["input"][-1]["content"])

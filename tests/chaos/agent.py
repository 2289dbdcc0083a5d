"""An agent whose answer follows from the question alone, and that records what it has sent."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
MAX_WAIT_SECONDS = 10
_QUESTION = re.compile(r"Count to (\d+) for ([0-9a-f-]{36}) in ([0-9a-f-]{36})")


def question(words: int, question_id: object, chat_id: object) -> str:
    return f"Count to {words} for {question_id} in {chat_id}"


def pieces(question_text: str) -> list[str]:
    """The pieces of the answer. Each names its question, so a piece in another answer would be noticed."""
    words, question_id, _ = _asked(question_text)
    return [f"{number}-{question_id[:8]} " for number in range(1, words + 1)]


def whole(question_text: str) -> str:
    return "".join(pieces(question_text))


@dataclass
class Sent:
    """One answer as the agent gave it: the text is counted before it is written to the socket."""

    question_id: str
    chat_id: str
    began_at: float
    text: str = ""
    ended_at: float | None = None


class Agent:
    """Runs in its own thread while it is entered; pass `url` to the app as AGENT_URL."""

    def __init__(self, words_per_second: float) -> None:
        self.sent: list[Sent] = []
        self.url = ""
        self._pause_seconds = 1 / words_per_second
        self._loop = asyncio.new_event_loop()
        self._is_up = Event()
        self._thread = Thread(target=self._serve, name="agent", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._is_up.wait(MAX_WAIT_SECONDS):
            raise RuntimeError("The agent did not start.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def busy(self) -> int:
        """How many answers are being sent."""
        return sum(answer.ended_at is None for answer in list(self.sent))

    def answers_to(self, question_id: object) -> list[Sent]:
        return [answer for answer in list(self.sent) if answer.question_id == str(question_id)]

    def _serve(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._talk, HOST, 0, backlog=500))
        self.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}/responses"
        self._is_up.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send one answer over one connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head.lower())
            body = await reader.readexactly(int(length[1]) if length else 0)
            await self._answer(_last_question(body.decode()), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, question_id, chat_id = _asked(text)
        answer = Sent(question_id, chat_id, time.monotonic())
        self.sent.append(answer)
        left = asyncio.ensure_future(reader.read(1))
        try:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
            for piece in pieces(text):
                answer.text += piece
                writer.write(_delta(piece))
                await asyncio.wait([left], timeout=self._pause_seconds)
                if left.done():
                    return
            writer.write(b"".join(_end(answer.text)))
            await writer.drain()
        finally:
            left.cancel()
            answer.ended_at = time.monotonic()


def _asked(text: str) -> tuple[int, str, str]:
    found = _QUESTION.search(text)
    if found is None:
        raise ValueError(f"not a question of this test: {text}")
    return int(found[1]), found[2], found[3]


def _last_question(body: str) -> str:
    """The question, whatever the format of the request; it may come after the earlier conversation."""
    return [found[0] for found in _QUESTION.finditer(body)][-1]


def _delta(piece: str) -> bytes:
    return _event({"type": "response.output_text.delta", "item_id": "1", "delta": piece})


def _end(text: str) -> Iterator[bytes]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    item = {"type": "message", "id": "1", "role": "assistant", "content": content}
    yield _event({"type": "response.output_item.done", "item": item})
    yield _event({"type": "response.completed", "response": {"id": "1", "status": "completed", "output": [item]}})
    yield b"data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()

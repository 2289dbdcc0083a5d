"""A client that asks, follows, disconnects, stops and asks again while processes and the database are killed."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any
from uuid import UUID

import httpx
from httpx_sse import EventSource, SSEError, connect_sse

from tests.chaos.agent import question, whole

TIMEOUT = httpx.Timeout(5, connect=2)
TRY_AGAIN_SECONDS = 0.3
BROKEN = (httpx.HTTPError, SSEError)


class Habit(Enum):
    """What the client does once the answer has begun."""

    READ = "reads to the end"
    LEAVE = "hangs up"
    STOP = "stops it, at either process"
    CHANGE = "hangs up and reads on at the other process"
    REPEAT = "sends the same question again to the other process"


HABITS = (Habit.READ, Habit.READ, Habit.LEAVE, Habit.STOP, Habit.CHANGE, Habit.CHANGE, Habit.REPEAT)


@dataclass
class Asked:
    """One question and what its asker saw of the answer."""

    user: str
    chat_id: UUID
    question_id: UUID
    text: str
    habit: Habit
    acknowledged: bool = False
    refused: bool = False
    answer_id: str = ""
    seen: dict[int, str] = field(default_factory=dict)
    """The pieces of the answer by their numbers."""
    ended_as: str | None = None
    complaints: list[str] = field(default_factory=list)

    @property
    def read(self) -> str:
        return "".join(self.seen[number] for number in sorted(self.seen))


class Client:
    """Works on one thread; its choices follow from its seed."""

    def __init__(self, urls: Sequence[str], users: Sequence[str], seed: str) -> None:
        self.asked: list[Asked] = []
        self._urls = urls
        self._users = users
        self._random = Random(seed)  # noqa: S311
        self._chats: dict[str, list[UUID]] = {user: [] for user in users}

    def work(self, turns: int, until: float) -> None:
        """Ask so many questions, or as many as fit before that time of `time.monotonic()`."""
        for _ in range(turns):
            if time.monotonic() > until:
                return
            asked = self._next_question()
            self.asked.append(asked)
            self._see_through(asked, until)

    def _next_question(self) -> Asked:
        user = self._random.choice(self._users)
        chats = self._chats[user]
        if not chats or self._random.random() < 0.4:
            chats.append(self._uuid())
        chat_id, question_id = self._random.choice(chats), self._uuid()
        text = question(self._random.choice((3, 20, 60, 150)), question_id, chat_id)
        return Asked(user, chat_id, question_id, text, self._random.choice(HABITS))

    def _see_through(self, asked: Asked, until: float) -> None:
        """Send the question until it is accepted or refused, then act as the habit says."""
        while not (asked.acknowledged or asked.refused) and time.monotonic() < until:
            most = 10_000 if asked.habit is Habit.READ else self._random.randrange(1, 20)
            if self._send(asked, self._random.choice(self._urls), most):
                break
            time.sleep(TRY_AGAIN_SECONDS)
        if asked.acknowledged and asked.ended_as is None:
            self._go_on(asked, until)

    def _go_on(self, asked: Asked, until: float) -> None:
        match asked.habit:
            case Habit.LEAVE:
                return
            case Habit.STOP:
                with suppress(*BROKEN), self._http(asked) as http:
                    http.post(f"{self._random.choice(self._urls)}/api/chat/{asked.chat_id}/stop")
            case Habit.REPEAT:
                self._send(asked, self._random.choice(self._urls), 10_000)
            case Habit.READ | Habit.CHANGE:
                self._read_on(asked, min(until, time.monotonic() + 8))

    def _send(self, asked: Asked, url: str, most_events: int) -> bool:
        """Whether the question was accepted, or refused for good. Repeating an accepted question asks nothing."""
        said = {"id": str(asked.question_id), "role": "user", "content": asked.text}
        body = {"id": str(asked.chat_id), "messages": [said]}
        with suppress(*BROKEN), self._stream(asked, "POST", f"{url}/api/chat", json=body) as source:
            status = source.response.status_code
            if status == httpx.codes.OK:
                self._take(asked, source.iter_sse(), most_events)
            else:
                asked.refused = status == httpx.codes.CONFLICT and not asked.acknowledged
                self._expect(asked, asked.refused or status == 503, "POST", source.response)
        return asked.acknowledged or asked.refused

    def _read_on(self, asked: Asked, until: float) -> None:
        """Follow from the last event seen, at any process, until the answer ends."""
        while asked.ended_as is None and time.monotonic() < until:
            url = f"{self._random.choice(self._urls)}/api/chat/{asked.chat_id}/stream"
            place = {"Last-Event-ID": f"{asked.answer_id}:{max(asked.seen, default=0)}" if asked.answer_id else "0"}
            with suppress(*BROKEN), self._stream(asked, "GET", url, headers=place) as source:
                status = source.response.status_code
                if status == httpx.codes.NO_CONTENT:
                    return
                if status == httpx.codes.OK:
                    self._take(asked, source.iter_sse(), 10_000, last=max(asked.seen, default=0))
                else:
                    self._expect(asked, status == 503, "GET", source.response)
            time.sleep(TRY_AGAIN_SECONDS)

    def _take(self, asked: Asked, events: Iterator[Any], most: int, last: int = 0) -> None:
        """Every piece once and in order, and no more than the agent's whole answer."""
        for _, event in zip(range(most), events, strict=False):
            asked.acknowledged = True
            if event.data == "[DONE]":
                return
            data = json.loads(event.data)
            asked.answer_id, _, number_in_it = event.id.rpartition(":")
            number = int(number_in_it)
            if data.get("type") == "meta":
                self._end(asked, data)
            elif (piece := _piece(data)) is not None:
                if number <= last:
                    asked.complaints.append(f"event {number} came after {last}")
                if asked.seen.get(number, piece) != piece and not _is_whole(data):
                    asked.complaints.append(f"event {number} was {asked.seen[number]!r} and is {piece!r}")
                last = number
                if not _is_whole(data):
                    asked.seen[number] = piece

    def _end(self, asked: Asked, meta: dict[str, Any]) -> None:
        asked.ended_as = meta["status"]
        if not whole(asked.text).startswith(asked.read):
            asked.complaints.append(f"read {asked.read!r}")

    def _expect(self, asked: Asked, is_so: bool, what: str, response: httpx.Response) -> None:
        if not is_so:
            asked.complaints.append(f"{what} was answered {response.status_code}: {response.read().decode()[:200]}")

    @contextmanager
    def _stream(self, asked: Asked, method: str, url: str, **request: Any) -> Iterator[EventSource]:
        with self._http(asked) as http, connect_sse(http, method, url, **request) as source:
            yield source

    def _http(self, asked: Asked) -> httpx.Client:
        return httpx.Client(headers={"x-forwarded-email": asked.user}, timeout=TIMEOUT)

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


def _piece(data: dict[str, Any]) -> str | None:
    if data.get("type") == "response.output_text.delta":
        return str(data["delta"])
    return "" if _is_whole(data) else None


def _is_whole(data: dict[str, Any]) -> bool:
    return data.get("type") in ("response.output_item.done", "response.completed")

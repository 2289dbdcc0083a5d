"""What must hold whatever failed, checked from outside: by SQL as superuser, and through the API."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import httpx
import psycopg2

from tests.chaos.agent import Sent, whole
from tests.chaos.client import Asked
from tests.chaos.stage import Stage

SAMPLE_SECONDS = 0.1
MAX_WAIT_SECONDS = 120.0
"""For writes with a back-off, and for logs that are deleted some seconds after their turns."""
OVERLAP_SECONDS = 1.0
"""After this, the agent's side of a closed connection is closed too."""
WAITS = re.compile(r"Question (\S+) of chat \S+ waits for the database")
TWO_RUNNING = "SELECT chat_id FROM chat.turns WHERE status = 'running' GROUP BY chat_id HAVING count(*) > 1"
RUNNING = "SELECT count(*) FROM chat.turns WHERE status = 'running'"
LOGGED = "SELECT count(*) FROM chat.turn_log"
QUESTIONS = "SELECT id::text, count(*), min(user_id), min(chat_id::text), min(content), min(role) FROM chat.messages"
ANSWERS = "SELECT parent_id::text, id::text, status, content, user_id FROM chat.messages WHERE role = 'assistant'"


@dataclass
class Sampler:
    """Checks continuously whether a chat has two running turns."""

    stage: Stage
    looks: int = 0
    found: list[str] = field(default_factory=list)
    _over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def __enter__(self) -> "Sampler":
        self._thread = Thread(target=self._look, name="sampler", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            try:
                self.found += [str(chat_id) for (chat_id,) in self.stage.rows(TWO_RUNNING)]
                self.looks += 1
            except psycopg2.OperationalError:
                continue  # it was killed


def come_to_rest(stage: Stage, asked: Sequence[Asked]) -> Iterator[str]:
    """Wait until running turns have ended and dead ones are recovered; report every turn that does neither."""
    _until(lambda: stage.agent.busy == 0)
    if not _until(lambda: all(_has_saved_all(app.url) for app in stage.apps)):
        yield "what waits for the database waits for ever"
    if not _until(lambda: stage.rows(RUNNING) == [(0,)], seconds=3):
        stage.forget_heartbeats()
        _until(lambda: not _still_running_when_looked_at(stage))
    if not _until(lambda: stage.rows(RUNNING) == [(0,)]):
        yield f"{stage.rows(RUNNING)[0][0]} turns run for ever"
    if not _until(lambda: stage.rows(LOGGED) == [(0,)]):
        yield f"{stage.rows(LOGGED)[0][0]} rows stay in chat.turn_log"


def _has_saved_all(url: str) -> bool:
    """Whether the outbox is empty: the database may be back before the last refused write is retried."""
    health = httpx.get(f"{url}/api/health/lakebase", timeout=60).json()
    return bool(health["mode"] == "saved" and health["reason"] is None)


def _still_running_when_looked_at(stage: Stage) -> bool:
    """Open the chats as their users, at one process and again a second later; tell whether turns still run."""
    left = stage.rows("SELECT chat_id::text, user_id FROM chat.turns WHERE status = 'running'")
    for chat_id, user in left:
        with _api(stage, user) as http:
            http.get(f"{stage.apps[0].url}/api/messages/{chat_id}")
    sleep(1 if left else 0)
    return bool(left)


def complaints(stage: Stage, asked: Sequence[Asked]) -> Iterator[str]:
    """One sentence for each check that failed."""
    questions = {row[0]: row[1:] for row in stage.rows(f"{QUESTIONS} WHERE role = 'user' GROUP BY id")}
    answers, unseen = defaultdict(list), started_during_outage(stage)
    for question_id, *answer in stage.rows(ANSWERS):
        answers[question_id].append(answer)
    for each in asked:
        kept = questions.get(str(each.question_id))
        for complaint in _of_question(each, kept, answers[str(each.question_id)], stage, unseen):
            yield f"{each.question_id} ({each.habit.value}): {complaint}"
    yield from _overlaps(stage.agent.sent, unseen)
    yield from _of_others(stage, asked)


def started_during_outage(stage: Stage) -> set[str]:
    """The questions that were begun without the database, where no other process could know of them."""
    return set(WAITS.findall(stage.said))


def _of_question(each: Asked, kept: Any, answers: list[Any], stage: Stage, unseen: set[str]) -> Iterator[str]:
    yield from each.complaints
    sent = stage.agent.answers_to(each.question_id)
    if each.acknowledged and kept != (1, each.user, str(each.chat_id), each.text, "user"):
        yield f"acknowledged, but kept as {kept}"
    if each.refused and kept:
        yield "refused, but kept"
    if len(sent) > 1 and str(each.question_id) not in unseen:
        yield f"the agent was asked {len(sent)} times"
    if len(answers) != (1 if kept else 0):
        yield f"kept as {kept}, with {len(answers)} answers"
    for _, status, content, user in answers:
        said = max((one.text for one in sent), key=len, default="")
        if user != each.user:
            yield f"answered to {user}"
        if not said.startswith(content):
            yield f"answer ({status}) is {content!r}, but the agent said {said!r}"
        if status == "complete" and content != whole(each.text):
            yield f"complete, but {len(content)} of {len(whole(each.text))} characters"
        if each.ended_as == "complete" and (status, content) != ("complete", whole(each.text)):
            yield f"shown as complete, but kept as {status}"


def _overlaps(sent: Sequence[Sent], unseen: set[str]) -> Iterator[str]:
    """The agent never saw two answers to the same chat at the same time."""
    of_chat = defaultdict(list)
    for answer in sorted(sent, key=lambda answer: answer.began_at):
        of_chat[answer.chat_id].append(answer)
    for chat_id, answers in of_chat.items():
        for before, after in pairwise(answers):
            if {before.question_id, after.question_id} & unseen:
                continue
            if before.ended_at is None or before.ended_at > after.began_at + OVERLAP_SECONDS:
                yield f"chat {chat_id} was answered twice at the same time"


def _of_others(stage: Stage, asked: Sequence[Asked]) -> Iterator[str]:
    """At either process, each user sees all of their own chats and no others."""
    kept = defaultdict(set)
    for user, chat_id in stage.rows("SELECT user_id, id::text FROM chat.chats"):
        kept[user].add(chat_id)
    for user, app in ((user, app) for user in {each.user for each in asked} for app in stage.apps):
        with _api(stage, user) as http:
            listed = set(_listed(http, app.url))
            if listed != kept[user]:
                yield f"{user} is shown {listed - kept[user]} too many and {kept[user] - listed} too few"
            foreign = next((chat for other, chats in kept.items() if other != user for chat in chats), None)
            if foreign and http.get(f"{app.url}/api/messages/{foreign}").status_code != httpx.codes.NOT_FOUND:
                yield f"{user} may read {foreign}, which is somebody else's"


def _listed(http: httpx.Client, url: str) -> Iterator[str]:
    place: dict[str, str] = {}
    while True:
        page = http.get(f"{url}/api/history", params={"limit": "100", **place}).json()
        yield from (chat["id"] for chat in page["data"])
        if not page["hasMore"]:
            return
        place = {"starting_after": page["data"][-1]["id"]}


def _api(stage: Stage, user: str) -> httpx.Client:
    return httpx.Client(headers={"x-forwarded-email": user}, timeout=60)


def _until(is_so: Callable[[], bool], seconds: float = MAX_WAIT_SECONDS) -> bool:
    deadline = monotonic() + seconds
    while not is_so():
        if monotonic() > deadline:
            return False
        sleep(0.1)
    return True

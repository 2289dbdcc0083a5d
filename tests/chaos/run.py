"""Runs hundreds of turns while processes and the database are killed, then checks from outside what is left."""

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.chaos.checks import Sampler, come_to_rest, complaints, started_during_outage
from tests.chaos.client import Asked, Client
from tests.chaos.monkey import Monkey
from tests.chaos.stage import Stage, stage

USERS = tuple(f"{name}@example.com" for name in ("ann", "bob", "cleo"))
WORDS_PER_SECOND = 100.0


@dataclass(frozen=True)
class Plan:
    """`seconds` bounds the time of asking; starting and checking come on top."""

    seed: int
    turns: int
    seconds: float
    pause_seconds: float
    clients: int = 6


@dataclass
class Outcome:
    asked: list[Asked]
    deeds: Counter[str]
    statuses: Counter[str]
    unseen: int
    """Acknowledged while the process was without the database."""
    looks: int
    took_seconds: float
    complaints: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{len(self.asked)} questions, {sum(each.acknowledged for each in self.asked)} acknowledged "
            f"({self.unseen} of them without the database), {sum(each.refused for each in self.asked)} refused as "
            f"busy; answers {_counted(self.statuses)}; {_counted(self.deeds)}; "
            f"{self.looks} looks for two turns in one chat; {self.took_seconds:.0f} s; "
            f"{len(self.complaints)} complaints"
        )


def run(plan: Plan) -> Outcome:
    """Print the seed, then run. Call it on a thread that lives to the end."""
    sys.stdout.write(f"SEED={plan.seed}\n")
    sys.stdout.flush()
    began = time.monotonic()
    with stage(words_per_second=WORDS_PER_SECOND) as running:
        return _run(plan, running, began)


def _run(plan: Plan, running: Stage, began: float) -> Outcome:
    monkey = Monkey(running, f"{plan.seed} monkey")
    urls = [app.url for app in running.apps]
    clients = [Client(urls, USERS, f"{plan.seed} {number}") for number in range(plan.clients)]
    until = time.monotonic() + plan.seconds
    with Sampler(running) as sampler:
        with ThreadPoolExecutor(plan.clients) as pool:
            share = -(-plan.turns // plan.clients)
            working = [pool.submit(client.work, share, until) for client in clients]
            monkey.cause_failures(
                until=until,
                pause_seconds=plan.pause_seconds,
                is_over=lambda: all(work.done() for work in working),
            )
            for work in working:
                work.result()
        asked = [each for client in clients for each in client.asked]
        found = list(come_to_rest(running, asked))
    found += [f"chat {chat_id} had two running turns" for chat_id in sampler.found]
    found += complaints(running, asked)
    statuses = Counter(dict(running.rows("SELECT status, count(*) FROM chat.turns GROUP BY status")))
    unseen = len(started_during_outage(running) & {str(each.question_id) for each in asked if each.acknowledged})
    return Outcome(asked, monkey.done, statuses, unseen, sampler.looks, time.monotonic() - began, found)


def _counted(what: Counter[str]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(what.items()))

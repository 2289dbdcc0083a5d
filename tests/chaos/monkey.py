"""What goes wrong: at random, and never so that nothing is left to come back."""

import time
from collections import Counter
from collections.abc import Callable
from random import Random

import httpx

from local.app import AppProcess
from tests.chaos.stage import Stage


class Monkey:
    """Kills, ends and starts again. On the thread that entered the stage."""

    def __init__(self, stage: Stage, seed: str) -> None:
        self.done: Counter[str] = Counter()
        self._stage = stage
        self._random = Random(seed)  # noqa: S311

    def rage(self, *, until: float, pause_seconds: float, is_over: Callable[[], bool]) -> None:
        """One thing after another, each undone before the next."""
        deeds = [self.kill_app, self.kill_postgres, self.end_app, self.kill_both]
        while time.monotonic() < until and not is_over():
            self._wait(until, pause_seconds * self._random.uniform(0.3, 1.5), is_over)
            self._heal(until, is_over)
            deed = deeds[sum(self.done.values())] if sum(self.done.values()) < 3 else self._random.choice(deeds)
            deed()
            self.done[deed.__name__] += 1

    def _heal(self, until: float, is_over: Callable[[], bool]) -> None:
        """Until each process has written what it kept while the database was away: that dies with it, as is said."""
        while time.monotonic() < until and not is_over() and not all(map(_is_saved, self._stage.apps)):
            time.sleep(0.1)

    def kill_app(self) -> None:
        app = self._random.choice(self._stage.apps)
        app.kill()
        app.start()

    def end_app(self) -> None:
        app = self._random.choice(self._stage.apps)
        app.terminate()
        app.start()

    def kill_postgres(self) -> None:
        self._stage.database_lost_at.append(time.monotonic())
        self._stage.cluster.kill()
        time.sleep(self._random.uniform(0, 0.5))
        self._stage.cluster.start()

    def kill_both(self) -> None:
        app = self._random.choice(self._stage.apps)
        app.kill()
        self._stage.database_lost_at.append(time.monotonic())
        self._stage.cluster.kill()
        self._stage.cluster.start()
        app.start()

    def _wait(self, until: float, seconds: float, is_over: Callable[[], bool]) -> None:
        deadline = min(until, time.monotonic() + seconds)
        while time.monotonic() < deadline and not is_over():
            time.sleep(0.05)


def _is_saved(app: AppProcess) -> bool:
    try:
        health = httpx.get(f"{app.url}/api/health/lakebase", timeout=5).json()
    except httpx.HTTPError:
        return False
    return health["mode"] == "saved" and not health["reason"]

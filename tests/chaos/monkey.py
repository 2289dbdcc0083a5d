"""Random failures of processes and the database; each is undone before the next."""

import time
from collections import Counter
from collections.abc import Callable
from random import Random

from tests.chaos.stage import Stage


class Monkey:
    """Kills, stops and restarts processes and the database; use it on the thread that entered the stage."""

    def __init__(self, stage: Stage, seed: str) -> None:
        self.done: Counter[str] = Counter()
        self._stage = stage
        self._random = Random(seed)  # noqa: S311

    def cause_failures(self, *, until: float, pause_seconds: float, is_over: Callable[[], bool]) -> None:
        """Cause one failure after another, each undone before the next."""
        deeds = [self.kill_app, self.outage, self.kill_postgres, self.end_app, self.kill_both]
        while time.monotonic() < until and not is_over():
            self._wait(until, pause_seconds * self._random.uniform(0.3, 1.5), is_over)
            deed = deeds[sum(self.done.values())] if sum(self.done.values()) < 3 else self._random.choice(deeds)
            deed()
            self.done[deed.__name__] += 1

    def kill_app(self) -> None:
        app = self._random.choice(self._stage.apps)
        app.kill()
        app.start()

    def end_app(self) -> None:
        app = self._random.choice(self._stage.apps)
        app.terminate()
        app.start()

    def kill_postgres(self) -> None:
        self._stage.cluster.kill()
        time.sleep(self._random.uniform(0, 0.5))
        self._stage.cluster.start()

    def kill_both(self) -> None:
        app = self._random.choice(self._stage.apps)
        app.kill()
        self._stage.cluster.kill()
        self._stage.cluster.start()
        app.start()

    def outage(self) -> None:
        """Stop the database long enough for questions to be accepted without it, then kill their process."""
        self._stage.cluster.kill()
        time.sleep(self._random.uniform(1, 3))
        self.kill_app()
        self._stage.cluster.start()

    def _wait(self, until: float, seconds: float, is_over: Callable[[], bool]) -> None:
        deadline = min(until, time.monotonic() + seconds)
        while time.monotonic() < deadline and not is_over():
            time.sleep(0.05)

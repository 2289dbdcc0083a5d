"""Purges the trash and files that nobody needs, archives or purges inactive chats, and counts ended days for the
Insights page, while the database is awake anyway.

The heartbeat calls `run` every HOUSEKEEPING_SECONDS, and so only after somebody has asked something or the app has
started. A run ends after RUN_SECONDS, so it keeps an idle database awake for a minute at most; the next one goes on.
After each batch it rests for as long as the batch took, so that it takes half of the database's time at the very most.
"""

import logging
import time
from collections.abc import Callable
from functools import partial

from lib.config import Settings
from lib.errors import DatabaseUnavailable
from lib.store.insights import DailyCounts
from lib.store.retention import Retention

log = logging.getLogger("lakechat.retention")
HOUSEKEEPING_SECONDS = 600
RUN_SECONDS = 60.0
UNASKED_FILE_HOURS = 24
"""How long a file is kept whose question has not been asked yet."""


class Housekeeping:
    """`archive_days` and `purge_days` are those of inactive chats; 0: never."""

    def __init__(
        self,
        retention: Retention,
        is_closing: Callable[[], bool],
        *,
        trash_days: int,
        archive_days: int,
        purge_days: int,
        daily_counts: DailyCounts | None = None,
    ) -> None:
        self._is_closing = is_closing
        self._jobs: dict[str, Callable[[], int]] = {
            "messages were deleted of long chats in the trash": partial(retention.shorten_trash, trash_days),
            "chats were purged from the trash": partial(retention.purge_trash, trash_days),
        }
        if purge_days:
            self._jobs["messages were deleted of long inactive chats"] = partial(retention.shorten_inactive, purge_days)
            self._jobs["chats were purged as inactive"] = partial(retention.purge_inactive, purge_days)
        if archive_days:
            self._jobs["chats were archived as inactive"] = partial(retention.archive_inactive, archive_days)
        self._jobs["attached files were purged whose question was never asked"] = partial(
            retention.purge_files, UNASKED_FILE_HOURS
        )
        self._jobs["objects were removed from the Volume"] = retention.remove_objects
        if daily_counts:
            self._jobs["days were counted for the Insights page"] = daily_counts.count_day

    @classmethod
    def of(
        cls,
        settings: Settings,
        retention: Retention,
        is_closing: Callable[[], bool],
        daily_counts: DailyCounts | None,
    ) -> "Housekeeping":
        return cls(
            retention,
            is_closing,
            trash_days=settings.trash_days,
            archive_days=settings.archive_after_days,
            purge_days=settings.purge_after_days,
            daily_counts=daily_counts,
        )

    def run(self) -> None:
        """Blocks. What fails is left to the next run."""
        ends_at = time.monotonic() + RUN_SECONDS
        for what, job in self._jobs.items():
            try:
                count = self._repeat(job, ends_at)
            except DatabaseUnavailable:
                return
            except Exception as error:
                log.error("Housekeeping failed where %s: %s", what, type(error).__name__)
                continue
            if count:
                log.info("%d %s.", count, what)

    def _repeat(self, job: Callable[[], int], ends_at: float) -> int:
        """How many chats there were."""
        total = 0
        while not self._is_closing() and (began := time.monotonic()) < ends_at:
            count = job()
            if not count:
                break
            total += count
            time.sleep(time.monotonic() - began)
        return total

"""Asks Genie how far it is, until it is done."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator

from lib.agent.endpoints.genie.api import GenieApi, Json
from lib.agent.prompt import Notify, Pause
from lib.errors import AgentFailed
from lib.messages.genie_id import GenieId

UNANSWERED = ("FAILED", "CANCELLED")
DONE = (*UNANSWERED, "COMPLETED", "QUERY_RESULT_EXPIRED")
MOST_SECONDS = 600.0
MAX_PAUSE_SECONDS = 5.0
LONGER_EACH_TIME = 1.5
SILENT = "Genie has not answered for ten minutes. Try again, or ask for less at once."
STARTING_WAREHOUSE = "Genie's SQL warehouse is starting."


async def poll(api: GenieApi, id: GenieId, notify: Notify) -> AsyncGenerator[Json, None]:
    """The message as it is each time, the last time done. Raises AgentFailed if that takes MOST_SECONDS."""
    gives_up_at = time.monotonic() + MOST_SECONDS
    pause_seconds = api.transport.limits.first_pause_seconds
    while True:
        message = await api.get(id.path)
        yield message
        if message.get("status") in DONE:
            return
        ends_at = time.monotonic() + pause_seconds * random.uniform(0.9, 1.1)  # noqa: S311 - spreads, no secret
        if ends_at > gives_up_at:
            raise AgentFailed(SILENT, failure="timeout")
        if message.get("status") == "PENDING_WAREHOUSE":
            notify(Pause(STARTING_WAREHOUSE, "", ends_at, gives_up_at))
        await asyncio.sleep(ends_at - time.monotonic())
        pause_seconds = min(pause_seconds * LONGER_EACH_TIME, MAX_PAUSE_SECONDS)

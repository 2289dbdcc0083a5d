"""As whom an agent is asked: the person, or this app."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from lib.agent.http.refusals import NOT_GIVEN
from lib.agent.prompt import Notify
from lib.errors import AgentFailed
from lib.identity import AccessToken
from lib.workspace import Workspace

log = logging.getLogger("lakechat.agent")
T = TypeVar("T")
HEADERS_SECONDS = 20
"""The SDK renews a token minutes before it ends; asking it takes a thread, which the first word waits for."""
WORKSPACE_SECONDS = 6
"""The SDK's own limits cover one request of several, and no name server that is silent."""
NO_WORKSPACE = "The Databricks workspace cannot be reached, so the agent was not asked. Try again in a minute."


class Credentials:
    """`mode` as AGENT_AUTH has it: `user`, `app`, or `auto` (the person where the platform sends a token)."""

    def __init__(self, mode: str, workspace: Workspace) -> None:
        self.mode = mode
        self.workspace = workspace
        self._host: str | None = None
        self._headers: dict[str, str] = {}
        self._headers_until = 0.0
        self._asking = asyncio.Lock()

    def user_token(self, token: AccessToken | None) -> str | None:
        """None: the app asks. Raises AgentFailed where only the person may ask, and sent no token.

        A token that was given is the one to ask with, also when it is old by now: whether it still counts is not ours
        to say, and the app's own rights are no stand-in for those of a person.
        """
        if self.mode == "app":
            return None
        if token:
            return token.value
        if self.mode == "user":
            raise AgentFailed(NOT_GIVEN)
        return None

    async def host(self) -> str:
        """Raises AgentFailed."""
        if self._host is None:
            self._host = await self._off_loop(lambda: self.workspace.host)
        return self._host

    async def app_headers(self) -> dict[str, str]:
        """Raises AgentFailed."""
        if time.monotonic() > self._headers_until:
            self._headers = await self._off_loop(self.workspace.headers)
            self._headers_until = time.monotonic() + HEADERS_SECONDS
        return self._headers

    async def _off_loop(self, call: Callable[[], T]) -> T:
        """The SDK blocks, and its errors may quote what it sent."""
        try:
            # One thread at a time hangs in it, since others need theirs for the database.
            async with asyncio.timeout(WORKSPACE_SECONDS), self._asking:
                return await asyncio.to_thread(call)
        except Exception as error:  # the SDK raises its own, requests' and plain ValueErrors
            log.warning("The workspace cannot be used (%s).", type(error).__name__)
            raise AgentFailed(NO_WORKSPACE) from None


def notify_of_scopes(scopes: tuple[str, ...], notify: Notify) -> None:
    """An agent that wants to act for the person is asked as the app."""
    named = f" (scopes: {', '.join(scopes)})" if scopes else ""
    notify(f"This agent acts on behalf of its user, but the app was not given your sign-in{named}: it asks as itself.")

"""The credentials for a request to an agent: the person's token, or those of this app."""

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
"""How long the app's headers are kept. Asking the SDK takes a thread and delays the first word; the SDK renews a token
minutes before it expires."""
WORKSPACE_SECONDS = 6
"""The SDK's own time limits hold for one request of several, and not for name resolution."""
NO_WORKSPACE = "The Databricks workspace cannot be reached, so the agent was not asked. Try again in a minute."


class Credentials:
    """`mode` is AGENT_AUTH: `user`, `app`, or `auto` (the person if the platform sends a token)."""

    def __init__(self, mode: str, workspace: Workspace) -> None:
        self.mode = mode
        self.workspace = workspace
        self._host: str | None = None
        self._headers: dict[str, str] = {}
        self._headers_until = 0.0
        self._asking = asyncio.Lock()

    def user_token(self, token: AccessToken | None) -> str | None:
        """None: ask as the app. Raises AgentFailed if only the person may ask and there is no token.

        A token is used even if it may have expired: only the server knows, and the app's own rights never replace a
        person's.
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
            # At most one thread may hang in the SDK: the others are needed for the database. The time limit comes
            # first, so that it also covers waiting for the lock.
            async with asyncio.timeout(WORKSPACE_SECONDS), self._asking:
                return await asyncio.to_thread(call)
        except Exception as error:  # the SDK raises its own errors, those of requests, and ValueError
            log.warning("The workspace cannot be used (%s).", type(error).__name__)
            raise AgentFailed(NO_WORKSPACE) from None


def notify_of_scopes(scopes: tuple[str, ...], notify: Notify) -> None:
    """Say that an agent that acts for its user is asked as the app."""
    named = f" (scopes: {', '.join(scopes)})" if scopes else ""
    notify(f"This agent acts on behalf of its user, but the app was not given your sign-in{named}: it asks as itself.")

"""The credentials for a request to an agent: the user's token, or those of the app."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from lib.agent.http.refusals import USER_SIGN_IN_MISSING
from lib.agent.prompt import Notify
from lib.errors import AgentFailed
from lib.identity import AccessToken
from lib.workspace import Workspace

log = logging.getLogger("lakechat.agent")
T = TypeVar("T")
HEADERS_CACHE_SECONDS = 20
"""Asking the SDK for the headers takes a thread and delays the first word. Cached headers are always valid, because the
SDK renews a token minutes before it expires."""
WORKSPACE_SECONDS = 6
"""The SDK's own time limit is for one of several HTTP requests, and does not include name resolution."""
NO_WORKSPACE = "The Databricks workspace cannot be reached, so the question was not sent. Try again in a minute."


class Credentials:
    """`mode` is AGENT_AUTH: `user`, `app`, or `auto` (the user if the platform sends their token)."""

    def __init__(self, mode: str, workspace: Workspace) -> None:
        self.mode = mode
        self.workspace = workspace
        self._host: str | None = None
        self._headers: dict[str, str] = {}
        self._headers_until = 0.0
        self._sdk_lock = asyncio.Lock()

    def user_token(self, token: AccessToken | None) -> str | None:
        """The token to send; None to ask as the app. Raises AgentFailed if AGENT_AUTH is `user` and there is no token.

        An expired token is sent too: only the server can tell, and the app's rights must never replace the user's.
        """
        if self.mode == "app":
            return None
        if token:
            return token.value
        if self.mode == "user":
            raise AgentFailed(USER_SIGN_IN_MISSING, failure="unauthorized")
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
            self._headers_until = time.monotonic() + HEADERS_CACHE_SECONDS
        return self._headers

    async def _off_loop(self, call: Callable[[], T]) -> T:
        """Run a blocking call of the SDK in a thread. Its errors are dropped because they may quote what it sent."""
        try:
            # The lock lets at most one thread hang in the SDK, because the database needs the others. The time limit
            # is entered first, so that it also covers waiting for the lock.
            async with asyncio.timeout(WORKSPACE_SECONDS), self._sdk_lock:
                return await asyncio.to_thread(call)
        except Exception as error:  # the SDK raises its own errors, those of requests, and ValueError
            log.warning("The workspace cannot be used (%s).", type(error).__name__)
            raise AgentFailed(NO_WORKSPACE, failure="unreachable") from None


def notify_of_scopes(scopes: tuple[str, ...], notify: Notify) -> None:
    """Tell the user that an agent that should act for them gets the app's rights."""
    named = f" (scopes: {', '.join(scopes)})" if scopes else ""
    notify(
        f"This agent acts on behalf of its user, but the app did not receive your sign-in{named}. "
        "The question is sent with the app's permissions."
    )

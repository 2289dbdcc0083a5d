"""An agent on a model serving endpoint.

Discovery asks the workspace for the endpoint's task, which decides the format of the request. The result is cached for
DISCOVERY_SECONDS. If discovery fails, the result is a guess, which is cached for GUESS_SECONDS and never replaces a
real one. A 404 from the endpoint ends the cached result at once. If an endpoint of unknown task refuses Responses and
asks for chat completions, all further requests to such an endpoint use chat completions.
"""

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import Any

from lib.agent.endpoints.agent import NeverResumed
from lib.agent.endpoints.credentials import NO_WORKSPACE, Credentials, notify_of_scopes
from lib.agent.formats.registry import CHAT, RESPONSES, request_format_of
from lib.agent.formats.request import Dialect, request_body
from lib.agent.formats.shared.values import dict_or_empty
from lib.agent.http import retry
from lib.agent.http.refusals import SENTENCES, Refused
from lib.agent.http.transport import RETURN_TRACE, AgentRequest, Transport
from lib.agent.prompt import Notify, Prompt
from lib.errors import AgentFailed
from lib.identity import AccessToken, AskedAs
from lib.labels import clean_label
from lib.profiles import Profile, profile_of_tags

DISCOVERY_SECONDS = 300
GUESS_SECONDS = 15
MAX_SCOPES, MAX_SCOPE_CHARS = 20, 100

CHAT_MODEL = Dialect(CHAT)
# By the `task` of an endpoint.
TASKS = {
    "llm/v1/chat": CHAT_MODEL,
    "agent/v1/chat": Dialect(CHAT, gives_trace=True, is_text_only=True),
    "agent/v2/chat": Dialect(CHAT, takes_context=True, gives_trace=True, is_text_only=True),
    "agent/v1/responses": Dialect(RESPONSES, takes_context=True, gives_trace=True),
    "agent/v2/responses": Dialect(RESPONSES, takes_context=True, gives_trace=True),
}
UNKNOWN_TASK = Dialect(RESPONSES, gives_trace=True)
"""For an endpoint of any other task: new agents speak Responses."""


@dataclass(frozen=True)
class Endpoint:
    """`user_scopes` is None for an endpoint that does not act on behalf of its user."""

    dialect: Dialect
    user_scopes: tuple[str, ...] | None = None
    is_guess: bool = False
    profile: Profile = field(default_factory=Profile)


class ServingAgent(NeverResumed):
    uses_workspace = True

    def __init__(self, name: str, credentials: Credentials) -> None:
        self.name = name
        self._credentials = credentials
        self._endpoint: Endpoint | None = None
        self._endpoint_until = 0.0
        self._default_dialect = UNKNOWN_TASK
        self._discovery_lock = asyncio.Lock()

    @property
    def profile(self) -> Profile:
        return self._endpoint.profile if self._endpoint else Profile()

    @property
    def user_scopes(self) -> tuple[str, ...]:
        return (self._endpoint.user_scopes if self._endpoint else None) or ()

    async def look_up(self, transport: Transport) -> None:
        """Takes no lock: while the workspace is silent, no question waits for this."""
        found = await self._discover(await self._credentials.host(), transport)
        if self._endpoint is None and not found.is_guess:
            self._keep(found)

    def messages(self, prompt: Prompt, transport: Transport, notify: Notify) -> retry.Stream:
        return retry.messages(self, prompt, transport, notify)

    async def request(self, prompt: Prompt, transport: Transport, notify: Notify) -> AgentRequest:
        token = self._credentials.user_token(prompt.access_token)
        host = await self._credentials.host()
        endpoint = await self._cached_endpoint(host, transport)
        if token is None and prompt.user.authenticated and endpoint.user_scopes is not None:
            notify_of_scopes(endpoint.user_scopes, notify)
        authorization = {"Authorization": f"Bearer {token}"} if token else await self._credentials.app_headers()
        headers = {**authorization, **RETURN_TRACE}
        body = request_body(prompt, endpoint.dialect, notify)
        asked_as = self.asked_as(prompt.access_token)
        return AgentRequest(f"{host}/serving-endpoints/{self.name}/invocations", body, headers, asked_as, asked_as)

    def asked_as(self, token: AccessToken | None) -> AskedAs:
        return "user" if self._credentials.user_token(token) else "app"

    def refuses_files(self, content_type: str) -> bool:
        endpoint = self._endpoint
        return endpoint is not None and not endpoint.is_guess and not endpoint.dialect.takes(content_type)

    def adapt(self, request: AgentRequest, refusal: Refused) -> bool:
        endpoint = self._endpoint
        if refusal.status == 404:
            # The endpoint was removed or is still loading; the workspace knows which.
            self._endpoint_until = 0.0
            return endpoint is not None and not endpoint.is_guess
        if endpoint is None or refusal.wanted_format is not CHAT or request_format_of(request.body) is CHAT:
            return False
        if endpoint.dialect == UNKNOWN_TASK:
            self._default_dialect, endpoint = CHAT_MODEL, replace(endpoint, dialect=CHAT_MODEL)
            self._endpoint = endpoint
        return endpoint.dialect.format is CHAT

    async def _cached_endpoint(self, host: str, transport: Transport) -> Endpoint:
        """The lock makes simultaneous requests share one discovery."""
        async with self._discovery_lock:
            if self._endpoint and time.monotonic() <= self._endpoint_until:
                return self._endpoint
            return self._keep(await self._discover(host, transport))

    def _keep(self, found: Endpoint) -> Endpoint:
        self._endpoint = self._endpoint if found.is_guess and self._endpoint else found
        self._endpoint_until = time.monotonic() + (GUESS_SECONDS if found.is_guess else DISCOVERY_SECONDS)
        return self._endpoint

    async def _discover(self, host: str, transport: Transport) -> Endpoint:
        """Raises AgentFailed if there is no such endpoint, or if the workspace cannot be reached."""
        headers = await self._credentials.app_headers()
        try:
            status, data = await transport.look_up(f"{host}/api/2.0/serving-endpoints/{self.name}", headers)
        except AgentFailed as error:
            raise AgentFailed(NO_WORKSPACE, failure="unreachable") from error
        if status == 404:
            raise AgentFailed(SENTENCES[404], failure="not_found")
        if status != 200 or not isinstance(data, dict):
            return Endpoint(self._default_dialect, is_guess=True)
        return Endpoint(
            TASKS.get(str(data.get("task")), self._default_dialect),
            needed_scopes(data),
            profile=profile_of_tags(data.get("tags"), clean_label(str(data.get("description") or ""))),
        )


def needed_scopes(data: dict[str, Any]) -> tuple[str, ...] | None:
    """What the token of a user needs, as the endpoint says; None if it does not act on behalf of its user."""
    policy = dict_or_empty(dict_or_empty(data.get("auth_policy")).get("user_auth_policy")).get("api_scopes")
    if isinstance(policy, list) and policy:
        return tuple(filter(None, (clean_label(str(scope))[:MAX_SCOPE_CHARS] for scope in policy[:MAX_SCOPES])))
    # A multi-agent supervisor always acts for its user.
    is_supervisor = dict_or_empty(data.get("tile_endpoint_metadata")).get("problem_type") == "MULTI_AGENT_SUPERVISOR"
    return () if is_supervisor else None

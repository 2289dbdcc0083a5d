"""The agents that this app is set up with: serving endpoints by name, or one by its address."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from lib.agent.ask import TASKS, Ask, Format, body
from lib.agent.decoder import DONE, Decoder
from lib.agent.events import AgentError, Chunk
from lib.agent.transport import Post, Transport
from lib.config import Settings
from lib.errors import AgentFailed
from lib.workspace import Workspace

DISCOVERY_SECONDS = 300
APPS_DOMAIN = ".databricksapps.com"
NO_WORKSPACE = "The Databricks workspace cannot be reached, so the agent was not asked."


class Agent(Protocol):
    name: str

    async def post(self, ask: Ask) -> Post:
        """The request that asks it. May wait for the workspace. Raises AgentFailed."""


class Agents:
    """The configured agents, the default first."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        found: list[Agent] = [ServingAgent(name, workspace) for name in settings.agents]
        if settings.agent_url:
            found = [UrlAgent(settings.agent_url, settings.agent_api_key, settings.agent_model, workspace)]
        self._agents = {agent.name: agent for agent in found}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._agents)

    def get(self, name: str | None) -> Agent:
        """The agent of that name; the default when there is none by that name any more."""
        return self._agents.get(name or "") or next(iter(self._agents.values()))


async def answer(agent: Agent, ask: Ask, transport: Transport) -> AsyncIterator[Chunk]:
    """What the agent says, as it comes. Raises AgentFailed, also for a failure that it reports in its stream."""
    decoder = Decoder()
    async for raw in transport.messages(await agent.post(ask)):
        if raw == DONE:
            break
        chunk = decoder.feed(raw)
        yield chunk
        _raise_reported(chunk)
    if rest := decoder.end():
        yield Chunk("", rest)


def _raise_reported(chunk: Chunk) -> None:
    for event in chunk.events:
        if isinstance(event, AgentError):
            raise AgentFailed(f"The agent reported an error: {event.message}" if event.message else None)


@dataclass(frozen=True)
class _Endpoint:
    form: Format
    takes_context: bool


class ServingAgent:
    """A model serving endpoint; what it speaks is asked of the workspace once in a while."""

    def __init__(self, name: str, workspace: Workspace) -> None:
        self.name = name
        self._workspace = workspace
        self._known: _Endpoint | None = None
        self._known_until = 0.0

    async def post(self, ask: Ask) -> Post:
        try:
            endpoint, host, headers = await asyncio.to_thread(self._prepare)
        except Exception as error:  # the SDK raises its own, requests' and plain ValueErrors
            raise AgentFailed(NO_WORKSPACE) from error
        wants_trace = endpoint.form != "completions"
        found = body(ask, endpoint.form, takes_context=endpoint.takes_context, wants_trace=wants_trace, model=None)
        return Post(f"{host}/serving-endpoints/{self.name}/invocations", found, headers)

    def _prepare(self) -> tuple[_Endpoint, str, dict[str, str]]:
        return self._endpoint(), self._workspace.host, self._workspace.headers()

    def _endpoint(self) -> _Endpoint:
        if self._known is None or time.monotonic() > self._known_until:
            self._known = self._discovered()
            self._known_until = time.monotonic() + DISCOVERY_SECONDS
        return self._known

    def _discovered(self) -> _Endpoint:
        # The raw answer: the SDK's typed one drops fields that matter here.
        found = self._workspace.client.api_client.do("GET", f"/api/2.0/serving-endpoints/{self.name}")
        task = str(found.get("task") or "") if isinstance(found, dict) else ""
        form = TASKS.get(task, "responses")
        return _Endpoint(form, takes_context=task in ("agent/v2/chat", "agent/v1/responses", "agent/v2/responses"))


class UrlAgent:
    """An agent by its full address: on Databricks Apps, or any OpenAI-compatible server."""

    def __init__(self, url: str, api_key: str | None, model: str | None, workspace: Workspace) -> None:
        self.name = model or urlsplit(url).hostname or url
        self._url = url
        self._api_key = api_key
        self._model = model
        self._workspace = workspace

    async def post(self, ask: Ask) -> Post:
        form: Format = "completions" if self._url.rstrip("/").endswith("/completions") else "responses"
        headers = await self._headers(ask)
        found = body(ask, form, takes_context=False, wants_trace=False, model=self._model)
        return Post(self._url, found, headers)

    async def _headers(self, ask: Ask) -> dict[str, str]:
        if self._api_key:
            return {"Authorization": f"Bearer {self._api_key}"}
        if not (urlsplit(self._url).hostname or "").endswith(APPS_DOMAIN):
            return {}
        try:
            workspace = await asyncio.to_thread(self._workspace.headers)
        except Exception as error:  # as above
            raise AgentFailed(NO_WORKSPACE) from error
        return {**workspace, "x-mlflow-return-trace-id": "true", "x-app-user-email": ask.user.email or ask.user.id}

"""The agents that are configured."""

import asyncio
from typing import Protocol

from lib.agent.endpoints.credentials import Credentials
from lib.agent.endpoints.serving import ServingAgent
from lib.agent.endpoints.url import APPS_DOMAINS, UrlAgent, host_kind
from lib.agent.formats.registry import REQUEST_FORMATS
from lib.agent.http.refusals import Refused
from lib.agent.http.transport import AgentRequest, Transport
from lib.agent.prompt import Notify, Prompt
from lib.config import Settings
from lib.errors import AgentFailed
from lib.identity import AccessToken, AskedAs
from lib.workspace import Workspace


class Agent(Protocol):
    """One agent, however it is reached."""

    name: str
    uses_workspace: bool
    """Whether a request may need the workspace, for its credentials or for its address."""

    @property
    def description(self) -> str:
        """What the agent knows and can do, in its owner's words on one line; empty if there are none, or none yet."""

    async def look_up(self, transport: Transport) -> None:
        """Ask for the description, if there is a place that has it. Raises AgentFailed."""

    async def request(self, prompt: Prompt, transport: Transport, notify: Notify) -> AgentRequest:
        """The request for this prompt. Raises AgentFailed."""

    def asked_as(self, token: AccessToken | None) -> AskedAs:
        """Whose rights a request has. No response changes this. Raises AgentFailed if a token is required."""

    def refuses_files(self, content_type: str) -> bool:
        """Whether it is known to have no form for images, or PDF files, of this type. Texts are always taken."""

    def adapt(self, request: AgentRequest, refusal: Refused) -> bool:
        """Change what the next request is like, according to the refusal. Returns whether it could succeed."""


class Agents:
    """The configured agents, the default first."""

    def __init__(self, settings: Settings, workspace: Workspace, apps_domains: tuple[str, ...] = APPS_DOMAINS) -> None:
        credentials = Credentials(settings.agent_auth, workspace)
        agents: list[Agent] = [ServingAgent(name, credentials) for name in settings.agents]
        if settings.agent_url:
            agents = [_url_agent(settings, settings.agent_url, credentials, apps_domains)]
        self._agents = {agent.name: agent for agent in agents}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._agents)

    @property
    def use_workspace(self) -> bool:
        return any(agent.uses_workspace for agent in self._agents.values())

    def get(self, name: str | None) -> Agent:
        """The agent of that name, or the default agent if no such name is configured (any more)."""
        return self._agents.get(name or "") or next(iter(self._agents.values()))

    async def look_up(self, transport: Transport) -> None:
        """Ask for all descriptions. One that cannot be had now may come with a later request."""
        await asyncio.gather(*(agent.look_up(transport) for agent in self._agents.values()), return_exceptions=True)

    def asked_as(self, token: AccessToken | None) -> AskedAs | None:
        """Whose rights requests with this token have, the same for all agents; None if a token is required."""
        try:
            return self.get(None).asked_as(token)
        except AgentFailed:
            return None


def _url_agent(settings: Settings, url: str, credentials: Credentials, apps_domains: tuple[str, ...]) -> UrlAgent:
    return UrlAgent(
        url,
        host_kind(url, apps_domains),
        credentials,
        api_key=settings.agent_api_key,
        model=settings.agent_model,
        request_format=REQUEST_FORMATS.get(settings.agent_format),
    )

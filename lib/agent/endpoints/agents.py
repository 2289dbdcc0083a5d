"""The agents that are configured."""

import asyncio

from lib.agent.endpoints.access_tokens import AccessTokens
from lib.agent.endpoints.agent import Agent
from lib.agent.endpoints.credentials import Credentials
from lib.agent.endpoints.faces import faces_of
from lib.agent.endpoints.genie.agent import GenieAgent
from lib.agent.endpoints.scopes import missing_scopes
from lib.agent.endpoints.serving import ServingAgent
from lib.agent.endpoints.url import APPS_DOMAINS, UrlAgent, host_kind
from lib.agent.formats.registry import REQUEST_FORMATS
from lib.agent.http.transport import Transport
from lib.config import Settings
from lib.errors import AgentFailed
from lib.identity import AccessToken, AskedAs
from lib.labels import clean_label
from lib.profiles import AgentFace
from lib.workspace import Workspace

RESULTS_PART = 2
"""The results of one answer of Genie get half of what an answer may have."""


class Agents:
    """The configured agents, the default first."""

    def __init__(self, settings: Settings, workspace: Workspace, apps_domains: tuple[str, ...] = APPS_DOMAINS) -> None:
        credentials = Credentials(settings.agent_auth, workspace)
        agents: list[Agent] = [ServingAgent(name, credentials) for name in settings.agents]
        if settings.agent_url:
            agents = [_url_agent(settings, settings.agent_url, credentials, apps_domains)]
        most_bytes = settings.max_answer_bytes // RESULTS_PART
        agents += [GenieAgent(name, id, credentials, most_bytes) for name, id in settings.genie_spaces.items()]
        self.access_tokens = AccessTokens()
        self._agents = {agent.name: agent for agent in agents}
        self._settings = settings

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._agents)

    @property
    def use_workspace(self) -> bool:
        return any(agent.uses_workspace for agent in self._agents.values())

    def get(self, name: str | None) -> Agent:
        """The agent of that name, or the default agent if no such name is configured (any more)."""
        return self._agents.get(name or "") or next(iter(self._agents.values()))

    @property
    def faces(self) -> list[AgentFace]:
        """As people see them, the default first."""
        return list(faces_of(list(self._agents.values()), self._settings).values())

    def face(self, name: str) -> AgentFace:
        """Also of an agent that is not configured any more: it goes by its id."""
        faces = faces_of(list(self._agents.values()), self._settings)
        return faces.get(name) or AgentFace(name, clean_label(name) or name, is_offered=False)

    def display_name(self, name: str) -> str:
        return self.face(name).name

    async def look_up(self, transport: Transport) -> None:
        """Ask for all profiles. One that cannot be had now may come with a later request."""
        await asyncio.gather(*(agent.look_up(transport) for agent in self._agents.values()), return_exceptions=True)

    def asked_as(self, token: AccessToken | None) -> AskedAs | None:
        """Whose rights requests with this token have, the same for all agents; None if a token is required."""
        try:
            return self.get(None).asked_as(token)
        except AgentFailed:
            return None

    def missing_scopes(self, name: str | None, token: AccessToken | None) -> tuple[str, ...]:
        """What this agent needs and the token, with which it is asked, is known not to have."""
        if token is None or self.asked_as(token) != "user":
            return ()
        return missing_scopes(self.get(name).user_scopes, token.scopes)


def _url_agent(settings: Settings, url: str, credentials: Credentials, apps_domains: tuple[str, ...]) -> UrlAgent:
    return UrlAgent(
        url,
        host_kind(url, apps_domains),
        credentials,
        api_key=settings.agent_api_key,
        model=settings.agent_model,
        request_format=REQUEST_FORMATS.get(settings.agent_format),
        background=settings.agent_background,
    )

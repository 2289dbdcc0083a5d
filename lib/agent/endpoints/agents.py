"""The agents that this app is set up with, and the answer of one of them."""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from lib.agent import retry
from lib.agent.endpoints.agent import Agent
from lib.agent.endpoints.credentials import Signin
from lib.agent.endpoints.serving import ServingAgent
from lib.agent.endpoints.url import APPS_DOMAINS, UrlAgent, place_of
from lib.agent.events import AgentError, Chunk, Event
from lib.agent.formats.decoder import Decoder
from lib.agent.formats.request import FORMATS, Notice
from lib.agent.formats.shared.sign_in import login_needed
from lib.agent.http.refusals import Refused
from lib.agent.http.server_error import ServerError, read
from lib.agent.http.transport import CUT, SILENT, Transport
from lib.agent.question import Ask
from lib.config import Settings
from lib.errors import AgentFailed
from lib.identity import AccessToken, AskedAs
from lib.workspace import Workspace

UNKNOWN_FORM = "The agent answered in a form this app does not know. Tell the app's administrator, please."

log = logging.getLogger("lakechat.agent")


class Agents:
    """The configured agents, the default first."""

    def __init__(self, settings: Settings, workspace: Workspace, apps_domains: tuple[str, ...] = APPS_DOMAINS) -> None:
        signin = Signin(settings.agent_auth, workspace)
        found: list[Agent] = [ServingAgent(name, signin) for name in settings.agents]
        if settings.agent_url:
            found = [_by_address(settings, settings.agent_url, signin, apps_domains)]
        self._agents = {agent.name: agent for agent in found}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._agents)

    @property
    def use_workspace(self) -> bool:
        return any(agent.uses_workspace for agent in self._agents.values())

    def get(self, name: str | None) -> Agent:
        """The agent of that name; the default when there is none by that name any more."""
        return self._agents.get(name or "") or next(iter(self._agents.values()))

    def asked_as(self, token: AccessToken | None) -> AskedAs | None:
        """With whose rights a person with this token asks, the same for all of them; None where they may ask none."""
        try:
            return self.get(None).asked_as(token)
        except AgentFailed:
            return None


def _by_address(settings: Settings, url: str, signin: Signin, apps_domains: tuple[str, ...]) -> UrlAgent:
    return UrlAgent(
        url,
        place_of(url, apps_domains),
        signin,
        api_key=settings.agent_api_key,
        model=settings.agent_model,
        form=FORMATS.get(settings.agent_format),
    )


def _unheard(sentence: str) -> None:
    """For callers to whom waiting need not be told."""


async def answer(
    agent: Agent, ask: Ask, transport: Transport, notice: Notice = _unheard
) -> AsyncGenerator[Chunk, None]:
    """What the agent says, as it comes. Raises AgentFailed, also for a failure that it reports in its stream.

    `notice` is called with one sentence for the person who waits, such as that the agent is waking up; it is no part
    of the answer.
    """
    decoder, ignored, heard_at = Decoder(), 0, time.monotonic()
    try:
        async with aclosing(retry.messages(agent, ask, transport, notice)) as messages:
            async for raw in messages:
                chunk = decoder.feed(raw)
                # Pings come as messages too; one that is not understood is no sign of life.
                if decoder.ignored == ignored:
                    heard_at = time.monotonic()
                elif time.monotonic() - heard_at > transport.limits.kept_alive_seconds:
                    raise AgentFailed(SILENT)
                ignored = decoder.ignored
                # What says nothing, such as the end's own message, takes no number among those that do.
                if chunk.raw or chunk.events:
                    yield chunk
                _raise_reported(chunk.events)
    except AgentFailed as failure:
        if rest := (*decoder.end(), *_login(failure)):
            yield Chunk("", rest)
        raise
    if decoder.ignored:
        log.info("ignored=%d messages of an answer, which were not understood.", decoder.ignored)
    outcome = decoder.outcome
    if rest := decoder.end(is_whole=outcome == "complete"):
        yield Chunk("", rest)
        _raise_reported(rest)
    if outcome == "cut":
        raise AgentFailed(CUT)
    if outcome == "unknown":
        raise AgentFailed(UNKNOWN_FORM)


def _raise_reported(events: tuple[Event, ...]) -> None:
    for event in events:
        if isinstance(event, AgentError):
            raise AgentFailed(event.message if event.is_cut_short else _reported(read(event.message)))


def _reported(error: ServerError) -> str | None:
    """What a person reads of an error within an answer; None: what is said of any failure."""
    if error.is_too_long or not error.sentence:
        return error.told("The agent reported an error.") if error.is_too_long else None
    return f"The agent reported an error: {error.sentence}"


def _login(failure: AgentFailed) -> tuple[Event, ...]:
    """A refusal may be for want of a sign-in elsewhere."""
    found = login_needed(failure.detail) if isinstance(failure, Refused) else None
    return (found,) if found else ()

"""The answer of an agent to one prompt: sent, decoded, and judged by how it ends.

A stream may end in four ways that look alike on the wire. Only the decoder knows whether the answer is complete, was
cut off, could not be read, or was empty. The answer may also report an error itself. In each case the caller first gets
what the decoder still holds back, and then the failure is raised, so that everything that came is kept.
"""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from lib.agent import retry
from lib.agent.endpoints.agents import Agent
from lib.agent.events import AgentError, Chunk, Event
from lib.agent.formats.decoder import Decoder
from lib.agent.formats.shared.failures import login_needed
from lib.agent.http.refusals import Refused
from lib.agent.http.server_error import ServerError, read
from lib.agent.http.transport import CUT, SILENT, Transport
from lib.agent.prompt import Notify, Prompt
from lib.errors import AgentFailed

UNKNOWN_FORM = "The agent answered in a form this app does not know. Tell the app's administrator, please."

log = logging.getLogger("lakechat.agent")


def _ignore_notice(sentence: str) -> None:
    """For callers that have nobody to notify."""


async def answer(
    agent: Agent, prompt: Prompt, transport: Transport, notify: Notify = _ignore_notice
) -> AsyncGenerator[Chunk, None]:
    """What the agent says, as it comes. Raises AgentFailed, also for a failure that it reports in its stream."""
    decoder, ignored, heard_at = Decoder(), 0, time.monotonic()
    try:
        async with aclosing(retry.messages(agent, prompt, transport, notify)) as messages:
            async for raw in messages:
                chunk = decoder.feed(raw)
                # Some servers send pings as messages and never stop, even when the agent has died. So a message that is
                # not understood is no sign of life.
                if decoder.ignored == ignored:
                    heard_at = time.monotonic()
                elif time.monotonic() - heard_at > transport.limits.kept_alive_seconds:
                    raise AgentFailed(SILENT)
                ignored = decoder.ignored
                # Chunks are numbered for clients that resume; an empty one, such as [DONE], takes no number.
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
    """The sentence for a person about an error within an answer. None: use the sentence for any failure."""
    if error.is_too_long or not error.sentence:
        return error.sentence_after("The agent reported an error.") if error.is_too_long else None
    return f"The agent reported an error: {error.sentence}"


def _login(failure: AgentFailed) -> tuple[Event, ...]:
    """The agent may have refused because the person is not signed in to a connection that it uses."""
    found = login_needed(failure.detail) if isinstance(failure, Refused) else None
    return (found,) if found else ()

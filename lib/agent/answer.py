"""Sends a prompt to an agent, decodes its answer, and decides how the answer ended.

A stream may end in four ways that look alike on the wire. Only the decoder knows whether the answer is complete, was
cut off, could not be read, or was empty. The answer may also report an error itself. In each case `answer` first yields
the events that the decoder still holds back and then raises the failure, so the caller can save everything received.
"""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from lib.agent.endpoints.agent import Agent
from lib.agent.events import AgentError, Chunk, Event
from lib.agent.formats.decoder import Decoder
from lib.agent.formats.shared.failures import cut_short, login_needed
from lib.agent.http.refusals import Refused
from lib.agent.http.server_error import ServerError, read
from lib.agent.http.transport import CONNECTION_LOST, TIMED_OUT, Transport
from lib.agent.prompt import Notify, Pause, Prompt
from lib.errors import AgentFailed, AgentFailure
from lib.messages.files import GivenFile

UNKNOWN_FORMAT = "The agent answered in a format that this app cannot read. Please tell the app's administrator."
_CUT_SHORT: dict[str, AgentFailure] = {cut_short("length"): "too_long", cut_short("content_filter"): "content_filter"}
"""By what the reader of an answer says about its end."""

log = logging.getLogger("lakechat.agent")


def _ignore_notice(notice: str | Pause) -> None:
    """For callers that have nobody to notify."""


@dataclass(frozen=True)
class Begun:
    """An answer to go on with: the decoder has read the messages before the bookmark."""

    bookmark: str
    decoder: Decoder


async def answer(
    agent: Agent, prompt: Prompt, transport: Transport, notify: Notify = _ignore_notice, begun: Begun | None = None
) -> AsyncGenerator[Chunk, None]:
    """The chunks of the answer as they arrive. Raises AgentFailed, also if the stream reports a failure."""
    decoder = begun.decoder if begun else Decoder()
    ignored, understood_at = decoder.ignored, time.monotonic()
    try:
        asked = (
            agent.resumed(begun.bookmark, prompt, transport, notify)
            if begun
            else agent.messages(prompt, transport, notify)
        )
        async with aclosing(asked) as messages:
            async for raw in messages:
                chunk = decoder.feed(raw)
                # Some servers send pings as messages and go on when the agent has died. So only a message that the
                # decoder understands shows that the agent is alive.
                if decoder.ignored == ignored:
                    understood_at = time.monotonic()
                elif time.monotonic() - understood_at > transport.limits.kept_alive_seconds:
                    raise AgentFailed(TIMED_OUT, failure="timeout")
                ignored = decoder.ignored
                # Clients resume by the numbers of chunks, so an empty chunk, such as that of [DONE], must not count.
                if chunk.raw or chunk.events:
                    yield chunk
                _raise_reported(chunk.events)
    except AgentFailed as failure:
        if rest := (*decoder.end(), *_login(failure)):
            yield Chunk("", rest)
        if _may_be_about_files(failure, prompt):
            raise AgentFailed(
                f"{failure} Perhaps it does not take the files that are attached: ask without them, or another agent.",
                failure=failure.failure,
            ) from failure
        raise
    if decoder.ignored:
        log.info("ignored=%d messages of an answer, which were not understood.", decoder.ignored)
    outcome = decoder.outcome
    if rest := decoder.end(is_whole=outcome == "complete"):
        yield Chunk("", rest)
        _raise_reported(rest)
    if outcome == "cut":
        raise AgentFailed(CONNECTION_LOST, failure="connection_lost")
    if outcome == "unknown":
        raise AgentFailed(UNKNOWN_FORMAT, failure="bad_answer")


def _raise_reported(events: tuple[Event, ...]) -> None:
    for event in events:
        if isinstance(event, AgentError):
            if event.is_cut_short:
                raise AgentFailed(event.message, failure=_CUT_SHORT.get(event.message, "agent_failed"))
            raise _reported(read(event.message))


def _reported(error: ServerError) -> AgentFailed:
    """An error within an answer."""
    if error.is_too_long:
        return AgentFailed(error.sentence_after("The agent reported an error."), failure="context_too_long")
    sentence = f"The agent reported an error: {error.sentence}" if error.sentence else None
    return AgentFailed(sentence, failure="rate_limited" if error.is_rate_limited else "agent_failed")


def _may_be_about_files(failure: AgentFailed, prompt: Prompt) -> bool:
    """An agent seldom says clearly that it does not take images or PDF files."""
    is_refusal = isinstance(failure, Refused) and failure.status in (400, 415, 422)
    files = (file for message in prompt.conversation for file in message.files)
    return is_refusal and any(isinstance(file, GivenFile) and file.data_url for file in files)


def _login(failure: AgentFailed) -> tuple[Event, ...]:
    """A sign-in button, if the agent refused because the user has not signed in to a connection that it uses."""
    sign_in = login_needed(failure.detail) if isinstance(failure, Refused) else None
    return (sign_in,) if sign_in else ()

"""What an agent is to the app, however it is reached."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from lib.agent.http.transport import Transport
from lib.agent.prompt import Notify, Prompt
from lib.identity import AccessToken, AskedAs
from lib.profiles import Profile


class Agent(Protocol):
    """One agent."""

    name: str
    """Its id: what is stored, and what programs send. People see its face, which `Agents` has."""
    uses_workspace: bool
    """Whether a request may need the workspace, for its credentials or for its address."""

    @property
    def profile(self) -> Profile:
        """What its owner says of it where it runs; empty if nothing, or nothing yet."""

    @property
    def user_scopes(self) -> tuple[str, ...]:
        """The scopes that a user's token must have for it; empty if there are none, or none known yet."""

    async def look_up(self, transport: Transport) -> None:
        """Ask for the profile, if there is a place that has it. Raises AgentFailed."""

    def messages(self, prompt: Prompt, transport: Transport, notify: Notify) -> AsyncGenerator[str, None]:
        """Ask, and yield the raw messages of the answer as they come, each in a format that `Decoder` reads.

        Closing it ends the request. Raises AgentFailed.
        """

    def bookmark(self, messages: Sequence[str]) -> str | None:
        """Where to go on with an answer that has brought these messages so far, for this agent alone to read.

        None if the agent writes no more of it than the connection takes.
        """

    def resumed(self, bookmark: str, prompt: Prompt, transport: Transport, notify: Notify) -> AsyncGenerator[str, None]:
        """As `messages`, for those behind the bookmark. The prompt has no conversation."""

    async def cancel(self, bookmark: str, prompt: Prompt, transport: Transport) -> None:
        """Ask the agent to write no more of an answer. Never fails: not every agent can, and nothing depends on it."""

    def asked_as(self, token: AccessToken | None) -> AskedAs:
        """Whose rights a request has. No response changes this. Raises AgentFailed if a token is required."""

    def refuses_files(self, content_type: str) -> bool:
        """Whether it is known to have no form for images, or PDF files, of this type. Texts are always taken."""


class NeverResumed:
    """The part of an agent that has a connection for each answer, and ends with it."""

    def bookmark(self, messages: Sequence[str]) -> str | None:
        return None

    def resumed(self, bookmark: str, prompt: Prompt, transport: Transport, notify: Notify) -> AsyncGenerator[str, None]:
        raise NotImplementedError  # it has no bookmarks

    async def cancel(self, bookmark: str, prompt: Prompt, transport: Transport) -> None:
        pass

"""What every kind of agent offers to whoever asks it."""

from typing import Protocol

from lib.agent.formats.request import Notice
from lib.agent.http.refusals import Refused
from lib.agent.http.transport import Post, Transport
from lib.agent.question import Ask
from lib.identity import AccessToken, AskedAs


class Agent(Protocol):
    name: str
    uses_workspace: bool
    """Whether it may need the workspace, to sign in or to be found."""

    async def post(self, ask: Ask, transport: Transport, notice: Notice) -> Post:
        """The request that asks it. Raises AgentFailed."""

    def asked_as(self, token: AccessToken | None) -> AskedAs:
        """With whose rights. Nothing that comes back changes it. Raises AgentFailed where nobody may ask."""

    def learn(self, post: Post, refusal: Refused) -> bool:
        """Whether another request made now could do better than this one, which was refused."""

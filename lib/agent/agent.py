"""What every kind of agent offers to whoever asks it."""

from typing import Protocol

from lib.agent.ask import Ask
from lib.agent.body import Notice
from lib.agent.refusals import Refused
from lib.agent.transport import Post, Transport


class Agent(Protocol):
    name: str

    async def post(self, ask: Ask, transport: Transport, notice: Notice, *, as_app: bool = False) -> Post:
        """The request that asks it. `as_app`: the person's own sign-in was refused. Raises AgentFailed."""

    def may_ask_as_app(self) -> bool:
        """Whether a person's expired sign-in may be replaced by the app's."""

    def learn(self, refusal: Refused) -> bool:
        """Whether another request made now could do better than the one that was refused."""

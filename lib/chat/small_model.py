"""A chat model beside the agent, for short texts that nobody waits for."""

import asyncio
from contextlib import aclosing

from lib.agent.formats.decoder import Decoder
from lib.agent.http.transport import AgentRequest, Transport
from lib.chat.answer import Answer
from lib.workspace import Workspace

TIMEOUT_SECONDS = 60
MOST_TOKENS = 500
"""Enough for a model that reasons first."""


class SmallModel:
    """A serving endpoint, always asked with the app's own rights."""

    def __init__(self, endpoint: str, workspace: Workspace, transport: Transport) -> None:
        self._endpoint = endpoint
        self._workspace = workspace
        self._transport = transport

    async def ask(self, instruction: str, text: str, most_tokens: int = MOST_TOKENS) -> str:
        """What it says, without its reasoning. Asks once: any failure is raised."""
        decoder, said = Decoder(), Answer()
        async with asyncio.timeout(TIMEOUT_SECONDS):
            post = await asyncio.to_thread(self._post, instruction, text, most_tokens)
            async with aclosing(self._transport.messages(post)) as messages:
                async for raw in messages:
                    for event in decoder.feed(raw).events:
                        said.take(event)
        for event in decoder.end():
            said.take(event)
        return said.content

    def _post(self, instruction: str, text: str, most_tokens: int) -> AgentRequest:
        messages = [{"role": "system", "content": instruction}, {"role": "user", "content": text}]
        url = f"{self._workspace.host}/serving-endpoints/{self._endpoint}/invocations"
        return AgentRequest(url, {"messages": messages, "max_tokens": most_tokens}, self._workspace.headers())

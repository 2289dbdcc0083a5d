"""Generates a chat's title with a model of its own, never with the agent. Until then the first question serves."""

import asyncio
import logging
from contextlib import aclosing
from uuid import UUID

from lib.agent.formats.decoder import Decoder
from lib.agent.http.transport import AgentRequest, Transport
from lib.chat.answer import Answer
from lib.chat.conversation import cleaned_title
from lib.store.store import Store
from lib.store.validation import MAX_TITLE_CHARS
from lib.workspace import Workspace

log = logging.getLogger("lakechat.titles")
QUESTION_CHARS = 2_000
MOST_WORDS = 12
"""A longer suggestion is an answer to the question and no title."""
TIMEOUT_SECONDS = 60
INSTRUCTION = (
    "Write a title of four to six words for a conversation that begins with the message below. Answer with the title "
    f"alone, in the language of the message: no quotation marks, at most {MAX_TITLE_CHARS} characters."
)


class TitleGenerator:
    """Without an endpoint it does nothing."""

    def __init__(self, endpoint: str | None, workspace: Workspace) -> None:
        self._endpoint = endpoint
        self._workspace = workspace

    async def generate(self, store: Store, chat_id: UUID, question: str, transport: Transport) -> None:
        """Ask for a title, once, and store it. A failure costs nothing but the title."""
        if self._endpoint is None:
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                title = await self._suggested(question, transport)
            if title:
                await asyncio.to_thread(store.set_generated_title, chat_id, title)
        except Exception as error:  # nobody waits for the title, so nobody is told
            log.warning("Chat %s keeps its question as title (%s).", chat_id, type(error).__name__)

    async def _suggested(self, question: str, transport: Transport) -> str | None:
        decoder, said = Decoder(), Answer()
        post = await asyncio.to_thread(self._post, question)
        async with aclosing(transport.messages(post)) as messages:
            async for raw in messages:
                for event in decoder.feed(raw).events:
                    said.take(event)
        for event in decoder.end():
            said.take(event)
        title = cleaned_title(said.content)
        return title if title and len(title.split()) <= MOST_WORDS else None

    def _post(self, question: str) -> AgentRequest:
        messages = [
            {"role": "system", "content": INSTRUCTION},
            {"role": "user", "content": question[:QUESTION_CHARS]},
        ]
        url = f"{self._workspace.host}/serving-endpoints/{self._endpoint}/invocations"
        # Enough for a model that reasons first.
        return AgentRequest(url, {"messages": messages, "max_tokens": 500}, self._workspace.headers())

"""A chat's generated title, from a model of its own and never from the agent; the first question until then."""

import asyncio
import logging
from uuid import UUID

from lib.agent.text import text_of
from lib.agent.transport import Post, Transport
from lib.chat.conversation import cleaned_title
from lib.errors import LakechatError
from lib.store.store import Store
from lib.workspace import Workspace

log = logging.getLogger("lakechat.titles")
QUESTION_CHARS = 2_000
INSTRUCTION = (
    "Write a title of four to six words for a conversation that begins with the message below. "
    "Answer with the title alone, in the language of the message: no quotation marks, at most 80 characters."
)


class Titles:
    """Does nothing without an endpoint."""

    def __init__(self, endpoint: str | None, workspace: Workspace) -> None:
        self._endpoint = endpoint
        self._workspace = workspace

    async def give(self, store: Store, chat_id: UUID, question: str, transport: Transport) -> None:
        """Ask for a title and keep it. A failure costs nothing but the title."""
        if self._endpoint is None:
            return
        try:
            data = await transport.json(await asyncio.to_thread(self._post, question))
            if title := cleaned_title(_said(data)):
                await asyncio.to_thread(store.set_generated_title, chat_id, title)
        except (LakechatError, ValueError, OSError) as error:
            log.warning("Chat %s keeps its question as title (%s).", chat_id, type(error).__name__)

    def _post(self, question: str) -> Post:
        messages = [
            {"role": "system", "content": INSTRUCTION},
            {"role": "user", "content": question[:QUESTION_CHARS]},
        ]
        url = f"{self._workspace.host}/serving-endpoints/{self._endpoint}/invocations"
        return Post(url, {"messages": messages, "max_tokens": 64}, self._workspace.headers())


def _said(data: object) -> str:
    """The text of a chat completion."""
    try:
        return text_of(data["choices"][0]["message"]["content"])  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return ""

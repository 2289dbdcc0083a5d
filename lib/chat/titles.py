"""Generates a chat's title with a model of its own, never with the agent. Until then the first question serves."""

import asyncio
import re
from uuid import UUID

from lib.chat.conversation import shortened
from lib.chat.model_text import QUOTES, lines_of
from lib.chat.small_model import SmallModel
from lib.store.store import Store
from lib.store.validation import MAX_TITLE_CHARS

QUESTION_CHARS = 2_000
MOST_WORDS = 12
"""A longer suggestion is an answer to the question and no title."""
INSTRUCTION = (
    "Write a title of four to six words for a conversation that begins with the message below. Answer with the title "
    f"alone, in the language of the message: no quotation marks, at most {MAX_TITLE_CHARS} characters."
)


async def generate_title(model: SmallModel, store: Store, chat_id: UUID, question: str) -> None:
    """Ask for a title, once, and store it."""
    title = cleaned_title(await model.ask(INSTRUCTION, question[:QUESTION_CHARS]))
    if title and len(title.split()) <= MOST_WORDS:
        await asyncio.to_thread(store.set_generated_title, chat_id, title)


def cleaned_title(suggestion: str) -> str | None:
    """A model's suggestion made fit for the sidebar, cut between words; None if nothing is left."""
    first = next(iter(lines_of(suggestion)), "")
    title = re.sub(r"^title\s*:\s*", "", first, flags=re.IGNORECASE).strip(f" .{QUOTES}")
    return shortened(title, MAX_TITLE_CHARS) or None

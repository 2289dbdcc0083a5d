"""An answer that was sent to its asker to the end is read: the sidebar does not mark it as new."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from lib.chat.turn import Turn
from lib.errors import LakechatError
from lib.store.store import Store


async def marking_read(events: AsyncIterator[bytes], turn: Turn, chats: Store) -> AsyncIterator[bytes]:
    """The events; then the chat is marked, unless its reader left before the end or is not its owner."""
    async for event in events:
        yield event
    if turn.chunks.closed:
        await mark_read(turn, chats)


async def mark_read(turn: Turn, chats: Store) -> None:
    with suppress(LakechatError):
        await asyncio.to_thread(chats.mark_read, turn.chat_id)

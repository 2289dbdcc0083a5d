"""What was deleted for good."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class DeletedChats:
    """What one batch has deleted for good: these chats with so many messages. No chats: none was left."""

    chat_ids: list[UUID]
    messages: int

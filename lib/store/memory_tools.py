"""The tools that are always allowed in a chat, in memory."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from lib.identity import User
from lib.store.allowed_tools import MAX_ALLOWED_TOOLS, AllowedTool, valid_tool
from lib.store.chat_record import ChatRecord
from lib.store.memory_chats import MemoryChats


class MemoryTools:
    """The part of `lib.store.memory.MemoryStore` for tools that are always allowed."""

    _chats: MemoryChats
    _user: User
    _own: Callable[[UUID], ChatRecord | None]

    def list_allowed_tools(self, chat_id: UUID) -> list[AllowedTool]:
        with self._chats.lock:
            record = self._chats.find(self._user.id, chat_id)
            return list(record.allowed_tools) if record else []

    def allow_tool(self, chat_id: UUID, tool: AllowedTool, is_allowed: bool) -> bool:
        valid_tool(tool)
        with self._chats.lock:
            record = self._own(chat_id)
            if record is None or (is_allowed and len(record.allowed_tools) >= MAX_ALLOWED_TOOLS):
                return False
            others = [other for other in record.allowed_tools if other != tool]
            record.allowed_tools = [*others, *([tool] if is_allowed else [])]
            record.chat = replace(record.chat, allows_tools=bool(record.allowed_tools))
            return True

"""The tools that are always allowed in a chat, in Postgres."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from lib.store.allowed_tools import MAX_ALLOWED_TOOLS, AllowedTool, valid_tool


class PostgresTools:
    """The part of `lib.store.postgres.PostgresStore` for tools that are always allowed."""

    _rows: Callable[..., list[Any]]
    _changed: Callable[..., bool]

    def list_allowed_tools(self, chat_id: UUID) -> list[AllowedTool]:
        return [AllowedTool(**row) for row in self._rows("list_allowed_tools", chat_id=chat_id)]

    def allow_tool(self, chat_id: UUID, tool: AllowedTool, is_allowed: bool) -> bool:
        about = asdict(valid_tool(tool))
        return self._changed("allow_tool", chat_id, tool=about, is_allowed=is_allowed, most=MAX_ALLOWED_TOOLS)

"""A user's standing instructions in memory."""

from lib.identity import User
from lib.store.memory_chats import MemoryChats
from lib.store.models import Chat
from lib.store.validation import valid_instructions


class MemoryInstructions:
    """The part of `lib.store.memory.MemoryStore` for standing instructions."""

    _chats: MemoryChats
    _user: User

    def read_instructions(self) -> str:
        return self.known_instructions() or ""

    def known_instructions(self) -> str | None:
        """None if they are not known."""
        with self._chats.lock:
            return self._chats.instructions.get(self._user.id)

    def save_instructions(self, instructions: str) -> str:
        instructions = valid_instructions(instructions)
        with self._chats.lock:
            self._chats.instructions.keep(self._user.id, instructions)
        return instructions

    def forget_instructions(self) -> None:
        with self._chats.lock:
            self._chats.instructions.forget(self._user.id)

    def _instructions_in(self, chat: Chat) -> str | None:
        """Those that a question in the chat is asked with, as `lib.store.models.Started` has them."""
        return self.read_instructions() if chat.uses_instructions else None

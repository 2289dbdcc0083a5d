"""Standing instructions: a text of a user's own that agents are sent with every question."""

from collections import OrderedDict
from typing import Protocol

MAX_USERS = 2_000


class Instructions(Protocol):
    def read_instructions(self) -> str:
        """Empty if the user has none."""

    def save_instructions(self, instructions: str) -> str:
        """Replace them; empty ones remove them. Returns them as they are kept. Raises BadInput if they are too long."""


class KnownInstructions:
    """Those of the last MAX_USERS users, in memory."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()

    def get(self, user_id: str) -> str | None:
        """None if they are not known, empty if the user has none."""
        return self._texts.get(user_id)

    def keep(self, user_id: str, instructions: str) -> None:
        self._texts[user_id] = instructions
        self._texts.move_to_end(user_id)
        while len(self._texts) > MAX_USERS:
            self._texts.popitem(last=False)

    def forget(self, user_id: str) -> None:
        self._texts.pop(user_id, None)

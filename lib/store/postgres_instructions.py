"""A user's standing instructions in Postgres."""

from collections.abc import Callable
from typing import Any

from lib.identity import User
from lib.store.validation import valid_instructions


class PostgresInstructions:
    """The part of `lib.store.postgres.PostgresStore` for standing instructions."""

    _rows: Callable[..., list[Any]]
    _user: User

    def read_instructions(self) -> str:
        rows = self._rows("read_instructions")
        return str(rows[0]["content"]) if rows else ""

    def save_instructions(self, instructions: str) -> str:
        instructions = valid_instructions(instructions)
        if instructions:
            person = {"email": self._user.email, "name": self._user.name}
            self._rows("save_instructions", instructions=instructions, **person)
        else:
            self._rows("delete_instructions")
        return instructions

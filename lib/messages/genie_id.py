"""The id of an answer in Genie. It is stored where answers of other agents have the id of their trace."""

import re
from dataclasses import dataclass
from typing import Self

PREFIX = "genie:/"
_ID = re.compile(rf"{PREFIX}([\w-]+)/([\w-]+)/([\w-]+)", re.ASCII)


@dataclass(frozen=True)
class GenieId:
    space: str
    conversation: str
    message: str

    @classmethod
    def read(cls, trace_id: str | None) -> Self | None:
        """None for the id of a trace, and for anything that could not stand in a path."""
        match = _ID.fullmatch(trace_id or "")
        return cls(*match.groups()) if match else None

    def __str__(self) -> str:
        return f"{PREFIX}{self.space}/{self.conversation}/{self.message}"

    @property
    def conversation_path(self) -> str:
        return f"/api/2.0/genie/spaces/{self.space}/conversations/{self.conversation}"

    @property
    def path(self) -> str:
        return f"{self.conversation_path}/messages/{self.message}"

"""Counts what an answer has used when the agent sends it in several responses, one for each time it asked its model."""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event, Usage
from lib.messages.usage import added


class Used:
    def __init__(self) -> None:
        self._total: dict[str, Any] | None = None
        self._before: dict[str, Any] | None = None
        """By the responses before the one that runs."""

    def begin_response(self) -> None:
        self._before = self._total

    def end_response(self, response: dict[str, Any]) -> Iterator[Event]:
        """A response that is sent again counts once."""
        if isinstance(response.get("usage"), dict):
            self._total = added(self._before, response["usage"])
            yield Usage(self._total)

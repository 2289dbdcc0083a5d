"""Reads from the messages of an answer whether the agent writes it in the background, and how far it has come.

Databricks' long-running agent server puts `response_id` and `sequence_number` into every event. The Responses API of
OpenAI numbers its events too, and names the response in the first of them. A number alone tells nothing: an agent may
pass on the events of its model, numbers and all.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Self

from lib.agent.events import DONE
from lib.agent.formats.shared.envelopes import from_json
from lib.agent.formats.shared.values import dict_or_empty

GOES_ON = ("queued", "in_progress")
"""The statuses of a response that is still being written."""
_ENDS = ("response.completed", "response.failed", "response.incomplete", "response.cancelled")
_READING_ENDS = ("stream_timeout", "response_not_found")
"""Errors that end the reading and tell nothing of the response itself."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
"""It becomes a part of a URL."""


@dataclass
class BackgroundResponse:
    """`id` is None until a message shows that the answer is written in the background."""

    id: str | None = None
    number: int = -1
    """The `sequence_number` of the last event that was taken."""
    is_ended: bool = False

    @classmethod
    def at(cls, bookmark: str) -> Self:
        """Where `bookmark` was."""
        place = json.loads(bookmark)
        return cls(place["id"], place["number"])

    @property
    def bookmark(self) -> str | None:
        """Where to go on, as a text; None if there is nothing to go on with."""
        return json.dumps({"id": self.id, "number": self.number}) if self.id and not self.is_ended else None

    def takes(self, raw: str) -> bool:
        """Read the next message. False for one that was taken before, or of which only a part came."""
        if raw.strip() == DONE:
            self.is_ended = True
            return True
        data = _object(raw)
        self.id = self.id or _background_id(data)
        if self.id is None:
            return True
        number = data.get("sequence_number")
        if not isinstance(number, int):
            return bool(data) and dict_or_empty(data.get("error")).get("code") not in _READING_ENDS
        if number <= self.number:
            return False
        self.number = number
        self.is_ended = self._is_end(data)
        return True

    def _is_end(self, data: dict[str, Any]) -> bool:
        """Behind a `response_id`, a whole response is one of several steps, and [DONE] is the end."""
        is_whole = data.get("type") in _ENDS and dict_or_empty(data.get("response")).get("id") == self.id
        return is_whole and "response_id" not in data


def _background_id(data: dict[str, Any]) -> str | None:
    response = dict_or_empty(data.get("response"))
    if isinstance(data.get("sequence_number"), int) and "response_id" in data:
        id = data["response_id"]
    elif data.get("type") == "response.created" and response.get("background") is True:
        id = response.get("id")
    elif data.get("object") == "response" and data.get("status") in GOES_ON:
        id = data.get("id")  # the whole answer of an agent that does not stream: it has only begun
    else:
        return None
    return id if isinstance(id, str) and _ID.fullmatch(id) else None


def _object(raw: str) -> dict[str, Any]:
    try:
        return dict_or_empty(from_json(raw))
    except (ValueError, RecursionError):
        return {}

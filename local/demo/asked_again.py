"""Tells the demo agent on which day it is asked: each question that is asked again is asked a day later.

So whoever tries the app sees what changes between two answers to the same question without having to wait for it.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from local.demo.events import Message

MAX_CONVERSATIONS = 1_000
Asked = tuple[str, ...]


@dataclass
class _Conversation:
    asked: set[Asked] = field(default_factory=set)
    days: int = 0


class Days:
    """Counts in memory, by conversation; what has been said the longest ago is forgotten."""

    def __init__(self) -> None:
        self._conversations: OrderedDict[str, _Conversation] = OrderedDict()
        self._lock = Lock()

    def ask(self, conversation_id: str | None, messages: Sequence[Message]) -> int:
        """How many days after the first one this is asked. Without the id of a conversation, all is asked on it."""
        if not conversation_id:
            return 0
        asked = tuple(message.text for message in messages if message.role == "user")
        with self._lock:
            conversation = self._conversations.setdefault(conversation_id, _Conversation())
            self._conversations.move_to_end(conversation_id)
            conversation.days += asked in conversation.asked
            conversation.asked.add(asked)
            if len(self._conversations) > MAX_CONVERSATIONS:
                self._conversations.popitem(last=False)
            return conversation.days

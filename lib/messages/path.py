"""The messages of a chat form a tree. This module finds the open branch and the path to a message.

chat.open_leaf() and chat.branch() do the same in Postgres (sql/migrations/0011_branches.sql).
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID


class Node(Protocol):
    @property
    def id(self) -> UUID: ...

    @property
    def parent_id(self) -> UUID | None: ...


AnyNode = TypeVar("AnyNode", bound=Node)


def open_leaf(messages: Sequence[Node], chosen: UUID | None, answered: UUID | None) -> UUID | None:
    """The last message of the open branch; None for a chat without messages. `messages` are in order of creation.

    `chosen` is the chat's leaf_id. Candidates are it and all messages below it; all messages if it is None or missing.
    Of the candidates, the result is `answered`, the question that is being answered, else the newest message.
    """
    below = {chosen}
    for message in messages:
        if message.parent_id and message.parent_id in below:
            below.add(message.id)
    candidates = [message.id for message in messages if message.id in below] or [message.id for message in messages]
    return answered if answered in candidates else candidates[-1] if candidates else None


def branch(messages: Sequence[AnyNode], leaf: UUID | None) -> list[AnyNode]:
    """The path to the leaf, oldest first, as far back as `messages` go; empty if the leaf is not among them."""
    by_id = {message.id: message for message in messages}
    path: list[AnyNode] = []
    while leaf and (message := by_id.get(leaf)):
        path.append(message)
        leaf = message.parent_id
    return path[::-1]

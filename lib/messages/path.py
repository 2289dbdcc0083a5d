"""A chat's messages form a tree: which of its branches is open, and the path to a message.

chat.open_leaf() and chat.branch() decide the same in Postgres (sql/migrations/0011_branches.sql).
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
    """Where the open branch of a chat ends; None for a chat without messages, which stand in the order they came.

    `chosen` is the chat's leaf_id: below it, or in the whole chat where it is None or not here, the end is the question
    that is being answered (`answered`), else the newest message.
    """
    below = {chosen}
    for message in messages:
        if message.parent_id and message.parent_id in below:
            below.add(message.id)
    found = [message.id for message in messages if message.id in below] or [message.id for message in messages]
    return answered if answered in found else found[-1] if found else None


def branch(messages: Sequence[AnyNode], leaf: UUID | None) -> list[AnyNode]:
    """The path to a leaf, oldest first, as far back as the messages reach; empty where the leaf is not among them."""
    by_id = {message.id: message for message in messages}
    path: list[AnyNode] = []
    while leaf and (message := by_id.get(leaf)):
        path.append(message)
        leaf = message.parent_id
    return path[::-1]

"""From the nodes of another app's chat to one of ours.

Other apps have a node for each step of an answer: a call of a tool, its result, a thought, a piece of text. Here these
are the parts of one message. So what lies between a question and the next one is joined: one message for each way
through it, with the id of its last node. Of a broken tree every node is kept: one whose parent is missing, or that is
its own ancestor, begins a branch of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from lib.messages.parts import Part, Role, content_of
from lib.store.files import Attachment
from lib.store.imports import ImportedChat
from lib.store.models import Chat, Message, Status, Vote
from lib.store.record_models import MessageRecord


@dataclass(frozen=True)
class Node:
    """`is_aside`: the reader never saw it; on its own it makes no message, and goes to the next answer."""

    id: str
    parent: str | None
    role: Role
    parts: Sequence[Part]
    created_at: datetime | None = None
    agent: str | None = None
    status: Status = "complete"
    is_aside: bool = False
    attachments: Sequence[Attachment] = ()
    vote: Vote | None = None


@dataclass(frozen=True)
class _Run:
    """The steps of an answer so far, the last one first."""

    node: Node
    before: "_Run | None"

    def nodes(self) -> list[Node]:
        found: list[Node] = []
        run: _Run | None = self
        while run:
            found.append(run.node)
            run = run.before
        return found[::-1]


@dataclass
class _Builder:
    chat: Chat
    id_of: Callable[[str], UUID]
    records: list[MessageRecord] = field(default_factory=list)
    places: dict[str, UUID] = field(default_factory=dict)
    """In which message each node is."""

    def add(self, nodes: Sequence[Node], parent_id: UUID | None) -> UUID:
        last, id = nodes[-1], self.id_of(nodes[-1].id)
        parts = [part for node in nodes for part in node.parts]
        message = Message(
            id=id,
            chat_id=self.chat.id,
            parent_id=parent_id,
            role="user" if last.role == "user" else "assistant",
            status=last.status,
            parts=parts,
            content=content_of(parts),
            created_at=next((node.created_at for node in reversed(nodes) if node.created_at), self.chat.created_at),
            attachments=[each for node in nodes for each in node.attachments],
            agent=next((node.agent for node in reversed(nodes) if node.agent), None),
        )
        vote = next((node.vote for node in reversed(nodes) if node.vote), None)
        self.records.append(MessageRecord(message, vote=vote if message.role == "assistant" else None))
        self.places |= {node.id: id for node in nodes}
        return id


def build(chat: Chat, nodes: Mapping[str, Node], leaf: str | None, id_of: Callable[[str], UUID]) -> ImportedChat:
    """`leaf` is the node that was on the screen last. The nodes are in the order of the file."""
    builder = _Builder(chat, id_of)
    children = _children(_rooted(nodes))
    waiting: list[tuple[Node, UUID | None, _Run | None]] = [(root, None, None) for root in children.get(None, [])[::-1]]
    while waiting:
        node, parent_id, run = waiting.pop()
        follow = children.get(node.id, [])
        if node.role == "user":
            parent_id = builder.add([node], parent_id)
        else:
            run = _Run(node, run)
        is_end = node.role != "user" and (not follow or any(each.role == "user" for each in follow))
        ended = _ended(builder, run, parent_id, bool(follow)) if is_end and run else None
        for child in follow[::-1]:
            goes_on = child.role != "user"
            waiting.append((child, parent_id if goes_on or not ended else ended, run if goes_on or not ended else None))
    return ImportedChat(_timed(chat, builder.records), builder.records, builder.places.get(leaf or ""), keeps_ids=False)


def _ended(builder: _Builder, run: _Run, parent_id: UUID | None, goes_on: bool) -> UUID | None:
    """The message that the run is; None if it has nothing to show."""
    nodes = run.nodes()
    if not any(node.parts and not (node.is_aside and goes_on) for node in nodes):
        return None
    return builder.add(nodes, parent_id)


def _rooted(nodes: Mapping[str, Node]) -> Iterator[Node]:
    """The same nodes, without parents that are missing, and with each circle opened where it was first met."""
    settled: set[str] = set()
    opened: set[str] = set()
    for node in nodes.values():
        path: set[str] = set()
        step: Node | None = node
        while step and step.id not in settled:
            if step.id in path:
                opened.add(step.id)
                break
            path.add(step.id)
            step = nodes.get(step.parent) if step.parent is not None else None
        settled |= path
    for node in nodes.values():
        is_root = node.parent not in nodes or node.id in opened
        yield replace(node, parent=None) if is_root else node


def _children(nodes: Iterator[Node]) -> dict[str | None, list[Node]]:
    found: dict[str | None, list[Node]] = {}
    for node in nodes:
        found.setdefault(node.parent, []).append(node)
    return found


def _timed(chat: Chat, records: Sequence[MessageRecord]) -> Chat:
    newest = max((record.message.created_at for record in records), default=chat.updated_at)
    updated_at = max(chat.updated_at, newest)
    return replace(chat, updated_at=updated_at, created_at=min(chat.created_at, updated_at))

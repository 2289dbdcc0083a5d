"""A chat as it is read to be taken away: a page of messages at a time, and whole or not at all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from lib.errors import NotFound
from lib.store.files import Attachment, Files
from lib.store.models import SharedChat
from lib.store.record_models import Extent, MessageRecord
from lib.store.store import ChatReads

AgentName = Callable[[str], str]
"""What people call an agent, by its id. Files for people have it, files for programs the id."""


class ExportReads(ChatReads, Files, Protocol):
    pass


@dataclass(frozen=True)
class ChatSource:
    """`exported_at` is in the time zone in which the times of the file are to be shown."""

    chat: SharedChat
    extent: Extent
    exported_at: datetime
    store: ExportReads
    agent_name: AgentName = str
    attachments: list[Attachment] = field(default_factory=list)
    """Of the messages that were read so far, those that are kept."""

    def records(self) -> Iterator[MessageRecord]:
        """All that the reader may see, in the order in which it came. Raises NotFound for a chat deleted meanwhile.

        What is said later is left out: the file is the chat as of its beginning.
        """
        last: UUID | None = None
        while last != self.extent.last:
            page = self.store.list_records(self.chat.id, after=last)
            if not page:
                raise NotFound
            for record in page:
                self.attachments.extend(each for each in record.message.attachments if "id" in each)
                yield record
                last = record.message.id
                if last == self.extent.last:
                    return

    def open_branch(self) -> Iterator[MessageRecord]:
        """The conversation as the page shows it. A parent came before its children, so the order is the same."""
        branch = set(self.extent.branch)
        return (record for record in self.records() if record.message.id in branch)

    def agent_of(self, record: MessageRecord) -> str:
        agent = record.message.agent or self.chat.agent
        return self.agent_name(agent) if agent else "Agent"


def open_source(store: ExportReads, chat_id: UUID, exported_at: datetime, agent_name: AgentName = str) -> ChatSource:
    """A chat that the user may read. Raises NotFound."""
    chat, extent = store.find_chat(chat_id), store.extent(chat_id)
    if chat is None or extent is None:
        raise NotFound
    return ChatSource(chat, extent, exported_at, store, agent_name)

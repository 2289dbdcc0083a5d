"""A chat in memory, and the messages that a turn leaves in it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from lib.messages.parts import Text
from lib.messages.path import branch, open_leaf
from lib.messages.serialise import parts_from_json, parts_to_json
from lib.storable import storable
from lib.store.models import Chat, Ending, Message, NewTurn, RunningTurn, Vote

MAX_MESSAGES_A_CHAT = 400


@dataclass
class ChatRecord:
    """A chat with its messages, its running turn, and the questions of all its turns by turn."""

    user_id: str
    chat: Chat
    messages: list[Message] = field(default_factory=list)
    leaf_id: UUID | None = None
    """A message on the open branch; None: the branch of the newest message is open."""
    running: RunningTurn | None = None
    turns: dict[UUID, UUID] = field(default_factory=dict)
    owner_name: str | None = None
    votes: dict[tuple[UUID, str], Vote] = field(default_factory=dict)
    """By message and user."""
    moves: list[tuple[datetime, datetime]] = field(default_factory=list)
    """The time of each move in the list, and the chat's place before it; oldest first."""
    is_whole: bool = True
    """Whether its messages are here. They are not if the chat was only seen in a list."""
    changes: int = 0
    """How often its messages may have changed, so that a reader can tell whether that happened during its read."""

    def add(self, message: Message) -> None:
        """Replaces a message with the same id."""
        for index, earlier in enumerate(self.messages):
            if earlier.id == message.id:
                self.messages[index] = message
                return
        self.messages.append(message)
        del self.messages[:-MAX_MESSAGES_A_CHAT]

    def place(self, as_of: datetime) -> datetime:
        """The chat's place in the list at that time: the one before its first move since, or the present one."""
        return next((place for moved_at, place in self.moves if moved_at > as_of), self.chat.updated_at)

    def has_turn(self, turn_id: UUID) -> bool:
        """A chat that was read from the database has no turns here, so they are also looked up by their answers."""
        return turn_id in self.turns or any(message.id == turn_id for message in self.messages)

    def question_of(self, turn_id: UUID) -> UUID | None:
        answers = (message for message in self.messages if message.id == turn_id)
        return self.turns.get(turn_id) or next((answer.parent_id for answer in answers), None)

    def ends_for(self, turn: NewTurn) -> bool:
        """Whether the turn may begin at the end of the chat, by the rules of chat.place_of_question in the database."""
        last = self.branch()[-1] if self.messages else None
        if turn.follows and (last is None or last.id != turn.follows):
            return False
        is_asked = any(message.id == turn.question_id for message in self.messages)
        return last is None or not is_asked or turn.question_id in (last.id, last.parent_id)

    @property
    def open_leaf(self) -> UUID | None:
        """Where the open branch ends; None without messages."""
        return open_leaf(self.messages, self.leaf_id, self.running.question_id if self.running else None)

    def branch(self, leaf: UUID | None = None) -> list[Message]:
        """From the beginning to a leaf, or to the end of the open branch. Empty if the leaf is not here."""
        return branch(self.messages, leaf or self.open_leaf)


def question_message(turn: NewTurn, parent_id: UUID | None) -> Message:
    content = storable(turn.question)
    return Message(
        id=turn.question_id,
        chat_id=turn.chat_id,
        parent_id=parent_id,
        role="user",
        status="complete",
        parts=[Text(content)],
        content=content,
        created_at=turn.said_at or datetime.now(UTC),
        attachments=storable(turn.attachments),
    )


def answer_message(ending: Ending) -> Message:
    return Message(
        id=ending.turn_id,
        chat_id=ending.chat_id,
        parent_id=ending.question_id,
        role="assistant",
        status=ending.status,
        parts=parts_from_json(storable(parts_to_json(ending.parts))),
        content=storable(ending.content),
        created_at=ending.ended_at or datetime.now(UTC),
        trace_id=storable(ending.trace_id),
        usage=storable(ending.usage),
        asked_as=ending.asked_as,
    )

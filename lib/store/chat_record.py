"""A chat in memory, and the messages that a turn leaves in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from lib.errors import ChatBusy, MovedOn, NoSuchMessage, NotAnAnswer
from lib.messages.parts import Text
from lib.messages.path import branch, open_leaf
from lib.messages.serialise import parts_from_json, parts_to_json
from lib.storable import storable
from lib.store.allowed_tools import AllowedTool
from lib.store.models import Chat, Ending, Message, NewTurn, RunningTurn, Vote

MAX_MESSAGES_A_CHAT = 400
Use = tuple[UUID, UUID | None]
"""What the id of a message is used for: its chat and, for an answer, its question. An id keeps its use."""


@dataclass(frozen=True)
class KnownTurn:
    question_id: UUID
    agent: str | None
    started_at: datetime | None = None


@dataclass
class ChatRecord:
    """A chat with its messages, its running turn, and all its turns by their ids."""

    user_id: str
    chat: Chat
    messages: list[Message] = field(default_factory=list)
    leaf_id: UUID | None = None
    """A message on the open branch; None: the branch of the newest message is open."""
    running: RunningTurn | None = None
    waiting_log: list[str] = field(default_factory=list)
    """The log of the running turn, while it waits for its user."""
    allowed_tools: list[AllowedTool] = field(default_factory=list)
    turns: dict[UUID, KnownTurn] = field(default_factory=dict)
    owner_name: str | None = None
    votes: dict[tuple[UUID, str], Vote] = field(default_factory=dict)
    """By message and user."""
    summaries: dict[UUID, str] = field(default_factory=dict)
    """By the message up to which each covers its branch."""
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
        if known := self.turns.get(turn_id):
            return known.question_id
        answer = self.message(turn_id)
        return answer.parent_id if answer else None

    def agent_of(self, turn_id: UUID) -> str | None:
        """The agent that answers, or answered, as far as that is known; else the chat's."""
        answer, turn = self.message(turn_id), self.turns.get(turn_id)
        return (answer and answer.agent) or (turn and turn.agent) or self.chat.agent

    def message(self, message_id: UUID | None) -> Message | None:
        return next((message for message in self.messages if message.id == message_id), None)

    def place_of(self, turn: NewTurn) -> UUID | None:
        """What a new turn's question follows. The rules and errors are those of chat.place_of_question."""
        asked, is_named = self.message(turn.question_id), turn.is_beginning or turn.follows is not None
        if asked and not (asked.parent_id == turn.follows if is_named else self._ends_with(asked)):
            raise MovedOn
        if asked or turn.is_beginning:
            return asked.parent_id if asked else None
        if turn.follows is None:
            return self.open_leaf
        self._check_followed(turn.follows)
        return turn.follows

    def placed(self, turn: NewTurn) -> NewTurn:
        """A turn whose question is here, naming the place that it has, except where that follows a question."""
        question = self.message(turn.question_id)
        followed = self.message(question.parent_id) if question else None
        return replace(turn, follows=followed.id) if followed and followed.role != "user" else turn

    def fill(self, messages: Sequence[Message]) -> None:
        """With the end of the open branch. An answer that ends later on another one does not open that."""
        self.messages, self.is_whole = list(messages), True
        self.leaf_id = messages[-1].id if messages else None

    def _ends_with(self, question: Message) -> bool:
        """Whether the open branch ends with a question or an answer to it."""
        last = self.message(self.open_leaf)
        return last is None or question.id in (last.id, last.parent_id)

    def _check_followed(self, message_id: UUID) -> None:
        followed = self.message(message_id)
        if followed is None:
            raise ChatBusy if self.running and self.running.id == message_id else NoSuchMessage
        if followed.role == "user":
            raise NotAnAnswer

    @property
    def replies(self) -> dict[UUID | None, list[UUID]]:
        """What follows each message directly, oldest first, then the answer that is being written. None: what begins.

        Of a chat that was read from the database one branch is here; its messages say which others there are.
        """
        known: dict[UUID | None, list[UUID]] = {}
        for message in self.messages:
            known.setdefault(message.parent_id, []).extend((*message.siblings, message.id))
        if self.running:
            known.setdefault(self.running.question_id, []).append(self.running.id)
        return {parent_id: list(dict.fromkeys(ids)) for parent_id, ids in known.items()}

    @property
    def as_known_here(self) -> Chat:
        """For when the database is away, so that an answer of another process cannot be followed."""
        return replace(self.chat, running=self.running is not None)

    @property
    def open_leaf(self) -> UUID | None:
        """Where the open branch ends; None without messages."""
        return open_leaf(self.messages, self.leaf_id, self.running.question_id if self.running else None)

    def shown_to(self, user_id: str) -> list[Message]:
        """Its owner sees all messages, and readers the branch that is shared."""
        return self.messages if self.user_id == user_id else self.branch(self.chat.snapshot_id)

    def running_for(self, user_id: str) -> RunningTurn | None:
        """The running turn, if the user sees its answer: readers do at the end of the branch, never in a snapshot."""
        is_shown = self.running and self.chat.snapshot_id is None and self.running.question_id == self.open_leaf
        return self.running if self.user_id == user_id or is_shown else None

    def branch(self, leaf: UUID | None = None) -> list[Message]:
        """From the beginning to a leaf, or to the open one. Empty if the leaf is not here."""
        return branch(self.messages, leaf or self.open_leaf)


def new_chat(turn: NewTurn) -> Chat:
    now = turn.said_at or datetime.now(UTC)
    title, agent = storable(turn.title), storable(turn.agent)
    return Chat(turn.chat_id, title, "question", "private", agent, None, None, now, now, False)


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


def answer_message(ending: Ending, turn: KnownTurn) -> Message:
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
        agent=turn.agent,
        model=storable(ending.model),
        started_at=turn.started_at,
        first_event_ms=ending.first_event_ms,
        failure=ending.failure,
    )


def uses(chat_id: UUID, turn_id: UUID, question_id: UUID) -> list[tuple[UUID, Use]]:
    return [(question_id, (chat_id, None)), (turn_id, (chat_id, question_id))]

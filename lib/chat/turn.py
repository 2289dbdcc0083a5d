"""One turn: a question, and the answer that is being written to it."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from lib.agent.answer import Begun
from lib.agent.events import SILENT, Chunk
from lib.agent.prompt import Pause
from lib.chat.answer import Answer
from lib.chat.chunk_log import ChunkLog
from lib.chat.replay import Replay
from lib.identity import AskedAs
from lib.messages.parts import ContextMessage
from lib.store.files import Attachment
from lib.store.models import Ending, Message, RunningTurn, Status
from lib.telemetry.recording import OFF, Span


@dataclass(frozen=True)
class Question:
    """What a person asks. The caller makes all ids, so that asking again with the same ones changes nothing."""

    chat_id: UUID
    question_id: UUID
    turn_id: UUID
    text: str
    agent: str | None = None
    earlier: Sequence[ContextMessage] = ()
    """The conversation so far, if no store has it (Ephemeral); empty otherwise."""
    is_new_chat: bool = False
    """The chat's id was made for this question, so no other user's chat can have it."""
    attachments: Sequence[Attachment] = ()
    """Stored with the question. The agent is given the files that are kept."""
    follows: UUID | None = None
    is_beginning: bool = False
    other_agent: str | None = None
    """These three as in `lib.store.models.NewTurn`."""
    time_zone: str | None = None
    """Of whoever asks, as an IANA name; None if it is not known. It is not stored."""


@dataclass
class Turn:
    """`id` is also the id of the answer's message. `chunks` is closed once the answer is stored."""

    id: UUID
    chat_id: UUID
    question_id: UUID
    agent: str | None
    question: str = field(default="", repr=False)
    user_id: str = field(default="", repr=False)
    """The owner of a turn that runs here; empty for others."""
    attachments: Sequence[Attachment] = field(default=(), repr=False)
    """The question's; empty for a turn of another process."""
    earlier: Sequence[ContextMessage] = field(default=(), repr=False)
    instructions: str = field(default="", repr=False)
    """The user's standing ones, which the question is asked with."""
    time_zone: str | None = field(default=None, repr=False)
    """As in `Question`."""
    is_first: bool = False
    """The first turn of its chat."""
    wants_title: bool = False
    pause: Pause | None = None
    """The last pause before the agent is asked again; not part of the answer."""
    chunks: ChunkLog = field(default_factory=ChunkLog)
    answer: Answer = field(default_factory=Answer)
    status: Status = "running"
    is_waiting: bool = False
    """For its user, who is to approve what the agent wants to do. It runs nowhere until then; `chunks` is closed."""
    is_stored: bool = False
    """Whether the store has accepted the answer; while the database is down it waits there to be saved."""
    stop_requested: bool = False
    started_at: float = field(default_factory=time.monotonic)
    first_event_ms: int | None = None
    """From the start to the first word, or whatever else the agent says."""
    is_resumed: bool = False
    """Whether it began in another process, or before it waited: how long its first word took is in the log."""
    decided_at: int = 0
    """The number of the last chunk before the last decision of its user."""
    failure: str | None = None
    """Why it failed, as a word for programs."""
    asked_as: AskedAs | None = None
    """With whose rights the agent is asked; None if it is not asked, or by another process."""
    logged: int = 0
    """The number of the last chunk in the database's log."""
    unlogged_bytes: int = 0
    span: Span = field(default=OFF, repr=False)
    """Of its trace, while telemetry is on."""
    begun: Begun | None = None
    """Where to go on with what the agent writes in the background; None to ask it."""

    @classmethod
    def ended(cls, message: Message) -> "Turn":
        """A past turn, readable like a running one: its whole answer is one chunk."""
        turn = cls(message.id, message.chat_id, message.parent_id or message.id, message.agent)
        turn.answer.use_stored(message.parts, message.trace_id, message.usage, message.model)
        turn.status, turn.is_stored, turn.asked_as = message.status, message.saved, message.asked_as
        item = {"type": "message", "role": "assistant", "id": str(message.id)}
        content = [{"type": "output_text", "text": message.content}]
        raw = {"type": "response.output_item.done", "item": {**item, "content": content}}
        turn.chunks.append(Chunk(json.dumps(raw, ensure_ascii=False), ()))
        turn.chunks.close()
        return turn

    @classmethod
    def logged_as(cls, running: RunningTurn, chat_id: UUID, log: Sequence[str], bookmark: str | None = None) -> "Turn":
        """A running turn as far as its log goes, to be shown or to go on here: behind the bookmark, if there is one."""
        turn = cls(running.id, chat_id, running.question_id, running.agent, asked_as=running.asked_as)
        replay = Replay()
        for raw in log:
            turn.take(replay.read(raw))
        if bookmark:
            turn.begun = Begun(bookmark, replay.decoder)
        else:
            turn.take(replay.end())
        turn.logged, turn.unlogged_bytes, turn.first_event_ms, turn.is_resumed = len(turn.chunks), 0, None, True
        return turn

    def wait(self) -> None:
        """For its user."""
        self.is_waiting = True
        self.chunks.close()

    @property
    def log(self) -> list[str]:
        return [chunk.raw for _, chunk in self.chunks.after(0)]

    @property
    def age_ms(self) -> int:
        """Since it started here."""
        return round((time.monotonic() - self.started_at) * 1000)

    def notify(self, notice: str | Pause) -> None:
        """Keep a sentence with the answer. A pause only concerns those who wait."""
        if isinstance(notice, Pause):
            self.pause = notice
        else:
            self.answer.note(notice)

    def take(self, chunk: Chunk) -> None:
        self.pause = None  # the agent has been reached
        is_timed = self.first_event_ms is not None or self.is_resumed
        if not is_timed and any(not isinstance(event, SILENT) for event in chunk.events):
            self.first_event_ms = self.age_ms
        for event in chunk.events:
            self.answer.take(event)
        self.unlogged_bytes += len(chunk.raw)
        # Readers are sent messages and resume by their numbers. What the app itself adds, at the end, is in the answer.
        if chunk.raw:
            self.chunks.append(chunk)

    def ending(self) -> Ending:
        return Ending(
            turn_id=self.id,
            chat_id=self.chat_id,
            question_id=self.question_id,
            status=self.status,
            parts=self.answer.parts,
            content=self.answer.content,
            trace_id=self.answer.trace_id,
            usage=self.answer.usage,
            model=self.answer.model,
            failure="interrupted" if self.status == "interrupted" else self.failure,
            first_event_ms=self.first_event_ms,
            asked_as=self.asked_as,
        )

"""Writes that the database will never take, in a file that a person can read.

Each is shown to its owner in its place in the chat, and counted on the status page, until somebody has removed the file
and the app starts anew.
"""

import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from uuid import UUID

from lib.messages.parts import Error, Text
from lib.outage.journal import make_folder
from lib.outage.pending_write import ANSWER_NOT_TAKEN, QUESTION_NOT_TAKEN, PendingWrite
from lib.store.models import Ending, Message, NewTurn

log = logging.getLogger("lakechat.db")


@dataclass(frozen=True)
class DeadLetter:
    write: PendingWrite
    at: datetime
    why: str
    is_question_saved: bool = False
    """The database has the question, and refused only that it is answered again: the chat had moved on."""

    def message(self) -> Message | None:
        """What its owner wrote or read here, with a part that says that it could not be saved."""
        match self.write.what:
            case NewTurn() as turn if not self.is_question_saved:
                return Message(
                    id=turn.question_id,
                    chat_id=turn.chat_id,
                    parent_id=turn.follows,
                    role="user",
                    status="complete",
                    parts=[Text(turn.question), Error(QUESTION_NOT_TAKEN)],
                    content=turn.question,
                    created_at=turn.said_at or self.at,
                    attachments=turn.attachments,
                    saved=False,
                    refused=True,
                )
            case Ending() as ending:
                return Message(
                    id=ending.turn_id,
                    chat_id=ending.chat_id,
                    parent_id=ending.question_id,
                    role="assistant",
                    status="failed",
                    parts=[*ending.parts, Error(ANSWER_NOT_TAKEN)],
                    content=ending.content,
                    created_at=ending.ended_at or self.at,
                    saved=False,
                    refused=True,
                )
        return None


class DeadLetters:
    """A file with one JSON object a line, shared by the processes that use the same database. No path: in memory."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = Lock()
        self._all: dict[UUID, DeadLetter] = {}

    def __len__(self) -> int:
        return len(self._all)

    def read(self) -> None:
        """Those of earlier processes."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines() if self.path else []
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("The dead letters of earlier processes cannot be read: %s.", type(error).__name__)
            return
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):
                data = json.loads(line)
                write, at = PendingWrite.from_json(data["entry"]), datetime.fromisoformat(data["refused_at"])
                self._all[write.id] = DeadLetter(write, at, data["why"], data.get("is_kept", False))

    def keep(self, write: PendingWrite, why: str, *, is_question_saved: bool = False) -> None:
        with self._lock:
            now = datetime.now(UTC)
            self._all[write.id] = DeadLetter(write, now, why, is_question_saved)
            data = {
                "refused_at": now.isoformat(timespec="seconds"),
                "why": why,
                "user": write.user.email or write.user.id,
                "entry": write.to_json(),
                "is_kept": is_question_saved,
            }
            self._append(json.dumps(data, ensure_ascii=False))

    def has_question_of(self, turn_id: UUID) -> bool:
        turns = (each.write.what for each in list(self._all.values()) if isinstance(each.write.what, NewTurn))
        return any(turn.turn_id == turn_id for turn in turns)

    @property
    def message_ids(self) -> set[UUID]:
        return {id for each in list(self._all.values()) if (id := each.write.message_id)}

    def shown_among(self, messages: list[Message], chat_id: UUID, user_id: str) -> list[Message]:
        """The end of a chat, with its owner's words instead of the placeholders that the database has for them."""
        for each in list(self._all.values()):
            if (each.write.chat_id, each.write.user.id) == (chat_id, user_id) and (refused := each.message()):
                messages = _placed(refused, messages)
        return messages

    def _append(self, line: str) -> None:
        if self.path is None:
            return
        try:
            make_folder()
            with open(self.path, "a", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(f"{line}\n")
        except OSError as error:
            log.error("A dead letter is in memory only: %s.", type(error).__name__)


def _placed(refused: Message, messages: list[Message]) -> list[Message]:
    """Instead of its placeholder; without one, before what was said later. Only on the branch that is its own."""
    for index, placeholder in enumerate(messages):
        if placeholder.id == refused.id:
            kept = {name: getattr(placeholder, name) for name in ("parent_id", "created_at", "siblings", "agent")}
            refused = replace(refused, **kept)
            return [*messages[:index], refused, *messages[index + 1 :]]
    if any(refused.id in message.siblings for message in messages):
        return messages
    if refused.parent_id and all(message.id != refused.parent_id for message in messages):
        return messages
    earlier = [message for message in messages if message.created_at <= refused.created_at]
    return [*earlier, refused, *messages[len(earlier) :]]

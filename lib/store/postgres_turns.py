"""Turns after their start, until they end."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from lib.messages.serialise import parts_to_json
from lib.store.models import Ending, RunningTurn
from lib.store.turn_models import FoundTurn, LogReading, ParkedTurn


class PostgresTurns:
    """The part of `lib.store.postgres.PostgresStore` that concerns turns which have begun."""

    _rows: Callable[..., list[Any]]
    _shared: Callable[..., list[Any]]

    def finish_turn(self, ending: Ending) -> None:
        binds = {**vars(ending), "parts": parts_to_json(ending.parts)}
        del binds["chat_id"], binds["question_id"]
        self._rows("finish_turn", **binds)

    def park_turn(self, turn: ParkedTurn) -> bool:
        rows = self._rows("park_turn", turn_id=turn.turn_id, owner=turn.owner)
        return bool(rows and rows[0]["is_left"])

    def claim_waiting_turn(self, chat_id: UUID, owner: str) -> RunningTurn | None:
        rows = self._rows("claim_waiting_turn", chat_id=chat_id, owner=owner)
        return RunningTurn(owner=owner, **rows[0]) if rows else None

    def request_stop(self, chat_id: UUID) -> bool:
        return bool(self._rows("request_stop", chat_id=chat_id))

    def running_turn(self, chat_id: UUID) -> RunningTurn | None:
        rows = self._shared("running_turn", chat_id=chat_id)
        return RunningTurn(**rows[0]) if rows else None

    def find_turn(self, turn_id: UUID) -> FoundTurn | None:
        rows = self._shared("find_turn", turn_id=turn_id)
        return FoundTurn(**rows[0]) if rows else None

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        rows = self._shared("read_log", turn_id=turn_id, after=after)
        if not rows:
            return None
        chunks = [chunk for row in rows if row["chunks"] is not None for chunk in row["chunks"].split("\n")]
        return LogReading(rows[0]["status"], chunks, rows[0]["is_waiting"])

"""Reads the log of a turn, to follow it, to end it, or to go on with it in another process.

The log has the agent's messages, and between them what the user has decided. Each request that followed a decision
got an answer of its own, so a new decoder reads it. What the decoder before still held back comes first.
"""

import json
from collections.abc import Iterable, Sequence

from lib.agent.events import Chunk, Decision
from lib.agent.formats.decoder import Decoder
from lib.agent.formats.shared.decisions import decision_chunk, decision_in
from lib.chat.answer import Answer


class Replay:
    """Reads the messages of one log, in order."""

    def __init__(self) -> None:
        self.decoder = Decoder()
        """The one that reads the answer to the last request."""

    def read(self, raw: str) -> Chunk:
        if (decision := _decision(raw)) is None:
            return self.decoder.feed(raw)
        held, self.decoder = self.decoder.end(), Decoder()
        chunk = decision_chunk(decision)
        return Chunk(chunk.raw, (*held, *chunk.events))

    def end(self) -> Chunk:
        """What the last decoder still holds back."""
        return Chunk("", self.decoder.end())


def answer_from_log(log: Iterable[str]) -> Answer:
    """The answer that results from the logged messages."""
    replay, answer = Replay(), Answer()
    for chunk in (*map(replay.read, log), replay.end()):
        for event in chunk.events:
            answer.take(event)
    return answer


def since_decision(log: Sequence[str]) -> Sequence[str]:
    """The messages that answer the last request."""
    decisions = (place for place in range(len(log), 0, -1) if _decision(log[place - 1]))
    return log[next(decisions, 0) :]


def _decision(raw: str) -> Decision | None:
    """Most messages need no second reading."""
    return decision_in(json.loads(raw)) if raw.startswith(_DECISION) else None


_DECISION = decision_chunk(Decision("", is_approved=True)).raw.partition(",")[0]

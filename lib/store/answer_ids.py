"""Ids of answers: UUIDs of version 8, so that no question can take one before its answer is there to hold it."""

from uuid import UUID, uuid4

from lib.errors import NotFound
from lib.store.models import NewTurn

ANSWERS = 8
_VERSION_BITS = 76


def as_answer_id(id: UUID) -> UUID:
    """The same bits, but for those of the version."""
    return UUID(int=id.int & ~(0xF << _VERSION_BITS) | ANSWERS << _VERSION_BITS)


def new_answer_id() -> UUID:
    return as_answer_id(uuid4())


def tell_apart(turn: NewTurn) -> None:
    """Raises NotFound when a question goes under an answer's id, or an answer under another.

    While an answer is written its id is known to all who may read the chat and held by no message: whoever asked
    under it would keep the answer from being stored, and whose ids are used row-level security does not tell.
    """
    if turn.turn_id.version != ANSWERS or turn.question_id.version == ANSWERS:
        raise NotFound

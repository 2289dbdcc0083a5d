"""Ids of answers: UUIDs of a kind of their own, so that no question can take one before its answer is there to hold it.

They begin with c4a7 and are of version 8, which is free for such uses: nobody makes one by chance.
"""

from uuid import UUID, uuid4

from lib.errors import NotFound
from lib.store.models import NewTurn

_MARK = UUID("c4a70000-0000-8000-0000-000000000000").int
_MARKED_BITS = UUID("ffff0000-0000-f000-0000-000000000000").int


def as_answer_id(id: UUID) -> UUID:
    """The id with the bits that mark an answer."""
    return UUID(int=id.int & ~_MARKED_BITS | _MARK)


def new_answer_id() -> UUID:
    return as_answer_id(uuid4())


def is_answer_id(id: UUID) -> bool:
    return id.int & _MARKED_BITS == _MARK


def check_turn_ids(turn: NewTurn) -> None:
    """Raises NotFound when a question goes under an answer's id, or an answer under another.

    While an answer is written its id is known to all who may read the chat and held by no message: whoever asked
    under it would keep the answer from being stored, and whose ids are used row-level security does not tell.
    """
    if not is_answer_id(turn.turn_id) or is_answer_id(turn.question_id):
        raise NotFound

"""Ids of answers are UUIDs of a kind of their own, and no question may have one.

While an answer is being written, everybody who may read the chat knows its id, but no message has it yet. Without this
rule one of them could ask a question under that id, and the answer could not be stored. The database cannot be asked
whether an id is in use, because row-level security hides other users' rows. The ids begin with c4a7 and are of version
8, which is meant for formats of one's own, so no other id is one by chance.
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
    """Raises NotFound if the question has an answer's id, or the turn has not."""
    if not is_answer_id(turn.turn_id) or is_answer_id(turn.question_id):
        raise NotFound

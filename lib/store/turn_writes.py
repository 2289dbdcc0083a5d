"""The protocol of what a turn writes."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from lib.store.models import Ending, NewTurn, RunningTurn, Started
from lib.store.turn_models import ParkedTurn


class TurnWrites(Protocol):
    """What a turn writes to its chat."""

    def start_turn(self, turn: NewTurn) -> Started:
        """Raises NotFound for somebody else's ids, ChatBusy while another turn runs in it, Gone for a deleted chat. A
        question that had to wait (`said_at`) also goes to a chat in the trash, and without files that it cannot have;
        for others these are errors: Gone, and NoSuchFile.

        A question that is stored already is answered again: anywhere in the chat if the turn names its place, otherwise
        only at the end of the open branch. MovedOn is raised elsewhere, and NoSuchMessage or NotAnAnswer for a message
        that a new question cannot follow.
        """

    def finish_turn(self, ending: Ending) -> None:
        """Write the answer and end the turn. Does nothing if its chat was deleted, or if the turn has ended already.

        A turn that was taken for dead and ended as interrupted may still end as it really did.
        """

    def park_turn(self, turn: ParkedTurn) -> bool:
        """Let a running turn wait for its user. Its log must be written. False if it is to be stopped, or was ended.

        Nothing changes, and it is True, if another process has claimed it: whether it waits is the affair of that one.
        """

    def claim_waiting_turn(self, chat_id: UUID, owner: str) -> RunningTurn | None:
        """Take over the turn of one of the user's chats that waits for them. None if there is none, or no more."""

    def request_stop(self, chat_id: UUID) -> bool:
        """Ask whichever process runs the chat's turn to stop it. Whether one is running."""

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        """Whether it was set. It never replaces a title that the user gave."""

    def add_follow_ups(self, chat_id: UUID, answer_id: UUID, questions: Sequence[str]) -> bool:
        """Add next questions to an answer; it is no activity. Whether they were added.

        They are not if the answer has some, is not complete, or is no longer what the open branch ends with.
        """

    def mark_read(self, chat_id: UUID) -> None: ...

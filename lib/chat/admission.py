"""Admits a question: validate it, keep it in the store, and register its turn as running here.

The order keeps a repeated request harmless. Everything that may refuse the question comes first, so that a refused one
leaves nothing behind. The store then keeps question and turn in one transaction, and only after that the turn is
registered in `live`. A lock for the turn's id covers these two steps, so that the same question sent twice at once
finds itself registered. If the reply of the database was lost between them, the repeat finds a turn that this process
owns but does not run, and runs it.
"""

from threading import Lock
from uuid import UUID

from lib.agent.endpoints.agents import Agents
from lib.chat.attachments import validated_attachments
from lib.chat.conversation import question_text, title_of
from lib.chat.date_line import valid_time_zone
from lib.chat.recovery import Recovery
from lib.chat.taken_files import check_taken, data_files
from lib.chat.turn import Question, Turn
from lib.errors import BadInput, ChatBusy, TooMany
from lib.identity import Asker
from lib.store.models import NewTurn, Started
from lib.store.store import Store

LOCKS = 64
"""One is chosen by the turn's id, so different questions seldom wait for each other."""

WAITS_FOR_USER = "The agent waits for your decision in this chat. Approve or deny what it asks for, or stop the answer."


class Admission:
    """May be used from any thread. Holds a lock while the store is asked, but never two."""

    def __init__(
        self, agents: Agents, owner: str, live: dict[UUID, Turn], recovery: Recovery, answers_a_user: int
    ) -> None:
        """`live` are the turns that run here, by their chats; a new turn is added to them."""
        self._agents = agents
        self._owner = owner
        self._live = live
        self._recovery = recovery
        self._answers_a_user = answers_a_user
        self._locks = tuple(Lock() for _ in range(LOCKS))

    def admit(self, store: Store, asker: Asker, question: Question) -> Turn | None:
        """The new turn, to be run; None when these ids were used before. Raises like `TurnManager.ask`."""
        text = question_text(question.text, has_files=bool(question.attachments))
        time_zone = valid_time_zone(question.time_zone)
        new = NewTurn(
            turn_id=question.turn_id,
            chat_id=question.chat_id,
            question_id=question.question_id,
            question=text,
            title=title_of(text),
            agent=self._agent_name(question.agent),
            owner=self._owner,
            is_new_chat=question.is_new_chat,
            attachments=validated_attachments(question.attachments),
            asked_as=self._agents.asked_as(asker.access_token),
            follows=question.follows,
            is_beginning=question.is_beginning,
            other_agent=self._agent_name(question.other_agent) if question.other_agent else None,
        )
        self._check_files(store, new)
        self._check_running_answers(asker.user.id, new)
        with self._locks[new.turn_id.int % LOCKS]:
            started = self._started(store, new)
            if not started.is_new and not self._is_unclaimed(store, new):
                return None
            turn = Turn(
                id=new.turn_id,
                chat_id=new.chat_id,
                question_id=new.question_id,
                agent=started.agent,
                question=text,
                user_id=asker.user.id,
                attachments=new.attachments,
                earlier=question.earlier,
                instructions=started.instructions or "",
                time_zone=time_zone,
                is_first=started.is_new_chat,
                wants_title=started.is_new_chat,
                asked_as=new.asked_as,
            )
            self._live[turn.chat_id] = turn
        return turn

    def _agent_name(self, wanted: str | None) -> str:
        if wanted and wanted not in self._agents.names:
            raise BadInput(f"There is no agent called {wanted} here.")
        return wanted or self._agents.names[0]

    def _check_files(self, store: Store, new: NewTurn) -> None:
        """Refuse files that the agent surely does not take. Raises BadInput."""
        if data := data_files(new.attachments):
            chat = None if new.is_new_chat else store.get_chat(new.chat_id)
            agent = new.other_agent or (chat.agent if chat else None) or new.agent
            check_taken(self._agents.get(agent), data)

    def _check_running_answers(self, user_id: str, new: NewTurn) -> None:
        """No user may occupy the whole process. A question that is being answered here may be sent again."""
        theirs = [turn.id for turn in list(self._live.values()) if turn.user_id == user_id]
        if len(theirs) >= self._answers_a_user and new.turn_id not in theirs:
            raise TooMany(f"{len(theirs)} of your questions are being answered right now. Wait for one, or stop one.")

    def _started(self, store: Store, new: NewTurn) -> Started:
        try:
            return store.start_turn(new)
        except ChatBusy:
            running = store.running_turn(new.chat_id)
            if running and running.is_waiting:
                raise ChatBusy(WAITS_FOR_USER) from None
            # The process that was answering in this chat may have died.
            self._recovery.check()
            return store.start_turn(new)

    def _is_unclaimed(self, store: Store, new: NewTurn) -> bool:
        """Whether this process owns the turn without running it, because the database's reply was lost."""
        if new.chat_id in self._live:
            return False
        running = store.running_turn(new.chat_id)
        if running is None or running.is_waiting:
            return False
        return (running.id, running.owner) == (new.turn_id, self._owner)

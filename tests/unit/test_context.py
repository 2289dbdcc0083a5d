"""The messages that the agent is sent, and the last one that it no longer sees."""

from uuid import UUID, uuid4

import pytest

from lib.chat.context import agent_messages, context_cut
from lib.config import Settings, load
from lib.messages.parts import ContextMessage, Role, Text
from lib.store.answer_ids import new_answer_id
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import Ending, NewTurn
from tests.conftest import ANN

A_MESSAGE = 1_000
"""Characters of each message, with the JSON around them a little more."""


def fitting(messages: float) -> Settings:
    """With which about so many messages are sent."""
    return load({"SERVING_ENDPOINT": "agent", "HISTORY_TOKEN_BUDGET": str(int(messages * (A_MESSAGE + 50)) // 4)})


def message(role: Role, text: str) -> ContextMessage:
    return ContextMessage(role, [Text(text)])


def test_the_agent_gets_complete_turns_and_every_system_message() -> None:
    said = [
        message("system", "Be short."),
        message("assistant", "An answer whose question was cut off."),
        message("user", "Q1"),
        message("assistant", "A1"),
        message("user", "Q2"),
    ]
    assert [(each.role, each.content) for each in agent_messages(said)] == [
        ("system", "Be short."),
        ("user", "Q1"),
        ("assistant", "A1"),
        ("user", "Q2"),
    ]
    assert agent_messages([]) == []


class Talk:
    """A chat in memory whose messages all have the same length."""

    def __init__(self, answers: int) -> None:
        self.store, self.chat_id = MemoryStore(MemoryChats(), ANN), uuid4()
        for _ in range(answers):
            self.answer(self.ask("q" * A_MESSAGE), "a" * A_MESSAGE)

    def ask(self, question: str, follows: UUID | None = None) -> NewTurn:
        turn = NewTurn(new_answer_id(), self.chat_id, uuid4(), question, "Title", "agent", "owner", follows=follows)
        self.store.start_turn(turn)
        return turn

    def answer(self, turn: NewTurn, said: str) -> None:
        self.store.finish_turn(
            Ending(turn.turn_id, self.chat_id, turn.question_id, "complete", [Text(said)], said, None, None, 1)
        )

    def cut(self, messages: float, leaf: UUID | None = None) -> int | None:
        """How many messages stand above the line when about so many fit; None without a line."""
        branch = [said.id for said in self.store.list_messages(self.chat_id)]
        found = context_cut(self.store, self.chat_id, leaf or branch[-1], fitting(messages))
        return None if found is None else branch.index(found.message_id) + 1


def test_there_is_no_cut_in_a_chat_that_is_sent_whole() -> None:
    assert Talk(3).cut(6) is None


@pytest.mark.parametrize(("fitting", "above"), [(5, 2), (4, 2), (3, 4), (2, 4), (1, 6)])
def test_the_cut_is_before_the_first_question_that_the_agent_sees(fitting: int, above: int) -> None:
    assert Talk(3).cut(fitting) == above


def test_while_a_question_is_answered_the_cut_is_that_of_its_answer() -> None:
    talk = Talk(3)
    turn = talk.ask("q" * A_MESSAGE)
    assert [talk.cut(fitting) for fitting in (7, 5, 4, 1)] == [None, 2, 4, 6]
    sent = talk.store.list_context(talk.chat_id, turn.question_id, 5 * (A_MESSAGE + 50))
    assert len(agent_messages(sent.said)) == 7 - 2


def test_each_branch_has_its_own_cut() -> None:
    talk = Talk(3)
    first_answer = talk.store.list_messages(talk.chat_id)[1]
    talk.answer(talk.ask("short", follows=first_answer.id), "short")
    assert talk.cut(2.5) is None
    talk.store.open_branch(talk.chat_id, talk.store.list_messages(talk.chat_id)[2].siblings[0])
    assert talk.cut(2.5) == 4


def test_nobody_else_learns_where_the_agent_begins_to_see() -> None:
    talk = Talk(3)
    last = talk.store.list_messages(talk.chat_id)[-1].id
    assert context_cut(talk.store, talk.chat_id, uuid4(), fitting(1)) is None
    assert context_cut(talk.store, uuid4(), last, fitting(1)) is None

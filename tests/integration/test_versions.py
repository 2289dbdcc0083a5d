"""Editing, regenerating, switching and forking: every version is kept, in Postgres and in memory alike."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.db.database import Database
from lib.errors import ChatBusy, Gone, LakechatError, MovedOn, NoSuchMessage, NotAnAnswer, NotFound
from lib.identity import User
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import Message, NewTurn
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from tests.conftest import BOB
from tests.integration.stores import Stores
from tests.integration.test_store import answered, contents, ending_of, new_turn

pytestmark = pytest.mark.on_every_postgres


@pytest.fixture
def ann(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


@pytest.fixture
def bob(stores: Stores) -> Store:
    return stores.store(replace(BOB, id=f"bob-{uuid4()}"))


def again(turn: NewTurn, follows: UUID | None, **fields: Any) -> NewTurn:
    """Its question once more, at the place where it is."""
    return replace(turn, turn_id=new_answer_id(), follows=follows, is_beginning=follows is None, **fields)


def finished(store: Store, turn: NewTurn, said: str) -> NewTurn:
    assert store.start_turn(turn).is_new
    store.finish_turn(ending_of(turn, said))
    return turn


@dataclass(frozen=True)
class Talk:
    """Two questions, each with its answer."""

    first: NewTurn
    second: NewTurn
    chat_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chat_id", self.first.chat_id)


@pytest.fixture
def talk(ann: Store) -> Talk:
    first = answered(ann)
    return Talk(first, answered(ann, first.chat_id, "And then?", "43"))


SAID = ["How much?", "42", "And then?", "43"]


def siblings(store: Store, chat_id: UUID) -> list[list[UUID]]:
    return [message.siblings for message in store.list_messages(chat_id)]


def test_a_message_without_other_versions_is_its_only_sibling(ann: Store, talk: Talk) -> None:
    messages = ann.list_messages(talk.chat_id)
    assert contents(messages) == SAID
    assert [message.siblings for message in messages] == [[message.id] for message in messages]


@pytest.mark.parametrize("which", ["first", "second"])
def test_an_edited_question_is_a_sibling_of_the_earlier_one_and_nothing_is_lost(
    ann: Store, talk: Talk, which: str
) -> None:
    follows = talk.first.turn_id if which == "second" else None
    edited = new_turn(talk.chat_id, "Or rather?", follows=follows, is_beginning=follows is None)
    finished(ann, edited, "44")
    kept, earlier = (["How much?", "42"], talk.second) if follows else ([], talk.first)
    assert contents(ann.list_messages(talk.chat_id)) == [*kept, "Or rather?", "44"]
    assert siblings(ann, talk.chat_id)[-2:] == [[earlier.question_id, edited.question_id], [edited.turn_id]]
    assert contents(ann.list_context(talk.chat_id, edited.question_id, 10_000).said) == [*kept, "Or rather?"]
    assert ann.open_branch(talk.chat_id, earlier.question_id)
    assert contents(ann.list_messages(talk.chat_id)) == SAID


def test_any_question_is_answered_again_at_its_own_place(ann: Store, talk: Talk) -> None:
    third = finished(ann, again(talk.first, None), "45")
    assert contents(ann.list_messages(talk.chat_id)) == ["How much?", "45"]
    assert siblings(ann, talk.chat_id) == [[talk.first.question_id], [talk.first.turn_id, third.turn_id]]
    assert ann.open_branch(talk.chat_id, talk.first.turn_id)
    assert contents(ann.list_messages(talk.chat_id)) == SAID
    fourth = finished(ann, again(talk.second, talk.first.turn_id), "46")
    assert contents(ann.list_messages(talk.chat_id)) == [*SAID[:3], "46"]
    assert siblings(ann, talk.chat_id)[1::2] == [
        [talk.first.turn_id, third.turn_id],
        [talk.second.turn_id, fourth.turn_id],
    ]


def test_a_question_is_answered_again_only_where_it_is(ann: Store, talk: Talk) -> None:
    for turn in (again(talk.second, None), again(talk.first, talk.second.turn_id)):
        with pytest.raises(MovedOn):
            ann.start_turn(turn)
    assert contents(ann.list_messages(talk.chat_id)) == SAID


def test_another_agent_answers_once_and_the_chat_keeps_its_own(ann: Store, talk: Talk) -> None:
    turn = again(talk.second, talk.first.turn_id, other_agent="another")
    assert ann.start_turn(turn).agent == "another"
    running, found = ann.running_turn(talk.chat_id), ann.find_turn(turn.turn_id)
    assert running and found and running.agent == found.agent == "another"
    assert ann.start_turn(turn).agent == "another", "the same again"
    ann.finish_turn(ending_of(turn, "47"))
    after = answered(ann, talk.chat_id, "Thanks", "You are welcome")
    answers = [message for message in ann.list_messages(talk.chat_id) if message.role == "assistant"]
    assert [answer.agent for answer in answers] == ["demo", "another", "demo"]
    assert [message.agent for message in ann.list_messages(talk.chat_id)][::2] == [None] * 3
    found = ann.find_turn(turn.turn_id), ann.find_turn(after.turn_id)
    assert [each.agent for each in found if each] == ["another", "demo"]
    chat = ann.get_chat(talk.chat_id)
    assert chat and chat.agent == "demo"
    assert ann.copy_chat(talk.chat_id, copy_id := uuid4())
    assert [message.agent for message in ann.list_messages(copy_id)][1::2] == ["demo", "another", "demo"]


def test_to_switch_is_not_an_activity_and_opens_the_newest_leaf(ann: Store, talk: Talk) -> None:
    finished(ann, again(talk.first, None), "45")
    ann.mark_read(talk.chat_id)
    before = ann.get_chat(talk.chat_id)
    for message_id in (talk.first.turn_id, talk.second.question_id, talk.second.turn_id):
        assert ann.open_branch(talk.chat_id, message_id)
        assert contents(ann.list_messages(talk.chat_id)) == SAID
    assert ann.open_branch(talk.chat_id, talk.first.question_id), "through both answers: the newest message counts"
    assert contents(ann.list_messages(talk.chat_id)) == ["How much?", "45"]
    assert ann.get_chat(talk.chat_id) == before


def test_no_branch_opens_through_what_is_not_in_the_chat(ann: Store, talk: Talk) -> None:
    elsewhere = answered(ann)
    for message_id in (elsewhere.turn_id, elsewhere.question_id, uuid4()):
        assert not ann.open_branch(talk.chat_id, message_id)
    assert not ann.open_branch(uuid4(), talk.second.turn_id)
    assert contents(ann.list_messages(talk.chat_id)) == SAID
    ann.delete_chat(elsewhere.chat_id)
    assert not ann.open_branch(talk.chat_id, elsewhere.turn_id)
    with pytest.raises(Gone):
        ann.open_branch(elsewhere.chat_id, elsewhere.turn_id)


def test_who_switches_during_an_answer_stays_there_and_finds_the_way_back(ann: Store, talk: Talk) -> None:
    running = again(talk.first, None)
    ann.start_turn(running)
    assert contents(ann.list_messages(talk.chat_id)) == ["How much?"]
    answers = [talk.first.turn_id, running.turn_id]
    assert ann.list_replies(talk.chat_id, talk.first.question_id) == answers
    assert ann.open_branch(talk.chat_id, talk.first.turn_id)
    assert contents(ann.list_messages(talk.chat_id)) == SAID
    assert siblings(ann, talk.chat_id)[1] == answers
    assert ann.open_branch(talk.chat_id, running.turn_id), "an answer that is being written has a branch"
    assert contents(ann.list_messages(talk.chat_id)) == ["How much?"]
    assert ann.open_branch(talk.chat_id, talk.second.turn_id)
    ann.finish_turn(ending_of(running, "45"))
    assert contents(ann.list_messages(talk.chat_id)) == SAID
    assert siblings(ann, talk.chat_id)[1] == answers == ann.list_replies(talk.chat_id, talk.first.question_id)
    assert ann.open_branch(talk.chat_id, running.turn_id)
    assert contents(ann.list_messages(talk.chat_id)) == ["How much?", "45"]


def test_while_an_answer_is_written_no_branch_of_the_chat_takes_a_question(ann: Store, talk: Talk) -> None:
    running = new_turn(talk.chat_id)
    ann.start_turn(running)
    for turn in (
        again(talk.first, None),
        new_turn(talk.chat_id, follows=talk.first.turn_id),
        new_turn(talk.chat_id, is_beginning=True),
        new_turn(talk.chat_id, follows=running.turn_id),
    ):
        with pytest.raises(ChatBusy):
            ann.start_turn(turn)
    ann.finish_turn(ending_of(running))
    assert contents(ann.list_messages(talk.chat_id)) == [*SAID, "How much?", "42"]


def test_a_repeat_changes_nothing_whatever_branch_is_open(ann: Store, talk: Talk) -> None:
    edited = finished(ann, new_turn(talk.chat_id, "Or?", follows=talk.first.turn_id), "44")
    another = finished(ann, again(talk.first, None), "45")
    ann.open_branch(talk.chat_id, talk.second.turn_id)
    for turn in (edited, another, replace(edited, follows=None), replace(edited, follows=uuid4())):
        assert not ann.start_turn(turn).is_new
    assert contents(ann.list_messages(talk.chat_id)) == SAID


def test_an_answer_that_was_asked_again_stays_open_whatever_is_stored_below_its_question_later(
    ann: Store, talk: Talk
) -> None:
    finished(ann, again(talk.first, None), "45")
    ann.open_branch(talk.chat_id, talk.second.turn_id)
    finished(ann, again(talk.first, None), "46")
    assert contents(ann.list_messages(talk.chat_id)) == ["How much?", "46"]


def test_a_fork_ends_with_its_message_and_has_a_life_of_its_own(ann: Store, bob: Store, talk: Talk) -> None:
    finished(ann, again(talk.first, None, other_agent="another"), "45")
    for until, said in ((talk.second.question_id, SAID[:3]), (talk.first.turn_id, SAID[:2])):
        fork_id = uuid4()
        assert ann.copy_chat(talk.chat_id, fork_id, until)
        assert contents(ann.list_messages(fork_id)) == said
    answered(ann, fork_id, "And in the fork?", "48")
    assert ann.copy_chat(talk.chat_id, fork_id, talk.first.turn_id), "the same again"
    assert contents(ann.list_messages(fork_id)) == [*SAID[:2], "And in the fork?", "48"]
    assert siblings(ann, fork_id) == [[message.id] for message in ann.list_messages(fork_id)]
    fork = ann.get_chat(fork_id)
    assert fork and fork.visibility == "private"
    assert not bob.copy_chat(talk.chat_id, uuid4(), talk.first.turn_id)
    ann.edit_chat(talk.chat_id, edits.set_visibility("public"))
    assert not bob.copy_chat(talk.chat_id, uuid4(), talk.first.turn_id), "another branch is open"
    ann.open_branch(talk.chat_id, talk.second.turn_id)
    assert bob.copy_chat(talk.chat_id, theirs := uuid4(), talk.first.turn_id)
    assert contents(bob.list_messages(theirs)) == SAID[:2]
    assert not bob.copy_chat(talk.chat_id, fork_id, talk.first.turn_id), "an id of somebody else's"


def test_no_chat_is_forked_at_what_is_not_in_it(ann: Store, talk: Talk) -> None:
    elsewhere, running = answered(ann), new_turn(talk.chat_id)
    ann.start_turn(running)
    for until in (uuid4(), elsewhere.turn_id, running.turn_id):
        assert not ann.copy_chat(talk.chat_id, fork_id := uuid4(), until)
        assert ann.get_chat(fork_id) is None
    assert ann.delete_chat(elsewhere.chat_id)
    with pytest.raises(Gone):
        ann.copy_chat(talk.chat_id, elsewhere.chat_id, talk.first.turn_id)


def test_readers_of_a_shared_chat_see_the_branch_that_is_open_and_not_that_there_are_others(
    ann: Store, bob: Store, talk: Talk
) -> None:
    finished(ann, again(talk.second, talk.first.turn_id), "44")
    ann.edit_chat(talk.chat_id, edits.set_visibility("public"))
    assert siblings(bob, talk.chat_id) == [[message.id] for message in bob.list_messages(talk.chat_id)]
    assert contents(bob.list_messages(talk.chat_id)) == [*SAID[:3], "44"]
    assert bob.list_replies(talk.chat_id, talk.second.question_id) == []
    assert not bob.open_branch(talk.chat_id, talk.second.turn_id)
    assert bob.get_message(talk.second.turn_id) is None
    message = bob.get_message(talk.first.turn_id)
    assert message and message.siblings == [talk.first.turn_id]
    with pytest.raises(NotFound):
        bob.start_turn(again(talk.first, None))


KINDS = ("ask", "edit", "begin", "regenerate", "switch", "finish", "fork", "wrong")
Step = tuple[str, int]
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 30)), max_size=14)


@dataclass
class Walk:
    """The same steps in two stores, with the same ids, which are chosen from what both show."""

    stores: tuple[Store, Store]
    chat_id: UUID = field(default_factory=uuid4)
    turns: list[NewTurn] = field(default_factory=list)
    is_running: bool = False

    def both(self, call: Callable[[Store], Any]) -> Any:
        one, other = (_outcome(call, store) for store in self.stores)
        assert one == other
        return one

    def take(self, kind: str, number: int) -> None:
        ids = [id for turn in self.turns for id in (turn.question_id, turn.turn_id)]
        some = ids[number % len(ids)] if ids else uuid4()
        turn = self.turns[number % len(self.turns)] if self.turns else None
        match kind:
            case "ask":
                self.start(new_turn(self.chat_id, f"q{len(self.turns)}"))
            case "edit":
                self.start(new_turn(self.chat_id, f"q{len(self.turns)}", follows=some))
            case "begin":
                self.start(new_turn(self.chat_id, f"q{len(self.turns)}", is_beginning=True))
            case "regenerate" if turn:
                asked = self.both(lambda store: shape(store.get_message(turn.question_id)))
                self.start(again(turn, asked["parent_id"], other_agent=[None, "other"][number % 2]))
            case "switch":
                self.both(lambda store: store.open_branch(self.chat_id, some))
            case "finish" if self.is_running:
                self.both(lambda store: store.finish_turn(ending_of(self.turns[-1], f"a{number}")))
                self.is_running = False
            case "fork":
                fork_id = uuid4()
                self.both(lambda store: store.copy_chat(self.chat_id, fork_id, some))
                self.both(lambda store: [(said.role, said.content) for said in store.list_messages(fork_id)])
            case "wrong" if turn:
                self.start(again(turn, some))
        self.compare()

    def start(self, turn: NewTurn) -> None:
        outcome = self.both(lambda store: vars(store.start_turn(turn)))
        if isinstance(outcome, dict):
            self.turns.append(turn)
            self.is_running = True

    def compare(self) -> None:
        self.both(lambda store: [shape(message) for message in store.list_messages(self.chat_id, 100)])
        for turn in self.turns:
            self.both(lambda store, id=turn.question_id: store.list_replies(self.chat_id, id))
            self.both(lambda store, id=turn.turn_id: shape(store.get_message(id)))
            self.both(lambda store, id=turn.question_id: contents(store.list_context(self.chat_id, id, 10_000).said))


def shape(message: Message | None) -> Any:
    if message is None:
        return None
    names = ("id", "parent_id", "siblings", "role", "status", "content", "agent")
    return {name: getattr(message, name) for name in names}


def _outcome(call: Callable[[Store], Any], store: Store) -> Any:
    try:
        return call(store)
    except LakechatError as error:
        return type(error)


@pytest.mark.on_one_postgres
@given(script=steps)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_memory_and_postgres_agree_on_every_walk(shared_database: Database, owner: User, script: list[Step]) -> None:
    walk = Walk((PostgresStore(shared_database, owner), MemoryStore(MemoryChats(), owner)))
    for kind, number in script:
        walk.take(kind, number)


@pytest.mark.parametrize("refusal", [NoSuchMessage, NotAnAnswer])
def test_a_refusal_is_one_sentence_that_says_what_is_wrong(refusal: type[LakechatError]) -> None:
    assert "message" in str(refusal()) and str(refusal()).endswith(".")

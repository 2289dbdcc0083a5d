"""Chats with Genie over Postgres: their conversations in Genie outlive a process, and their ratings reach Genie."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from lib.agent.http.limits import Limits
from lib.chat.turn import Turn
from lib.config import load
from lib.feedback.failures import Forbidden
from lib.feedback.genie import Genie
from lib.identity import AccessToken, Asker, User
from lib.messages.genie_id import GenieId
from lib.runtime import Runtime
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.assessments import Assessments, Backlog
from lib.store.imports import IMPORTED
from local.workspace import Workspace
from local.workspace.genie import SPACE
from local.workspace.genie_messages import Script
from tests.conftest import ANN, BOB
from tests.integration.imported_chats import made_chat
from tests.integration.test_runtime import asked, ended
from tests.integration.test_store import ending_of, new_turn

FIRST, SECOND = "Which region sold most last quarter?", "And by month?"


@pytest.fixture
def environ(platform: dict[str, str], workspace: Workspace) -> Iterator[dict[str, str]]:
    workspace.genie.reset()
    workspace.requests.clear()
    # No answer fits what another agent would be sent of the conversation.
    yield {**platform, "GENIE_SPACES": f"Shop={SPACE}", "HISTORY_TOKEN_BUDGET": "50"}
    workspace.genie.reset()
    workspace.faults.clear()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at Genie follow each other without a pause."""
    monkeypatch.setattr(Limits, "of", lambda settings: Limits(first_pause_seconds=0.005))


@pytest.fixture
def start(environ: dict[str, str]) -> Iterator[Callable[..., Runtime]]:
    """Starts a process of the app. What is to be told of votes is told only when a test wants it."""
    running: list[Runtime] = []

    def started(**more: str) -> Runtime:
        runtime = Runtime(load({**environ, **more}))
        runtime.feedback.wake = lambda: None  # type: ignore[method-assign]
        runtime.start()
        running.append(runtime)
        return runtime

    yield started
    for each in running:
        each.stop()


def ask(runtime: Runtime, text: str, chat_id: UUID | None = None, asker: Asker | None = None, **more: object) -> Turn:
    asker = asker or Asker(ANN, None)
    question = replace(asked(text, chat_id), agent="Shop", turn_id=new_answer_id(), **more)
    turn = ended(runtime.turns.ask(runtime.store(asker.user), asker, question))
    assert turn.status == "complete", turn.answer.parts
    return turn


def id_of(turn: Turn) -> GenieId:
    id = GenieId.read(turn.answer.trace_id)
    assert id
    return id


def signed_in(workspace: Workspace, user: User = ANN) -> Asker:
    assert user.email
    return Asker(user, AccessToken(workspace.issue_user_token(user.email, scopes=("dashboards.genie",))))


def test_a_chat_goes_on_in_its_conversation_after_a_restart(start: Callable[..., Runtime]) -> None:
    before = start()
    first = ask(before, FIRST)
    before.stop()
    second = ask(start(), SECOND, first.chat_id)
    assert id_of(second).conversation == id_of(first).conversation


def test_an_answer_says_with_whose_rights_genie_was_asked(start: Callable[..., Runtime], workspace: Workspace) -> None:
    runtime = start()
    turn = ask(runtime, FIRST, asker=signed_in(workspace))
    assert {request.caller for request in workspace.requests.to("/genie/", "POST")} == {ANN.id}
    assert runtime.store(ANN).list_messages(turn.chat_id)[-1].asked_as == "user"


def test_a_copy_of_a_chat_begins_a_conversation_of_its_own(start: Callable[..., Runtime]) -> None:
    runtime = start()
    first, copy = ask(runtime, FIRST), uuid4()
    assert runtime.store(ANN).copy_chat(first.chat_id, copy)
    assert id_of(ask(runtime, SECOND, copy)).conversation != id_of(first).conversation


@pytest.mark.parametrize("is_bound", [True, False], ids=["postgres", "memory"])
def test_an_imported_answer_leads_to_no_conversation_of_anybody(is_bound: bool, start: Callable[..., Runtime]) -> None:
    """As the app all conversations could be gone on with, and a file may name any."""
    runtime = start() if is_bound else start(DATABASE_URL="")
    first, chat = ask(runtime, FIRST), made_chat()
    named = replace(chat.messages[-1].message, trace_id=str(id_of(first)))
    messages = [chat.messages[0], replace(chat.messages[-1], message=named)]
    chat = replace(chat, chat=replace(chat.chat, agent="Shop"), messages=messages)
    assert runtime.store(BOB).import_chat(chat) == IMPORTED
    asked_by_bob = ask(runtime, SECOND, chat.chat.id, Asker(BOB, None))
    assert id_of(asked_by_bob).conversation != id_of(first).conversation


# -- Ratings


class Rated:
    """An answer of Genie's that Ann asked for."""

    def __init__(self, runtime: Runtime, workspace: Workspace, asker: Asker) -> None:
        self.runtime, self.workspace = runtime, workspace
        self.turn = ask(runtime, FIRST, asker=asker)

    def rate(self, is_upvoted: bool | None, *said: str, voter: Asker) -> None:
        store = self.runtime.store(voter.user)
        assert self.runtime.feedback.vote(store, self.turn.id, is_upvoted, *said, voter=voter)

    def send(self) -> None:
        """All that is due."""
        delivery = self.runtime.feedback._delivery
        assert delivery
        delivery._rests_until = 0.0
        delivery.deliver_due()

    @property
    def assessments(self) -> Assessments:
        bound = self.runtime.resilient_database
        return bound.assessments if bound else self.runtime._chats.assessments

    @property
    def at_genie(self) -> dict[str, str] | None:
        id = id_of(self.turn)
        (message,) = self.workspace.genie.conversations[id.conversation].messages
        return message.feedback

    @property
    def delivery(self) -> str | None:
        return self.runtime.store(ANN).votes(self.turn.chat_id)[self.turn.id].delivery


@pytest.fixture(params=["postgres", "memory"])
def runtime(request: pytest.FixtureRequest, start: Callable[..., Runtime]) -> Runtime:
    return start() if request.param == "postgres" else start(DATABASE_URL="")


def test_a_chat_is_one_conversation_however_long_it_is(runtime: Runtime, workspace: Workspace) -> None:
    first = ask(runtime, FIRST)
    assert id_of(ask(runtime, SECOND, first.chat_id)).conversation == id_of(first).conversation
    # A question that failed last does not hide the answer before it.
    workspace.genie.next.append(Script("FAILED", {"type": "SQL_EXECUTION_EXCEPTION", "error": "No."}))
    failed = replace(asked("And by category?", first.chat_id), agent="Shop")
    assert ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), failed)).status == "failed"
    third = ask(runtime, "And by category?", first.chat_id)
    assert id_of(third).conversation == id_of(first).conversation


@pytest.mark.parametrize("is_signed_in", [True, False], ids=["user", "app"])
def test_a_rating_reaches_genie_with_the_rights_of_the_question(
    is_signed_in: bool, runtime: Runtime, workspace: Workspace
) -> None:
    ann = signed_in(workspace) if is_signed_in else Asker(ANN, None)
    rated = Rated(runtime, workspace, ann)
    rated.rate(False, "March is missing", ["Wrong number"], voter=ann)
    assert (rated.delivery, rated.at_genie) == ("waiting", None)
    rated.send()
    said = {"rating": "NEGATIVE", "comment": "Wrong number\nMarch is missing"}
    assert (rated.delivery, rated.at_genie) == ("sent", said)
    rated.rate(True, voter=ann)
    rated.send()
    assert rated.at_genie == {"rating": "POSITIVE"}
    rated.rate(None, voter=ann)
    rated.send()
    assert rated.at_genie == {"rating": "NONE"}
    assert runtime.feedback.backlog() == Backlog(0, {})


def test_a_rating_that_genie_has_is_found_there(runtime: Runtime, workspace: Workspace) -> None:
    """The outbox asks for it after a lost reply: a comment that is sent again would stand there twice."""
    rated = Rated(runtime, workspace, Asker(ANN, None))
    rated.rate(False, "No.", voter=Asker(ANN, None))
    wanted, sender = rated.assessments.claim(), Genie(runtime.workspace, as_app=True)
    assert wanted and sender.find(wanted) is None
    id = sender.create(wanted)
    assert sender.find(wanted) == sender.find(replace(wanted, is_upvoted=None)) == id
    assert sender.find(replace(wanted, comment="Never.")) is None
    sender.delete(wanted, id)
    workspace.genie.conversations.clear()
    sender.delete(wanted, id)
    with pytest.raises(Forbidden):
        sender.create(wanted)


def test_what_a_person_asked_is_not_rated_by_the_app_or_by_others(runtime: Runtime, workspace: Workspace) -> None:
    ann = signed_in(workspace)
    rated = Rated(runtime, workspace, ann)
    rated.rate(True, voter=Asker(ANN, None))
    rated.send()
    assert (rated.delivery, rated.at_genie) == ("refused", None)
    assert runtime.feedback.backlog() == Backlog(0, {"genie_forbidden": 1})
    rated.rate(True, voter=ann)
    rated.send()
    assert (rated.delivery, rated.at_genie) == ("sent", {"rating": "POSITIVE"})
    runtime.store(ANN).edit_chat(rated.turn.chat_id, edits.set_visibility("public"))
    rated.rate(False, voter=signed_in(workspace, BOB))
    rated.send()
    assert rated.at_genie == {"rating": "POSITIVE"}
    assert runtime.store(BOB).votes(rated.turn.chat_id)[rated.turn.id].delivery is None
    # Nor does a reader who takes their vote back lend their sign-in to what the owner takes back.
    runtime.feedback.vote(runtime.store(BOB), rated.turn.id, None, voter=signed_in(workspace, BOB))
    rated.rate(None, voter=Asker(ANN, None))
    rated.send()
    assert rated.at_genie == {"rating": "POSITIVE"}
    assert runtime.feedback._genie and set(runtime.feedback._genie._tokens) == {(rated.turn.id, ANN.source_id)}


def test_no_other_agent_leads_to_a_conversation_by_the_name_of_its_trace(runtime: Runtime) -> None:
    store = runtime.store(ANN)
    first = replace(new_turn(), agent="demo-agent")
    store.start_turn(first)
    store.finish_turn(replace(ending_of(first, "Hello"), trace_id="genie:/space/somebodys/message"))
    for agent, ids in (("Shop", ()), ("demo-agent", ("genie:/space/somebodys/message",))):
        then = replace(new_turn(first.chat_id), other_agent=agent)
        store.start_turn(then)
        assert store.list_context(then.chat_id, then.question_id, 10_000).said[-1].genie_ids == ids
        store.finish_turn(ending_of(then, "And?"))


def test_what_mlflow_is_to_be_told_waits_while_only_genie_is_told(runtime: Runtime, workspace: Workspace) -> None:
    rated = Rated(runtime, workspace, Asker(ANN, None))
    other = ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked()))
    assert runtime.feedback.vote(runtime.store(ANN), other.id, True)
    rated.rate(True, voter=Asker(ANN, None))
    rated.send()
    assert rated.delivery == "sent" and runtime.feedback.backlog().waiting == 0
    assert runtime.store(ANN).votes(other.chat_id)[other.id].delivery == "waiting"
    assert not workspace.requests.to("/assessments")

"""Summaries of what an agent is no longer sent: when they are made, for which branches they hold, and who sees them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from lib.chat.another_answer import question_again
from lib.chat.context import SUMMARY_OPENING, ContextCut, context_cut
from lib.chat.summaries import BATCH_CHARS, INSTRUCTION, SummaryPlan
from lib.config import load
from lib.db.database import Database
from lib.identity import Asker, User
from lib.runtime import Runtime
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.context import ContextSummary
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.rest_client import Client
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import asked, ended, lose_database, pause_for, proxy  # noqa: F401
from tests.integration.test_row_level_security import run
from tests.integration.test_store import ann as anns_store  # noqa: F401
from tests.integration.test_store import bob as bobs_store  # noqa: F401
from tests.integration.test_store import ending_of, new_turn
from tests.waiting import until

# ruff: noqa: F811

A_MESSAGE = 1_000
"""Characters of the JSON of each message in a `Talk`."""
SUMMARY = "The person wants the revenue of the North in euros."
Started = Callable[..., Runtime]


def text_of(begin: str) -> str:
    return begin.ljust(A_MESSAGE - len('[{"text": "", "type": "text"}]'), ".")


class Talk:
    """A chat whose messages all have A_MESSAGE characters of JSON."""

    def __init__(self, store: Store, turns: int) -> None:
        self.store, self.chat_id = store, uuid4()
        for number in range(turns):
            self.say(number)
        self.ids = [message.id for message in store.list_messages(self.chat_id, 100)]

    def say(self, number: int, **fields: Any) -> UUID:
        """Returns the answer."""
        question, said = (text_of(f"{who}{number}") for who in "qa")
        self.store.start_turn(turn := new_turn(self.chat_id, question, **fields))
        self.store.finish_turn(ending_of(turn, said))
        return turn.turn_id

    def sent(self, leaf: UUID, messages: float, *, with_summary: bool = True) -> tuple[list[str], str | None]:
        """What is read of the branch to a leaf if so many messages fit: how each begins, and the summary."""
        chars = int(messages * A_MESSAGE)
        context = self.store.list_context(self.chat_id, leaf, chars, with_summary=with_summary)
        places = self.store.list_context_places(self.chat_id, leaf, chars, with_summary=with_summary)
        assert places.summary == context.summary
        assert len(places.said) <= len(context.said)
        return [said.content.rstrip(".") for said in context.said], context.summary and context.summary.content

    def lacking(self, leaf: UUID, most: float, kept: float, batch_chars: int = 100_000) -> tuple[str, list[str]]:
        chars = int(most * A_MESSAGE), int(kept * A_MESSAGE)
        found = self.store.list_unsummarised(self.chat_id, leaf, *chars, batch_chars)
        return found.summary, [message.content.rstrip(".") for message in found.messages]

    def summarise(self, place: int, content: str = SUMMARY) -> UUID:
        """Up to the message at that place. Returns its id."""
        assert self.store.save_context_summary(self.chat_id, self.ids[place], content)
        return self.ids[place]


# -- In a store


def test_a_summary_is_read_only_where_something_does_not_fit_and_takes_its_part_of_the_room(anns_store: Store) -> None:
    talk = Talk(anns_store, 3)
    talk.summarise(1)
    last = talk.ids[-1]
    assert talk.sent(last, 6) == (["q0", "a0", "q1", "a1", "q2", "a2"], None)
    room = 5 + len(SUMMARY) / A_MESSAGE
    assert talk.sent(last, room) == (["a0", "q1", "a1", "q2", "a2"], SUMMARY)
    assert talk.sent(last, room - 0.001) == (["q1", "a1", "q2", "a2"], SUMMARY)
    assert talk.sent(last, 0) == (["a2"], SUMMARY)
    assert talk.sent(last, 5, with_summary=False) == (["a0", "q1", "a1", "q2", "a2"], None)


def test_of_several_summaries_the_one_nearest_to_the_end_of_the_branch_holds(anns_store: Store) -> None:
    talk = Talk(anns_store, 4)
    for place in (3, 1, 4):
        talk.summarise(place, f"Up to {place}")
    assert [talk.sent(leaf, 1)[1] for leaf in talk.ids] == [None, *["Up to 1"] * 2, "Up to 3", *["Up to 4"] * 4]
    talk.summarise(4, "Once more")
    assert talk.sent(talk.ids[-1], 1)[1] == "Once more"


def test_a_summary_holds_for_every_branch_through_its_message_and_for_no_other(anns_store: Store) -> None:
    talk = Talk(anns_store, 3)
    talk.summarise(3)
    beside = talk.say(7, follows=talk.ids[1])
    behind = talk.say(8, follows=talk.ids[3])
    assert talk.sent(beside, 2) == (["q7", "a7"], None)
    assert talk.sent(behind, 2.5) == (["q8", "a8"], SUMMARY)
    anew = talk.say(9, is_beginning=True)
    assert talk.sent(anew, 1) == (["a9"], None)


def test_what_a_summary_lacks_is_what_falls_out_behind_it(anns_store: Store) -> None:
    talk = Talk(anns_store, 4)
    last = talk.ids[-1]
    assert talk.lacking(last, 8, 4) == ("", []), "everything fits"
    assert talk.lacking(last, 7.9, 4) == ("", ["q0", "a0", "q1", "a1"])
    batch_chars = 2 * len(text_of("q0"))
    assert talk.lacking(last, 7, 4, batch_chars) == ("", ["q0", "a0"])
    assert talk.lacking(last, 7, 4, 1) == ("", ["q0"]), "at least one"
    talk.summarise(1)
    assert talk.lacking(last, 5, 4) == (SUMMARY, ["q1", "a1"])
    assert talk.lacking(last, 6, 4)[1] == [], "all that does not fit has a summary"
    talk.summarise(3)
    assert talk.lacking(last, 3, 0) == (SUMMARY, ["q2", "a2", "q3", "a3"])
    talk.summarise(7)
    assert talk.lacking(last, 0, 0)[1] == [], "nothing comes behind it"
    beside = talk.say(7, follows=talk.ids[1])
    assert talk.lacking(beside, 1, 1) == (SUMMARY, ["q7"])


def test_what_is_lacking_has_the_names_of_files_and_counts_standing_instructions(anns_store: Store) -> None:
    file = anns_store.add_file(uuid4(), "sales.csv", "text/csv", b"a\n1\n")
    anns_store.start_turn(turn := new_turn(attachments=[file]))
    anns_store.finish_turn(ending_of(turn))
    found = anns_store.list_unsummarised(turn.chat_id, turn.turn_id, 0, 0, 1_000)
    assert [(message.role, message.content, message.files) for message in found.messages] == [
        ("user", "How much?", ["sales.csv"]),
        ("assistant", "42", []),
    ]
    talk = Talk(anns_store, 2)
    anns_store.save_instructions("x" * 500)
    assert talk.lacking(talk.ids[-1], 4.5, 2.5) == ("", [])
    assert talk.lacking(talk.ids[-1], 4.4, 2.5) == ("", ["q0", "a0"])


def test_a_summary_of_what_is_not_there_is_not_kept(anns_store: Store, bobs_store: Store) -> None:
    talk, other = Talk(anns_store, 1), Talk(anns_store, 1)
    assert not anns_store.save_context_summary(talk.chat_id, other.ids[0], SUMMARY)
    assert not anns_store.save_context_summary(talk.chat_id, uuid4(), SUMMARY)
    assert not bobs_store.save_context_summary(talk.chat_id, talk.ids[0], SUMMARY)
    assert talk.sent(talk.ids[-1], 0) == (["a0"], None)
    anns_store.delete_chat(talk.chat_id)
    assert not anns_store.save_context_summary(talk.chat_id, talk.ids[0], SUMMARY)


def test_neither_readers_nor_copies_of_a_chat_get_its_summaries(anns_store: Store, bobs_store: Store) -> None:
    talk = Talk(anns_store, 2)
    talk.summarise(1)
    anns_store.edit_chat(talk.chat_id, edits.set_visibility("public"))
    assert bobs_store.list_context(talk.chat_id, talk.ids[-1], 1, with_summary=True).said == []
    assert bobs_store.list_unsummarised(talk.chat_id, talk.ids[-1], 1, 0, 1_000).summary == ""
    for store in (anns_store, bobs_store):
        store.copy_chat(talk.chat_id, copy_id := uuid4())
        last = store.list_messages(copy_id)[-1].id
        assert store.list_context(copy_id, last, 1, with_summary=True).summary is None


def test_summaries_go_with_their_chat_and_with_their_owner(database: Database) -> None:
    old, new = (User(f"{name}@example.com", None, None, authenticated=True) for name in ("old", "new"))
    talk, other = Talk(PostgresStore(database, old), 2), Talk(PostgresStore(database, old), 1)
    talk.summarise(1)
    other.summarise(0)
    assert database.row("join_users", scope="people", old_ids=[old.id], new_ids=[new.id])
    assert talk.sent(talk.ids[-1], 1) == ([], None)
    joined = PostgresStore(database, new)
    assert joined.list_context(talk.chat_id, talk.ids[-1], 1, with_summary=True).summary == ContextSummary(
        talk.ids[1], SUMMARY
    )

    def kept() -> int:
        return int(run(database, "SELECT count(*) FROM chat.summaries", user_id=new.id)[0][0])

    assert kept() == 2
    joined.delete_chat(other.chat_id)
    assert kept() == 1
    joined.trash_chat(talk.chat_id)
    while joined.delete_some_chats().chat_ids:
        pass
    assert kept() == 0


# -- From an answer to the next question


@pytest.fixture
def started(platform: dict[str, str], workspace: Workspace) -> Iterator[Started]:
    """A running app that sends some 2,000 characters, and has summaries unless told otherwise."""
    made: list[Runtime] = []
    workspace.requests.clear()

    def start(**environ: str) -> Runtime:
        with_model = {"SERVING_ENDPOINT": "demo-chat", "TITLE_ENDPOINT": "demo-titles", "FOLLOW_UPS": "off"}
        small = {"HISTORY_TOKEN_BUDGET": "500", "CONTEXT_SUMMARY": "on"}
        made.append(Runtime(load({**platform, **with_model, **small, **environ})))
        made[-1].start()
        return made[-1]

    yield start
    for each in made:
        each.stop()


def padded(text: str) -> str:
    """A question of some length."""
    return f"{text} {'please ' * 40}"


def ask(runtime: Runtime, text: str, chat_id: UUID | None = None, user: User = ANN) -> UUID:
    """Returns the chat once the answer has ended."""
    question = asked(padded(text), chat_id)
    return ended(runtime.turns.ask(runtime.store(user), Asker(user, None), question)).chat_id


def system_message(workspace: Workspace) -> str:
    """Of the last request to the agent; empty if there was none."""
    said = workspace.requests.invocations[-1].json["messages"]
    return str(said[0]["content"]) if said[0]["role"] == "system" else ""


def summarised(workspace: Workspace) -> list[dict[str, Any]]:
    """What the small model was given to summarise."""
    bodies = [request.json for request in workspace.requests.to("/demo-titles/", "POST")]
    begin = INSTRUCTION.partition("{")[0]
    return [
        json.loads(body["messages"][1]["content"])
        for body in bodies
        if body["messages"][0]["content"].startswith(begin)
    ]


def cut_of(runtime: Runtime, chat_id: UUID) -> ContextCut | None:
    store = runtime.store(ANN)
    return context_cut(store, chat_id, store.list_messages(chat_id)[-1].id, runtime.settings)


def summary_of(runtime: Runtime, chat_id: UUID) -> str:
    cut = cut_of(runtime, chat_id)
    return cut.summary.content if cut and cut.summary else ""


def long_chat(runtime: Runtime) -> UUID:
    """Of which the agent no longer sees the beginning, and has a summary that lacks nothing."""
    chat_id = ask(runtime, "What is first?")
    for number in range(2, 6):
        ask(runtime, f"What is number {number}?", chat_id)
    plan, store = SummaryPlan.of(runtime.settings), runtime.store(ANN)
    last, chars = store.list_messages(chat_id)[-1].id, (plan.max_chars, plan.kept_chars, BATCH_CHARS)
    until(lambda: store.list_unsummarised(chat_id, last, *chars).messages == [])
    assert summary_of(runtime, chat_id)
    return chat_id


def test_the_agent_is_sent_a_summary_instead_of_what_it_no_longer_sees_and_later_ones_go_on_from_it(
    started: Started, workspace: Workspace
) -> None:
    runtime = started(SYSTEM_PROMPT="Be exact.", SEND_DATE="day")
    chat_id = long_chat(runtime)
    kept = summary_of(runtime, chat_id)
    ask(runtime, "And now?", chat_id)
    sent = workspace.requests.invocations[-1]
    assert "What is first?" in kept and "What is first?" not in str(sent.json["messages"][1:])
    said = system_message(workspace)
    assert re.fullmatch(rf"Be exact\.\n\n{re.escape(SUMMARY_OPENING + kept)}\n\nToday is .*", said, re.DOTALL)
    characters = sum(len(message["content"]) for message in sent.json["messages"])
    assert characters < 2_000 + len(SUMMARY_OPENING) + 150, "the summary counts"
    given = summarised(workspace)
    assert given[0]["summary"] == "" and given[0]["messages"][0]["text"].startswith("What is first?")
    assert {message["role"] for each in given for message in each["messages"]} == {"user", "assistant"}
    read = [message["text"] for each in given for message in each["messages"] if message["role"] == "user"]
    assert len(given) > 1 and len(set(read)) == len(read), "nothing is read twice"
    assert all(each["summary"] for each in given[1:])
    request = workspace.requests.to("/demo-titles/", "POST")[-1]
    assert request.caller != ANN.id and "Be exact." not in request.body.decode()


def test_a_summary_is_not_sent_on_a_branch_that_leaves_before_its_end(started: Started, workspace: Workspace) -> None:
    runtime = started()
    chat_id = long_chat(runtime)
    store = runtime.store(ANN)
    first, *_ = store.list_messages(chat_id, 100)
    anew = replace(asked("Or rather?", chat_id), is_beginning=True)
    ended(runtime.turns.ask(store, Asker(ANN, None), anew))
    assert system_message(workspace) == "" and cut_of(runtime, chat_id) is None
    store.open_branch(chat_id, first.id)
    ask(runtime, "And now?", chat_id)
    assert SUMMARY_OPENING in system_message(workspace)
    answer = store.list_messages(chat_id)[-1]
    again = question_again(store, chat_id, answer.id, new_answer_id())
    ended(runtime.turns.ask(store, Asker(ANN, None), again))
    assert SUMMARY_OPENING in system_message(workspace), "the same question once more has the same summary"


def test_another_process_sends_the_summary_and_without_the_setting_none_is_made_or_sent(
    started: Started, workspace: Workspace
) -> None:
    chat_id = long_chat(started())
    there, without = started(), started(CONTEXT_SUMMARY="off")
    kept = summary_of(there, chat_id)
    ask(there, "And now?", chat_id)
    assert f"{SUMMARY_OPENING}{kept}" in system_message(workspace)
    ask(without, "And now, without?", chat_id)
    assert system_message(workspace) == "" and summary_of(without, chat_id) == ""
    other = ask(without, "What is other?")
    for number in range(2, 5):
        ask(without, f"What is number {number}?", other)
    assert cut_of(without, other) and "What is other?" not in str(summarised(workspace))


def test_no_answer_waits_for_a_summary_and_a_model_that_fails_changes_nothing(
    started: Started, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = started()
    chat_id = ask(runtime, "What is first?")
    until(lambda: len(workspace.requests.to("/demo-titles/", "POST")) == 1)  # the title
    held = workspace.faults.titles.next(hold_after=0)
    for number in range(2, 6):
        ask(runtime, f"What is number {number}?", chat_id)
    assert system_message(workspace) == "" and len(summarised(workspace)) == 1, "one at a time"
    cut = cut_of(runtime, chat_id)
    assert cut and cut.summary is None
    for fault in ({"status": 503}, {"cut_after": 0}):
        workspace.faults.titles.next(**fault)
    held.release_all()
    until(lambda: bool(summary_of(runtime, chat_id)) or "gets no summary" in caplog.text)
    known = summary_of(runtime, chat_id)
    for number in range(6, 9):
        ask(runtime, f"What is number {number}?", chat_id)
        assert runtime.store(ANN).list_messages(chat_id)[-1].status == "complete"
    until(lambda: "gets no summary from the model" in caplog.text)
    until(lambda: summary_of(runtime, chat_id) not in ("", known))
    assert "What is" not in caplog.text


def test_the_last_known_summary_is_sent_while_the_database_is_away(
    started: Started, workspace: Workspace, database_url: str, proxy: TcpProxy, own_folder: object
) -> None:
    runtime = started(DATABASE_URL=proxy.url(database_url))
    pause_for(runtime)
    chat_id = long_chat(runtime)
    kept = summary_of(runtime, chat_id)
    lose_database(runtime, proxy)
    ask(runtime, "And now?", chat_id)
    assert f"{SUMMARY_OPENING}{kept}" in system_message(workspace)
    proxy.open()


@pytest.fixture
def with_summaries(platform: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    platform |= {"TITLE_ENDPOINT": "demo-titles", "CONTEXT_SUMMARY": "on", "HISTORY_TOKEN_BUDGET": "500"}


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_a_program_reads_the_summary_beside_the_cut_of_its_own_chats(
    with_summaries: None, ann: Client, bob: Client, kept: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(kept)
    chat_id = str(uuid4())
    ann.ask(padded("What is first?"), chat_id=chat_id)
    read = ann.get(f"/messages/{chat_id}").json()
    assert (read["contextCut"], read["contextSummary"]) == (None, None)
    for number in range(2, 5):
        ann.ask(padded(f"What is number {number}?"), chat_id=chat_id)
    until(lambda: ann.get(f"/messages/{chat_id}").json()["contextSummary"] is not None)
    read = ann.get(f"/messages/{chat_id}").json()
    assert read["contextCut"] and "What is first?" in read["contextSummary"]
    ann.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    read = bob.get(f"/messages/{chat_id}").json()
    assert read["data"] and (read["contextCut"], read["contextSummary"]) == (None, None)
    for path in ("export", "export?format=markdown"):
        assert "The person asked" not in ann.get(f"/chat/{chat_id}/{path}").text

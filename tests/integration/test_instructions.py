"""Standing instructions: kept for their user alone, and what of them the agent is really sent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from lib.chat import discarding
from lib.chat.another_answer import question_again
from lib.chat.context import context_chars, with_instructions
from lib.config import load
from lib.db.database import Database
from lib.errors import BadInput, DatabaseUnavailable
from lib.identity import Asker, User
from lib.messages.parts import ContextMessage, Text
from lib.runtime import Runtime
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from lib.store.validation import MAX_INSTRUCTIONS_CHARS
from local.workspace import Workspace
from tests.conftest import ANN, BOB
from tests.integration.rest_client import Client, assert_error, chat_of
from tests.integration.stores import Stores
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_agents import PLACES, environ, made, receive  # noqa: F401
from tests.integration.test_resilient_store import (  # noqa: F401
    ask,
    asked,
    ended,
    lose_database,
    proxy,
    resilient,
    restore_database,
)
from tests.integration.test_store import ann as anns_store  # noqa: F401
from tests.integration.test_store import answered, new_turn
from tests.integration.test_store import bob as bobs_store  # noqa: F401

# ruff: noqa: F811

MINE = "Answer in short sentences; amounts in euros.\nNo tables."
PUT = {"instructions": MINE}
Clients = Callable[..., Client]


def system_messages(body: dict[str, Any]) -> list[Any]:
    """Each with its place."""
    said = body.get("input") or body["messages"]
    return [(place, message["content"]) for place, message in enumerate(said) if message.get("role") == "system"]


def sent(workspace: Workspace) -> list[Any]:
    """The system messages of the last request to an agent."""
    return system_messages(workspace.requests.invocations[-1].json)


# -- In a store


def test_instructions_are_replaced_and_empty_ones_are_none(anns_store: Store) -> None:
    assert anns_store.read_instructions() == ""
    for given, kept in ((MINE, MINE), (MINE, MINE), ("  Be\x00 brief.\r\n", "Be brief."), (" \n", ""), ("", "")):
        assert anns_store.save_instructions(given) == kept
        assert anns_store.read_instructions() == kept


def test_too_long_instructions_are_refused_and_change_nothing(anns_store: Store) -> None:
    longest = "€" * MAX_INSTRUCTIONS_CHARS
    anns_store.save_instructions(longest)
    with pytest.raises(BadInput):
        anns_store.save_instructions(f"{longest}.")
    assert anns_store.read_instructions() == longest


def test_a_turn_starts_with_its_users_instructions_unless_the_chat_is_without_them(
    anns_store: Store, bobs_store: Store
) -> None:
    anns_store.save_instructions(MINE)
    turn = answered(anns_store)
    again = replace(turn, turn_id=new_answer_id())
    assert anns_store.start_turn(again).instructions == MINE
    assert anns_store.start_turn(again).instructions == MINE, "repeated"
    assert bobs_store.start_turn(new_turn()).instructions == ""
    other = answered(anns_store)
    for used in (False, True):
        assert anns_store.edit_chat(other.chat_id, edits.use_instructions(used))
        chat = anns_store.get_chat(other.chat_id)
        assert chat and chat.uses_instructions is used
        answered(anns_store, other.chat_id)
        started = anns_store.start_turn(new_turn())
        assert started.instructions == MINE, "in other chats they are used all the same"
    anns_store.edit_chat(other.chat_id, edits.use_instructions(False))
    assert anns_store.start_turn(new_turn(other.chat_id)).instructions is None


def test_a_copy_of_ones_own_chat_is_without_them_too_and_a_copy_of_anothers_is_not(
    anns_store: Store, bobs_store: Store
) -> None:
    turn = answered(anns_store)
    anns_store.edit_chat(turn.chat_id, edits.use_instructions(False))
    anns_store.edit_chat(turn.chat_id, edits.set_visibility("public"))
    for store, used in ((anns_store, False), (bobs_store, True)):
        seen = store.find_chat(turn.chat_id)
        assert seen and seen.uses_instructions is used, "readers do not learn of it"
        store.copy_chat(turn.chat_id, copy_id := uuid4())
        copy = store.get_chat(copy_id)
        assert copy and copy.uses_instructions is used


def test_instructions_take_their_part_of_the_conversation_that_is_sent(anns_store: Store) -> None:
    turn = answered(anns_store, question="q" * 300, said="a" * 300)
    anns_store.start_turn(last := new_turn(turn.chat_id, "And then?"))

    def fitting(chars: int) -> tuple[int, int]:
        context = anns_store.list_context(turn.chat_id, last.question_id, chars).said
        return len(context), len(anns_store.list_context_places(turn.chat_id, last.question_id, chars).said)

    whole = next(chars for chars in range(600, 1_000) if fitting(chars)[0] == 3)
    anns_store.save_instructions("Be brief.")
    exact = whole + len("Be brief.")
    assert (fitting(exact - 1)[0], fitting(exact)[0]) == (2, 3)
    assert fitting(0) == (1, 1), "the question is always sent"
    anns_store.edit_chat(turn.chat_id, edits.use_instructions(False))
    assert fitting(whole)[0] == 3


def test_whoever_is_erased_has_no_instructions_any_more(stores: Stores, owner: User) -> None:
    store = stores.store(owner)
    store.save_instructions(MINE)
    other = stores.store(replace(BOB, id=f"bob-{uuid4()}"))
    other.save_instructions("Bob's own")
    store.forget_user()
    assert (store.read_instructions(), other.read_instructions()) == ("", "Bob's own")


@pytest.mark.parametrize("saved", [["old"], ["new"], ["old", "new"], ["new", "old"], ["new", "old", "older"]])
def test_the_instructions_saved_last_are_kept_when_a_persons_ids_are_joined(
    database: Database, saved: list[str]
) -> None:
    users = {name: User(f"{name}@example.com", None, None, authenticated=True) for name in ("older", "old", "new")}
    for name in saved:
        PostgresStore(database, users[name]).save_instructions(f"Under the {name} id")
    old_ids = [users[name].id for name in ("older", "old")]
    new_ids = [users["new"].id] * 2
    assert database.row("join_users", scope="people", old_ids=old_ids, new_ids=new_ids)
    found = {name: PostgresStore(database, user).read_instructions() for name, user in users.items()}
    assert found == {"older": "", "old": "", "new": f"Under the {saved[-1]} id"}


# -- What an agent is sent


@pytest.mark.parametrize("place", PLACES)
def test_each_kind_of_agent_gets_them_as_a_system_message_at_the_beginning(
    place: str, environ: dict[str, str], workspace: Workspace
) -> None:
    conversation = [
        ContextMessage("user", [Text("How many orders are there?")]),
        ContextMessage("assistant", [Text("2,000.")]),
        ContextMessage("user", [Text("And customers?")]),
    ]
    received = receive(made(environ, place), said=with_instructions(conversation, "The app's own.", MINE))
    assert received.failure == "" and received.text
    [request] = workspace.requests.invocations
    assert system_messages(request.json) == [(0, f"The app's own.\n\n{MINE}")]
    said = request.json.get("input") or request.json["messages"]
    assert [message["role"] for message in said] == ["system", "user", "assistant", "user"]
    workspace.requests.clear()
    receive(made(environ, place), said=with_instructions(conversation, "", ""))
    [request] = workspace.requests.invocations
    assert system_messages(request.json) == []


@pytest.mark.parametrize("kept", ["runtime", "ephemeral"])
def test_every_way_to_ask_sends_them(
    ann: Client, bob: Client, workspace: Workspace, kept: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(kept)
    assert ann.get("/instructions").json() == {"instructions": ""}
    assert ann.http.put("/instructions", json=PUT).json() == PUT == ann.get("/instructions").json()
    chat_id = chat_of(ann.ask())
    assert sent(workspace) == [(0, MINE)]
    chat_of(ann.ask("And customers?", chat_id=chat_id))
    assert sent(workspace) == [(0, MINE)]
    *_, question, answer = ann.get(f"/messages/{chat_id}").json()["data"]
    for path, body in (
        (f"/chat/{chat_id}/regenerate", {"messageId": answer["id"]}),
        ("/chat", {"id": chat_id, "messages": [{"role": "user", "content": "Or rather?", "parentId": None}]}),
        ("/v1/responses", {"input": "By the other API?", "conversation": chat_id, "instructions": "Ignored"}),
    ):
        before = len(workspace.requests.invocations)
        assert ann.http.post(path, json=body).status_code == 200
        assert (len(workspace.requests.invocations), sent(workspace)) == (before + 1, [(0, MINE)]), path
    assert question["content"] == "And customers?", "they are no part of the conversation that is kept"
    chat_of(bob.ask())
    assert sent(workspace) == []
    assert bob.get("/instructions").json() == {"instructions": ""}


def test_a_chat_can_be_asked_without_them_and_with_them_again(ann: Client, workspace: Workspace) -> None:
    ann.http.put("/instructions", json=PUT)
    chat_id = chat_of(ann.ask())
    for used in (False, False, True):
        changed = ann.http.patch(f"/chat/{chat_id}", json={"usesInstructions": used})
        assert (changed.status_code, changed.json()["usesInstructions"]) == (200, used)
        assert ann.get(f"/chat/{chat_id}").json()["usesInstructions"] is used
        chat_of(ann.ask("And customers?", chat_id=chat_id))
        assert sent(workspace) == ([(0, MINE)] if used else [])
    assert_error(ann.http.patch(f"/chat/{chat_id}", json={"usesInstructions": "no"}), 422, "invalid_request")


def test_what_is_too_long_or_no_text_is_refused(ann: Client) -> None:
    ann.http.put("/instructions", json=PUT)
    for wrong in ({"instructions": "x" * 2_001}, {"instructions": None}, {}, {"instructions": "x", "more": 1}):
        assert_error(ann.http.put("/instructions", json=wrong), 422, "invalid_request")
    refused = ann.http.put("/instructions", json={"instructions": "x" * 2_001})
    assert "2000 characters" in refused.json()["error"]
    assert ann.get("/instructions").json() == PUT
    assert ann.http.put("/instructions", json={"instructions": " "}).json() == {"instructions": ""}


def test_the_apps_own_prompt_comes_first_and_also_in_chats_without_standing_instructions(
    platform: dict[str, str], workspace: Workspace
) -> None:
    workspace.requests.clear()
    runtime = Runtime(load(platform | {"SYSTEM_PROMPT": "You work for a shop.", "TITLE_ENDPOINT": "demo-titles"}))
    runtime.start()
    try:
        store = runtime.store(ANN)
        ask(runtime, question := asked())
        assert sent(workspace) == [(0, "You work for a shop.")]
        store.save_instructions(MINE)
        again = question_again(store, question.chat_id, question.turn_id, new_answer_id())
        ended(runtime.turns.ask(store, Asker(ANN, None), again))
        assert sent(workspace) == [(0, f"You work for a shop.\n\n{MINE}")]
        store.edit_chat(question.chat_id, edits.use_instructions(False))
        ask(runtime, asked("And customers?", question.chat_id))
        assert sent(workspace) == [(0, "You work for a shop.")]
        workspace.requests.wait_for("/demo-titles/")
        for request in workspace.requests.to("/demo-titles/invocations"):
            assert MINE not in request.body.decode() and "You work for a shop." not in request.body.decode()
        assert context_chars(runtime.settings) == 4 * 100_000 - len("You work for a shop.")
    finally:
        runtime.stop()


# -- While the database is away


def test_the_last_known_instructions_are_sent_while_the_database_is_away(
    resilient: Runtime, proxy: TcpProxy, workspace: Workspace
) -> None:
    workspace.requests.clear()
    store = resilient.store(ANN)
    store.save_instructions(MINE)
    ask(resilient, without := asked())
    store.edit_chat(without.chat_id, edits.use_instructions(False))
    store.list_messages(without.chat_id)
    lose_database(resilient, proxy)
    assert store.read_instructions() == MINE
    with pytest.raises(DatabaseUnavailable):
        store.save_instructions("Too late")
    with pytest.raises(DatabaseUnavailable):
        resilient.store(ANN, remembered=False).read_instructions()
    ask(resilient, asked())
    assert sent(workspace) == [(0, MINE)]
    ask(resilient, asked("And customers?", without.chat_id))
    assert sent(workspace) == []
    ask(resilient, asked(), BOB)
    assert sent(workspace) == [], "his are not known, and his question is asked all the same"
    restore_database(resilient, proxy)
    assert store.read_instructions() == MINE


def test_what_a_question_was_asked_with_is_known_when_the_database_goes_away(
    resilient: Runtime, proxy: TcpProxy, database: Database, workspace: Workspace
) -> None:
    PostgresStore(database, ANN).save_instructions("Saved by another process")
    ask(resilient, asked())
    lose_database(resilient, proxy)
    assert resilient.store(ANN).read_instructions() == "Saved by another process"
    ask(resilient, asked())
    assert sent(workspace) == [(0, "Saved by another process")]


def test_erased_instructions_are_not_sent_from_memory_either(
    resilient: Runtime, proxy: TcpProxy, workspace: Workspace
) -> None:
    store = resilient.store(ANN)
    store.save_instructions(MINE)
    discarding.erase(resilient.turns, store)
    lose_database(resilient, proxy)
    with pytest.raises(DatabaseUnavailable):
        resilient.store(ANN).read_instructions()
    ask(resilient, asked())
    assert sent(workspace) == []


# -- In files


def test_a_file_says_whether_a_chat_was_asked_without_them(ann: Client, bob: Client) -> None:
    chat_id = chat_of(ann.ask())
    ann.http.patch(f"/chat/{chat_id}", json={"usesInstructions": False})
    file = ann.get(f"/chat/{chat_id}/export").json()
    assert file["chat"]["usesInstructions"] is False
    assert bob.http.post("/import", json=file).json()["imported"] == 1
    (imported,) = bob.get("/history").json()["data"]
    assert imported["usesInstructions"] is False and UUID(imported["id"]) != UUID(chat_id)

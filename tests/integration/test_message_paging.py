"""A long chat is read in pages, and each page says whether there are earlier messages."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.runtime import Runtime
from lib.store.chat_record import MAX_MESSAGES_A_CHAT
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import has_earlier
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.rest_client import Client, asking, assert_error, chat_of, messages_of
from tests.integration.stores import Stores
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import ask, asked, lose_database, proxy, resilient, said  # noqa: F401
from tests.integration.test_store import answered


def long_chat(client: Client, questions: int = 4) -> tuple[str, list[str]]:
    """The chat and the ids of its messages."""
    chat_id = chat_of(client.ask("q0"))
    for number in range(1, questions):
        chat_of(client.ask(f"q{number}", chat_id=chat_id))
    return chat_id, [message["id"] for message in messages_of(client, chat_id)]


def pages(client: Client, path: str, limit: int) -> list[list[str]]:
    """The pages of message ids, from the newest to the oldest."""
    found: list[list[str]] = []
    params: dict[str, Any] = {"limit": limit}
    while True:
        page = client.get(path, **params).json()
        assert (
            set(page) == {"data", "hasMore", "nextCursor", "contextCut", "contextSummary", "source"}
            and page["source"] == "live"
        )
        found.append([message["id"] for message in page["data"]])
        if not page["hasMore"]:
            assert page["nextCursor"] is None
            return found
        params["before"] = page["nextCursor"]


def walk(client: Client) -> None:
    chat_id, ids = long_chat(client)
    assert len(ids) == 8
    for path in (f"/messages/{chat_id}", f"/chats/{chat_id}/messages"):
        assert pages(client, path, 3) == [ids[5:], ids[2:5], ids[:2]]
        assert pages(client, path, 4) == [ids[4:], ids[:4]]
        assert pages(client, path, 8) == pages(client, path, 10_000) == [ids]
        assert [page for (page,) in pages(client, path, 1)] == ids[::-1]
        nothing = client.get(path, before=ids[0]).json()
        assert (nothing["data"], nothing["hasMore"], nothing["nextCursor"]) == ([], False, None)


def test_paging_through_a_chat_gives_every_message_once(ann: Client) -> None:
    walk(ann)


def test_a_user_keeps_their_history_in_memory_when_their_address_changes(ephemeral: Runtime, ann: Client) -> None:
    walk(ann)


def refuse(ann: Client, bob: Client) -> None:
    chat_id, ids = long_chat(ann, 1)
    _, elsewhere = long_chat(ann, 1)
    _, bobs = long_chat(bob, 1)
    path = f"/messages/{chat_id}"
    texts = set()
    for unknown in (str(uuid4()), elsewhere[0], elsewhere[1], *bobs):
        refused = ann.get(path, before=unknown)
        assert_error(refused, 400, "bad_input")
        texts.add(refused.text)
    assert len(texts) == 1, "another's message is as one that never was"
    assert_error(bob.get(path, before=ids[1]), 404, "not_found")
    for wrong in ({"limit": "0"}, {"limit": "10001"}, {"limit": "x"}, {"before": "7"}):
        assert_error(ann.get(path, **wrong), 422, "invalid_request")


def test_an_invalid_cursor_is_refused(ann: Client, bob: Client) -> None:
    refuse(ann, bob)


def test_an_invalid_cursor_is_refused_by_memory(ephemeral: Runtime, ann: Client, bob: Client) -> None:
    refuse(ann, bob)


def test_readers_of_a_public_chat_can_page_through_it(ann: Client, bob: Client) -> None:
    chat_id, ids = long_chat(ann, 2)
    ann.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    assert pages(bob, f"/messages/{chat_id}", 3) == [ids[1:], ids[:1]]


def test_the_running_answer_is_on_the_last_page_only(ann: Client, workspace: Workspace) -> None:
    chat_id, ids = long_chat(ann, 2)
    fault = workspace.faults.invocations.next(hold_after=2)
    with ann.asked(asking("q2", chat_id)) as events:
        next(events)
        last = ann.get(f"/messages/{chat_id}", limit=2).json()
        earlier = ann.get(f"/messages/{chat_id}", limit=2, before=last["nextCursor"]).json()
        fault.release_all()
    assert [message["content"] for message in last["data"]][1] == "q2"
    assert [message["status"] for message in last["data"]] == ["complete", "complete", "running"]
    assert [message["id"] for message in earlier["data"]] == ids[1:3]


def test_a_page_says_whether_there_are_earlier_ones(stores: Stores, owner: User) -> None:
    ann = stores.store(owner)
    chat_id = answered(ann).chat_id
    last = answered(ann, chat_id)
    assert has_earlier(ann.list_messages(chat_id, 3))
    assert not has_earlier(ann.list_messages(chat_id, 4))
    assert not has_earlier(ann.list_messages(chat_id, before=last.question_id))
    assert not has_earlier([])


def test_messages_dropped_from_memory_are_not_reported_as_earlier_messages() -> None:
    store = MemoryStore(MemoryChats(), ANN)
    chat_id = answered(store).chat_id
    for _ in range(MAX_MESSAGES_A_CHAT // 2):
        answered(store, chat_id)
    assert len(store.list_messages(chat_id, 1_000)) == MAX_MESSAGES_A_CHAT
    assert not has_earlier(store.list_messages(chat_id, 1_000))
    assert has_earlier(store.list_messages(chat_id, MAX_MESSAGES_A_CHAT - 1))


def test_during_an_outage_a_partial_page_is_not_reported_as_complete(
    resilient: Runtime,  # noqa: F811
    proxy: TcpProxy,  # noqa: F811
) -> None:
    first = asked()
    ask(resilient, first)
    for _ in range(2):
        ask(resilient, asked("And then?", first.chat_id))
    store = resilient.store(ANN)
    whole = store.list_messages(first.chat_id)
    assert len(whole) == 6
    store.list_messages(first.chat_id, 3)
    lose_database(resilient, proxy)
    here = store.list_messages(first.chat_id)
    assert said(here) == said(whole[3:]) and has_earlier(here)
    assert said(store.list_messages(first.chat_id, before=here[1].id)) == said(here[:1])
    for before in (here[0].id, whole[0].id, uuid4()):
        with pytest.raises(DatabaseUnavailable):
            store.list_messages(first.chat_id, before=before)


def test_during_an_outage_the_messages_route_answers_503(
    resilient: Runtime,  # noqa: F811
    proxy: TcpProxy,  # noqa: F811
    served: Any,
    ann: Client,
) -> None:
    served[1]["now"] = resilient
    chat_id, ids = long_chat(ann, 2)
    lose_database(resilient, proxy)
    for params in ({}, {"before": ids[2]}, {"before": ids[0]}):
        assert_error(ann.get(f"/messages/{chat_id}", **params), 503, "database_unavailable")


def test_the_cut_names_the_last_message_that_the_agent_no_longer_sees(
    ann: Client, bob: Client, runtime: Runtime
) -> None:
    chat_id, ids = long_chat(ann)
    path = f"/messages/{chat_id}"
    assert ann.get(path).json()["contextCut"] is None
    ann.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    runtime.settings = replace(runtime.settings, history_token_budget=1)
    assert [ann.get(path, **page).json()["contextCut"] for page in ({}, {"limit": 1}, {"before": ids[2]})] == [
        ids[-1]
    ] * 3
    assert bob.get(path).json()["contextCut"] is None

"""The route that the palette asks while somebody types: their chats, each once, with the newest hits."""

from typing import Any
from uuid import uuid4

import pytest

from lib.runtime import Runtime
from tests.integration.conftest import Runtimes
from tests.integration.rest_client import Client, asking, assert_error, chat_of, messages_of
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_changed_addresses import statements
from tests.integration.test_resilient_store import lose_database, restore_database
from tests.integration.test_resilient_store import proxy as proxy
from tests.integration.test_resilient_store import resilient as resilient
from tests.waiting import until

PATH = "/search/chats"


@pytest.fixture(params=["runtime", "ephemeral"])
def kept(request: pytest.FixtureRequest, url: str) -> Runtime:
    """Over Postgres and over memory."""
    process: Runtime = request.getfixturevalue(request.param)
    return process


def found(client: Client, words: str = "", **params: Any) -> list[dict[str, Any]]:
    response = client.get(PATH, q=words, **params)
    assert response.status_code == 200, response.text
    chats: list[dict[str, Any]] = response.json()["data"]
    return chats


def named(client: Client, title: str, question: str = "How many orders are there?") -> str:
    chat_id = chat_of(client.ask(question))
    assert client.http.patch(f"/chat/{chat_id}", json={"title": title}).status_code == 200
    return chat_id


def joined(pieces: list[dict[str, Any]]) -> str:
    return "".join(f"[{piece['text']}]" if piece["found"] else piece["text"] for piece in pieces)


def test_a_chat_is_given_once_with_its_hits_in_pieces(ann: Client, kept: Runtime) -> None:
    chat_id = named(ann, "About zebras", "Is a <b>zebra</b> a horse?")
    chat_of(ann.ask("Another Zebra?", chat_id=chat_id))
    (chat,) = found(ann, "zebra")
    assert set(chat) == {"id", "title", "agent", "updatedAt", "archived", "hits", "hitCount"}
    assert (chat["id"], joined(chat["title"]), chat["archived"]) == (chat_id, "About [zebras]", False)
    said = {message["id"]: message for message in messages_of(ann, chat_id)}
    assert [hit["role"] for hit in chat["hits"]] == [said[hit["messageId"]]["role"] for hit in chat["hits"]]
    asked = [hit for hit in chat["hits"] if said[hit["messageId"]]["role"] == "user"]
    assert [joined(hit["snippet"]) for hit in asked] == ["Another [Zebra]?", "Is a <b>[zebra]</b> a horse?"]
    assert all(hit["createdAt"] for hit in chat["hits"]) and chat["hitCount"] >= len(asked)


def test_a_chat_found_by_its_title_has_no_hits(ann: Client, kept: Runtime) -> None:
    chat_id = named(ann, "Zanzibar")
    assert [(chat["id"], chat["hits"], chat["hitCount"]) for chat in found(ann, "zanz")] == [(chat_id, [], 0)]
    assert found(ann, "nowhere-to-be-found") == []


@pytest.mark.parametrize("words", ["", "  "])
def test_without_words_the_last_active_chats_are_given(ann: Client, kept: Runtime, words: str) -> None:
    first, second, archived = (named(ann, title) for title in ("First", "Second", "Third"))
    ann.http.patch(f"/chat/{archived}", json={"archived": True})
    assert [chat["id"] for chat in found(ann, words)] == [second, first]
    assert [chat["archived"] for chat in found(ann, "third")] == [True]


def test_whoever_opens_the_palette_has_the_search_warmed_up(ann: Client, runtime: Runtime) -> None:
    assert runtime.database
    with statements(runtime.database) as seen:
        assert found(ann) == []
        until(lambda: any("FROM newest" in statement for statement in seen))


def test_there_are_no_more_chats_than_the_limit(ann: Client, kept: Runtime) -> None:
    for number in range(3):
        named(ann, f"Alpha {number}")
    for words in ("", "alpha"):
        for limit, has_more in ((2, True), (3, False)):
            page = ann.get(PATH, q=words, limit=limit).json()
            assert (len(page["data"]), page["hasMore"]) == (limit, has_more), words


def test_chats_of_others_and_in_the_trash_are_not_found(ann: Client, bob: Client, kept: Runtime) -> None:
    public, trashed = named(ann, "Zanzibar"), named(ann, "Zanzibar too")
    ann.http.patch(f"/chat/{public}/visibility", json={"visibility": "public"})
    ann.http.post(f"/chat/{trashed}/trash")
    for words in ("", "zanzibar"):
        assert [chat["id"] for chat in found(ann, words)] == [public]
        assert found(bob, words) == []


@pytest.mark.parametrize("params", [{"q": "x" * 201}, {"limit": 0}, {"limit": 101}, {"limit": "many"}])
def test_bad_input_is_refused(ann: Client, params: dict[str, Any]) -> None:
    assert_error(ann.get(PATH, **params), 422, "invalid_request")


@pytest.mark.parametrize("words", ["\x00", "'; DROP TABLE chat.chats; --", '"', "-", "x" * 200, "\ue000a\ue001"])
def test_words_of_any_kind_are_only_words(ann: Client, kept: Runtime, words: str) -> None:
    named(ann, "Alpha")
    assert found(ann, words) == []
    assert len(found(ann)) == 1


def test_while_the_database_is_away_it_is_refused_in_plain_words(
    ann: Client, resilient: Runtime, proxy: TcpProxy, served: tuple[str, Runtimes]
) -> None:
    served[1]["now"] = resilient
    body = asking("How many zebras are there?", str(uuid4()))
    chat_of(ann.http.post("/chat", json=body))
    lose_database(resilient, proxy)
    for words in ("", "zebras"):
        assert_error(ann.get(PATH, q=words), 503, "database_unavailable")
    restore_database(resilient, proxy)
    assert [chat["id"] for chat in found(ann, "zebras")] == [body["id"]]

"""A user whose email address changes keeps their chats; who takes over an address does not get its former chats."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.identity import Asker, User
from lib.runtime import Runtime
from lib.store import user_ids
from lib.store.models import Chat
from lib.store.postgres import PostgresStore
from lib.store.turn_models import ParkedTurn
from lib.store.user_ids import MemoryUserIds, PostgresUserIds
from lib.workspace import Workspace as AppWorkspace
from local.workspace import Workspace
from tests.integration.rest_client import Client, chat_of, messages_of
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import (  # noqa: F401
    ask,
    asked,
    ended,
    lose_database,
    proxy,
    resilient,
    restore_database,
    said,
)
from tests.integration.test_store import answered, ending_of, new_turn
from tests.integration.test_user_ids import rows
from tests.waiting import until

Clients = Callable[..., Client]
OLD, NEW = "Ann.Old@Example.com", "Ann.New@Example.com"


def sent(address: str | None, platform_id: str | None = "7@1") -> dict[str, str]:
    given = {"x-forwarded-email": address, "x-forwarded-user": platform_id}
    return {name: value for name, value in given.items() if value}


def ids(client: Client) -> set[str]:
    return {chat["id"] for chat in client.get("/history").json()["data"]}


def user(address: str, platform_id: str | None = "7@1") -> User:
    return User(address.casefold(), address, None, authenticated=True, platform_id=platform_id)


def test_a_user_keeps_their_history_when_their_address_changes(client_of: Clients) -> None:
    before = client_of(**sent(OLD))
    first = chat_of(before.ask("Said under the old address."))
    after = client_of(**sent(NEW))
    assert ids(after) == {first}
    second = chat_of(after.ask("Said under the new one.", chat_id=first))
    assert second == first and len(messages_of(after, first)) == 4
    assert after.get("/session").json()["user"] == {"id": NEW.casefold(), "email": NEW, "name": None}
    third = chat_of(after.ask("A chat of its own."))
    # A tab that stayed open still sends the old address.
    assert ids(before) == ids(after) == {first, third}
    assert after.http.delete(f"/chat/{first}").status_code == 200
    assert ids(before) == ids(client_of(**sent(None))) == {third}


def test_a_user_keeps_their_history_in_memory_when_their_address_changes(
    ephemeral: Runtime, client_of: Clients
) -> None:
    first = chat_of(client_of(**sent(OLD)).ask("Said under the old address."))
    after = client_of(**sent(NEW))
    assert len(messages_of(after, first)) == 2
    chat_of(after.ask("And under the new one.", chat_id=first))
    stranger = client_of(**sent(OLD, "8@1"))
    assert stranger.get(f"/messages/{first}").status_code == 404
    assert len(messages_of(client_of(**sent(OLD)), first)) == 4


def test_a_new_holder_of_an_address_does_not_get_the_former_holders_chats(client_of: Clients) -> None:
    before, after = client_of(**sent(OLD)), client_of(**sent(NEW))
    first = chat_of(before.ask("Said by the first owner of the address."))
    assert ids(after) == {first}
    other = client_of(**sent(OLD, "8@1"))
    assert ids(other) == set()
    assert other.get(f"/chat/{first}").status_code == 404
    theirs = chat_of(other.ask("Said by the second."))
    assert (ids(other), ids(after)) == ({theirs}, {first})
    # The first user is recognised under the old address again.
    assert ids(client_of(**sent(OLD))) == {first}
    assert ids(client_of(**sent("Third@Example.com", "8@1"))) == {theirs}


def test_a_user_with_a_new_platform_id_is_recognised_by_their_address(client_of: Clients) -> None:
    first = chat_of(client_of(**sent(OLD, "7@1")).ask("Said in one workspace."))
    assert ids(client_of(**sent(OLD, "7@2"))) == {first}
    assert ids(client_of(**sent(NEW, "7@2"))) == {first}


def test_a_user_without_a_platform_id_is_recognised_by_their_address(client_of: Clients) -> None:
    first = chat_of(client_of(**sent(OLD, None)).ask("Said without one."))
    assert ids(client_of(**sent(NEW, None))) == set()
    assert ids(client_of(**sent(OLD))) == {first}
    assert ids(client_of(**sent(NEW))) == {first}


def test_chats_under_the_old_and_the_new_address_are_merged(client_of: Clients) -> None:
    second = chat_of(client_of(**sent(NEW, None)).ask("Said under the new one, when the platform sent no id."))
    first = chat_of(client_of(**sent(OLD)).ask("Said under the old one."))
    assert ids(client_of(**sent(NEW))) == {first, second}
    assert ids(client_of(**sent(OLD))) == {first, second}


def test_a_user_who_gets_an_address_later_keeps_their_chats(client_of: Clients) -> None:
    first = chat_of(client_of(**sent(None)).ask("Said without an address."))
    assert ids(client_of(**sent(NEW))) == {first}


def test_votes_follow_the_user_to_the_new_address(client_of: Clients) -> None:
    ann, bob = client_of(**sent(NEW, None)), client_of(**sent("bob@example.com", "9@1"))
    chat_id = chat_of(bob.ask("A public question."))
    bob.http.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"})
    chat_of(ann.ask("So that there is something to join."))
    answer = messages_of(bob, chat_id)[1]["id"]
    assert ann.http.post("/feedback", json={"messageId": answer, "isUpvoted": True}).status_code == 200
    chat_of(client_of(**sent(OLD)).ask("Somebody else yet."))
    (vote,) = client_of(**sent(NEW)).get(f"/feedback/{chat_id}").json()["data"]
    assert vote["isUpvoted"] is True


def test_chats_that_an_old_version_stored_under_another_spelling_are_merged(database: Database) -> None:
    left = answered(PostgresStore(database, replace(user(OLD, None), id=OLD)))
    store = PostgresStore(database, user(OLD), PostgresUserIds(database))
    assert [chat.id for chat in store.list_chats().chats] == [left.chat_id]
    assert rows(database, "SELECT id FROM chat.users") == [(OLD.casefold(),)]


def test_a_chat_with_a_running_answer_is_merged_after_the_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_ids, "JOIN_AGAIN_SECONDS", 0.0)
    old = PostgresStore(database, replace(user(OLD, None), id=OLD))
    old.start_turn(running := new_turn(uuid4()))
    now = PostgresUserIds(database)
    store = PostgresStore(database, user(OLD), now)
    assert store.list_chats().chats == []
    assert not now.knows(user(OLD))
    old.finish_turn(ending_of(running, said="all of it"))
    assert [message.content for message in store.list_messages(running.chat_id)][1:] == ["all of it"]
    assert now.knows(user(OLD))


def test_a_chat_whose_answer_waits_for_its_user_is_merged_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_ids, "JOIN_AGAIN_SECONDS", 0.0)
    old = PostgresStore(database, replace(user(OLD, None), id=OLD))
    old.start_turn(waiting := new_turn(uuid4()))
    assert old.park_turn(ParkedTurn(waiting.turn_id, waiting.chat_id, waiting.owner, []))
    store = PostgresStore(database, user(OLD), PostgresUserIds(database))
    assert [chat.id for chat in store.list_chats().chats] == [waiting.chat_id]
    assert store.claim_waiting_turn(waiting.chat_id, "another process")


def test_a_turn_that_goes_on_at_the_same_time_is_not_merged(database_url: str, database: Database) -> None:
    old = PostgresStore(database, replace(user(OLD, None), id=OLD))
    old.start_turn(waiting := new_turn(uuid4()))
    assert old.park_turn(ParkedTurn(waiting.turn_id, waiting.chat_id, waiting.owner, []))
    other, merges = connect(DatabaseUrl(database_url), AppWorkspace()), list[Future[list[Chat]]]()

    def merge(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """While the claim is not committed yet."""
        if "waiting_since = NULL" in statement and not merges:
            merges.append(
                threads.submit(lambda: PostgresStore(other, user(OLD), PostgresUserIds(other)).list_chats().chats)
            )
            wait(merges, timeout=0.3)

    event.listen(database.engine, "after_cursor_execute", merge)
    with ThreadPoolExecutor(1) as threads:
        assert old.claim_waiting_turn(waiting.chat_id, "another process")
        assert merges[0].result() == []
    other.dispose()
    old.finish_turn(ending_of(waiting, said="all of it"))
    assert [message.content for message in old.list_messages(waiting.chat_id)][1:] == ["all of it"]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_known_user_is_looked_up_only_once(database: Database) -> None:
    now = PostgresUserIds(database)
    PostgresStore(database, user(OLD), now).list_chats()
    with statements(database) as seen:
        for _ in range(3):
            PostgresStore(database, user(OLD), now).list_chats()
    assert [statement for statement in seen if "chat.meet" in statement] == []
    assert len(seen) == 3
    # Another process only reads the known user.
    with database.engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = on"))
        found = connection.execute(
            text("SELECT set_config('chat.scope', 'people', true); SELECT user_id FROM chat.meet('7@1', :address)"),
            {"address": OLD.casefold()},
        )
        assert found.scalar() == OLD.casefold()
        strangers = text("SELECT set_config('chat.scope', 'people', true); SELECT user_id FROM chat.meet('x', 'y')")
        assert connection.execute(strangers).scalar() == "y"
        connection.execute(text("SET default_transaction_read_only = off"))


def test_a_user_without_an_address_or_a_platform_id_is_not_looked_up(database: Database) -> None:
    now = PostgresUserIds(database)
    with statements(database) as seen:
        for known in (User("7@1", None, None, authenticated=False), User("x", OLD, None, authenticated=True)):
            assert now.knows(known) and now.id_of(known) == known.id
    assert seen == []


def test_processes_that_see_a_new_user_at_the_same_time_agree_on_the_id(database_url: str, database: Database) -> None:
    answered(PostgresStore(database, replace(user(NEW, None), id=NEW)))
    answered(PostgresStore(database, user(OLD, None)))
    PostgresUserIds(database).id_of(user(OLD))
    opened = [connect(DatabaseUrl(database_url), AppWorkspace()) for _ in range(8)]
    processes = [PostgresUserIds(each) for each in opened]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda process: process.id_of(user(NEW)), processes))
    for each in opened:
        each.dispose()
    assert set(found) == {OLD.casefold()}
    assert len(PostgresStore(database, user(OLD, None)).list_chats().chats) == 2
    assert rows(database, "SELECT platform_id, user_id, address FROM chat.identities") == [
        ("7@1", OLD.casefold(), NEW.casefold())
    ]
    assert rows(database, "SELECT id FROM chat.users") == [(OLD.casefold(),)]


def test_different_new_users_at_the_same_time_get_different_ids(database_url: str, database: Database) -> None:
    opened = [connect(DatabaseUrl(database_url), AppWorkspace()) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        ask_of = [(PostgresUserIds(each), user(f"p{n}@example.com", f"{n}@1")) for n, each in enumerate(opened)]
        found = list(threads.map(lambda each: each[0].id_of(each[1]), ask_of))
    for each in opened:
        each.dispose()
    assert found == [f"p{n}@example.com" for n in range(8)]


def test_questions_under_a_new_address_during_an_outage_are_stored_under_the_old_id(
    resilient: Runtime,  # noqa: F811
    proxy: TcpProxy,  # noqa: F811
    database: Database,
    workspace: Workspace,
) -> None:
    first = asked()
    ask(resilient, first, user(OLD))
    lose_database(resilient, proxy)
    second, third = asked("Under the new address?"), asked("And while it comes back?")
    ask(resilient, second, user(NEW))
    fault = workspace.faults.invocations.next(hold_after=2)
    turn = resilient.turns.ask(resilient.store(user(NEW)), Asker(user(NEW), None), third)
    restore_database(resilient, proxy)
    until(lambda: not len(resilient.outbox))
    fault.release_all()
    ended(turn)
    until(lambda: resilient.is_saved(turn) if turn else False)
    store = resilient.store(user(NEW))
    assert {chat.id for chat in store.list_chats().chats} == {first.chat_id, second.chat_id, third.chat_id}
    assert [role for role, _ in said(store.list_messages(third.chat_id))] == ["user", "assistant"]
    assert rows(database, "SELECT DISTINCT user_id FROM chat.messages") == [(OLD.casefold(),)]


def test_a_full_memory_forgets_the_first_user_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_ids, "MAX_USERS", 2)
    now = MemoryUserIds()
    for number in range(3):
        now.id_of(user(f"p{number}@example.com", str(number)))
    assert now.id_of(user("new@example.com", "2")) == "p2@example.com"
    assert now.id_of(user("new@example.com", "0")) == "new@example.com"

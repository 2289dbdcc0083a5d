"""Paging through the list of chats while chats become active, are created, archived and deleted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event
from uuid import UUID, uuid4

import pytest

from lib.db.database import Database
from lib.errors import BadInput
from lib.identity import User
from lib.store import edits
from lib.store.cursor import MAX_AGE, Cursor, parse
from lib.store.models import NewTurn, Page
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from tests.conftest import ANN
from tests.integration.rest_client import Client, assert_error, chat_of
from tests.integration.stores import Stores
from tests.integration.test_store import answered, ending_of, new_turn

pytestmark = pytest.mark.on_every_postgres
Between = Callable[[], None]


@pytest.fixture
def ann(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


def walk(
    store: Store, limit: int, between: Between, towards: str = "older_than", start: Page | None = None
) -> list[UUID]:
    """The chats of all pages in the order received, without those of `start`."""
    page, found = start or store.list_chats(limit), []
    found += [] if start else [chat.id for chat in page.chats]
    while page.has_more:
        assert page.cursor
        between()
        page = store.list_chats(limit, **{towards: parse(str(page.cursor))})
        met = [chat.id for chat in page.chats]
        found += met if towards == "older_than" else met[::-1]
    assert page.cursor is None
    return found


class RandomChanges:
    """Random changes of a user's chats between two pages."""

    def __init__(self, store: Store, chats: list[UUID], chance: Random) -> None:
        self._store = store
        self._chance = chance
        self.alive = list(chats)
        self.hidden: set[UUID] = set()
        self._running: dict[UUID, NewTurn] = {}

    def __call__(self) -> None:
        for _ in range(self._chance.randint(0, 6)):
            self._chance.choices([self.move, self.move_late, self.begin, self.delete, self.archive], [6, 2, 1, 1, 1])[
                0
            ]()

    def move(self, **fields: datetime) -> None:
        """Ask a question, or answer the open one."""
        chat_id = self._chance.choice(self.alive)
        if turn := self._running.pop(chat_id, None):
            self._store.finish_turn(ending_of(turn))
        else:
            self._running[chat_id] = turn = new_turn(chat_id, **fields)
            self._store.start_turn(turn)

    def move_late(self) -> None:
        """Save a question now that was asked a while ago."""
        self.move(said_at=datetime.now(UTC) - timedelta(seconds=self._chance.randint(0, 30_000)))

    def begin(self) -> None:
        answered(self._store)

    def delete(self) -> None:
        if len(self.alive) > 1:
            self._store.delete_chat(self._gone())

    def archive(self) -> None:
        if len(self.alive) > 1:
            self._store.edit_chat(self._gone(), edits.archive(True))

    def _gone(self) -> UUID:
        chat_id = self._chance.choice(self.alive)
        self.alive.remove(chat_id)
        self._running.pop(chat_id, None)
        return chat_id


@pytest.mark.on_one_postgres
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("towards", ["older_than", "newer_than"])
def test_paging_repeats_no_chat_and_misses_none_that_stays_in_the_list(
    stores: Stores, ann: Store, seed: int, towards: str
) -> None:
    chance, beginning = Random(seed), datetime.now(UTC)  # noqa: S311
    for _ in range(25):
        chat_id = answered(ann).chat_id
        # Some have the same time of last activity, as after a restore.
        stores.set_chat(chat_id, updated_at=beginning - timedelta(minutes=chance.randint(1, 400) // 3 * 3))
    order = [chat.id for chat in ann.list_chats(100).chats]
    random_changes = RandomChanges(ann, order, chance)
    if towards == "older_than":
        found = walk(ann, chance.randint(1, 6), random_changes)
    else:
        start = ann.list_chats(chance.randint(1, 6), newer_than=order[-1])
        order = order[:-1][::-1]
        found = [chat.id for chat in reversed(start.chats)] + walk(ann, 3, random_changes, towards, start)
    assert len(found) == len(set(found))
    assert set(random_changes.alive) - {*found} <= {each for each in random_changes.alive if each not in order}
    met = [chat_id for chat_id in found if chat_id in order]
    assert met == sorted(met, key=order.index)


def test_paging_can_continue_from_a_chat_id_or_a_cursor(ann: Store) -> None:
    chats = [answered(ann).chat_id for _ in range(7)][::-1]
    start = ann.list_chats(2, older_than=chats[1])
    assert [chat.id for chat in start.chats] == chats[2:4]
    assert walk(ann, 2, lambda: None, start=start) == chats[4:]


def test_paging_under_concurrent_changes_misses_no_chat(database: Database) -> None:
    store, stopped = PostgresStore(database, ANN), Event()
    chats = {answered(store).chat_id for _ in range(30)}

    def talk(mine: list[UUID]) -> None:
        chance = Random(mine[0].int)  # noqa: S311
        while not stopped.is_set():
            answered(store, chance.choice(mine))

    with ThreadPoolExecutor(4) as pool:
        talking = [pool.submit(talk, sorted(chats)[number::4]) for number in range(4)]
        try:
            for _ in range(25):
                found = walk(store, 4, lambda: None)
                assert (len(found), set(found)) == (30, chats)
        finally:
            stopped.set()
        for each in talking:
            each.result()


def test_a_cursor_is_opaque_and_url_safe() -> None:
    cursor = Cursor(datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC), datetime(1969, 1, 1, tzinfo=UTC), uuid4())
    assert parse(str(cursor)) == cursor
    assert len(str(cursor)) == 43 and str(cursor).replace("-", "").replace("_", "").isalnum()
    assert parse(str(cursor.id)) == cursor.id


@pytest.mark.parametrize("text", ["", "rubbish", "A" * 42, "A" * 44, "é" * 43, "f" + "_" * 42, "0" * 31])
def test_an_invented_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse(text)


def test_an_expired_cursor_is_refused(database: Database) -> None:
    store, now = PostgresStore(database, ANN), datetime.now(UTC)
    chat_id = answered(store).chat_id
    cursor = Cursor(now, now + timedelta(minutes=1), chat_id)
    assert [chat.id for chat in store.list_chats(older_than=cursor).chats] == [chat_id]
    with pytest.raises(BadInput, match="too old"):
        store.list_chats(older_than=replace(cursor, as_of=now - MAX_AGE))


def test_chats_that_are_long_inactive_can_be_paged_through(stores: Stores, ann: Store, owner: User) -> None:
    chats = [answered(ann).chat_id for _ in range(3)]
    for chat_id in chats:
        stores.set_chat(chat_id, updated_at=datetime(2025, 1, 1, tzinfo=UTC))
    assert set(walk(ann, 1, lambda: None)) == set(chats)


def test_the_api_pages_by_next_cursor(ann_client: Client) -> None:
    chats = [chat_of(ann_client.ask()) for _ in range(5)]
    page, found = ann_client.get("/history", limit=2).json(), []
    found += [chat["id"] for chat in page["data"]]
    while page["hasMore"]:
        ann_client.ask("And now?", chat_id=chats[0])
        page = ann_client.get("/chats", limit=2, starting_after=page["nextCursor"]).json()
        found += [chat["id"] for chat in page["data"]]
    assert page["nextCursor"] is None
    assert found == chats[::-1]
    for rubbish in ("rubbish", "A" * 42):
        assert_error(ann_client.get("/history", ending_before=rubbish), 400, "bad_input")
    cursor = ann_client.get("/history", limit=1).json()["nextCursor"]
    both = {"starting_after": cursor, "ending_before": cursor}
    assert_error(ann_client.get("/history", **both), 400, "bad_input")


@pytest.fixture
def ann_client(client_of: Callable[..., Client]) -> Client:
    return client_of(**{"x-forwarded-email": ANN.id})

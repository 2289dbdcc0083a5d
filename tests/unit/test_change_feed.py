"""How open pages learn of changes made in their process, and how often they poll for changes of other processes."""

import re
from pathlib import Path
from uuid import uuid4

from lib.db.replicas import CACHE_SECONDS
from lib.identity import User
from lib.store import change_feed as module
from lib.store import edits
from lib.store.change_feed import ChangeFeed, announcing
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.ui.auto_refresh import DATABASE_POLLS, POLL_SECONDS
from tests.integration.test_store import ending_of, new_turn

ANN = User("ann@example.com", None, None, authenticated=True)
DOCUMENT = Path(__file__).parents[2] / "docs" / "lakebase.md"


def test_each_change_is_announced_to_the_chats_readers_and_owner_and_a_read_is_not() -> None:
    feed, turn, copy_id = ChangeFeed(), new_turn(), uuid4()
    store = announcing(MemoryStore(MemoryChats(), ANN), ANN.id, feed)
    changes = {
        "start": lambda: store.start_turn(turn),
        "finish": lambda: store.finish_turn(ending_of(turn)),
        "title": lambda: store.set_generated_title(turn.chat_id, "Title"),
        "next questions": lambda: store.add_follow_ups(turn.chat_id, turn.turn_id, ["Why?"]),
        "rename": lambda: store.edit_chat(turn.chat_id, edits.rename("Mine")),
        "pin": lambda: store.edit_chat(turn.chat_id, edits.pin(True)),
        "archive": lambda: store.edit_chat(turn.chat_id, edits.archive(True)),
        "share": lambda: store.edit_chat(turn.chat_id, edits.set_visibility("public")),
        "copy": lambda: store.copy_chat(turn.chat_id, copy_id),
        "delete": lambda: store.delete_chat(turn.chat_id),
    }
    for name, change in changes.items():
        seen = feed.number
        assert not feed.since(seen, ANN.id, turn.chat_id, copy_id)
        change()
        assert feed.since(seen, ANN.id), name
        assert feed.since(seen, copy_id if name == "copy" else turn.chat_id), name
        assert not feed.since(seen, "bob@example.com", uuid4()), name
    seen = feed.number
    assert [chat.id for chat in store.list_chats().chats] == [copy_id]
    assert store.find_chat(copy_id) and store.list_messages(copy_id) and not store.votes(copy_id)
    assert not feed.since(seen, ANN.id, copy_id)


def test_a_change_is_announced_only_after_it_was_made() -> None:
    feed, chats = ChangeFeed(), MemoryChats()
    told_first: list[bool] = []

    class Watched(MemoryStore):
        def delete_chat(self, chat_id: object) -> bool:
            told_first.append(feed.since(0, ANN.id))
            return True

    announcing(Watched(chats, ANN), ANN.id, feed).delete_chat(uuid4())
    assert told_first == [False] and feed.since(0, ANN.id)


def test_only_the_latest_changes_are_remembered() -> None:
    feed = ChangeFeed()
    for number in range(module.MAX_REMEMBERED + 5):
        feed.announce(str(number))
    assert not feed.since(0, "0", "4") and feed.since(0, "5") and feed.number == module.MAX_REMEMBERED + 5


def test_the_documentation_gives_the_polling_interval_of_an_open_page() -> None:
    (first, often), (last, seldom) = DATABASE_POLLS
    said = " ".join(DOCUMENT.read_text().split())
    assert f"every {POLL_SECONDS:g} seconds in the memory of its process" in said
    assert f"every {often:g} seconds for {first / 60:g} minutes" in said
    assert f"every {seldom:g} seconds until {last / 60:g} minutes" in said
    assert re.search(rf"as of the last {CACHE_SECONDS:g} seconds", said)

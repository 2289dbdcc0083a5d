"""Has the database read what a first search needs before anybody has typed one.

A Postgres that has just started, or has slept, reads from its disk what it had in memory before: for the first search
the user's last messages (`lib.store.message_search`), the dictionaries, and the upper pages of the indexes. That takes
longer than the search itself.
"""

from contextlib import suppress

from lib.errors import LakechatError
from lib.store.store import Store

UNUSED_WORD = "qxzjvkqx"


def warm_up_search(store: Store) -> None:
    """Search for a word that nobody writes. Where the database cannot, the user's own search tells them."""
    with suppress(LakechatError):
        store.search_chats(UNUSED_WORD, limit=1)

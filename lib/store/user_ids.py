"""Which id owns a person's rows. They keep it when their address changes.

Postgres decides it (chat.meet in sql/migrations/0010_people.sql), and a process asks once for each person. If rows of
the person are found under other ids, they are joined to the first one. That waits while an answer is being written for
one of those ids; until it is done the process asks again every 15 seconds, and the person sees only the rows of the
first id.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from math import inf
from threading import Lock
from typing import Protocol

from lib.addresses import folded
from lib.db.database import Database
from lib.db.failures import StatementFailed
from lib.errors import DatabaseUnavailable
from lib.identity import User

MAX_USERS = 10_000
JOIN_AGAIN_SECONDS = 15.0
SignIn = tuple[str | None, str | None]
"""How a person signs in: the platform's id, and the folded address."""


class UserIds(Protocol):
    """The id that owns a person's rows is the first one they used. The platform's id of the person leads to it."""

    def knows(self, user: User) -> bool:
        """Whether `id_of` answers without a query."""

    def id_of(self, user: User) -> str:
        """Raises DatabaseUnavailable."""

    def forget(self, user: User) -> None:
        """The next `id_of` decides anew. Another process goes on with the id that it knows until it ends."""


def known(user_ids: UserIds, user: User) -> User:
    """The user with the id that owns their rows, if it is known."""
    return replace(user, id=user_ids.id_of(user)) if user_ids.knows(user) else user


def _sign_in(user: User) -> SignIn:
    return user.platform_id, folded(user.email) if user.email else None


@dataclass(frozen=True)
class _RowOwner:
    user_id: str
    until: float = inf
    """When to ask again, as time.monotonic(), if some of the person's rows are still under another id."""


class PostgresUserIds:
    """Asks once for each way a person signs in, and remembers the last 10,000."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owners: OrderedDict[SignIn, _RowOwner] = OrderedDict()
        self._lock = Lock()

    def knows(self, user: User) -> bool:
        return not _can_be_resolved(user) or self._cached(_sign_in(user)) is not None

    def id_of(self, user: User) -> str:
        if not _can_be_resolved(user):
            return user.id
        sign_in = _sign_in(user)
        owner = self._cached(sign_in) or self._cache(sign_in, self._resolve(sign_in))
        return owner.user_id

    def forget(self, user: User) -> None:
        with self._lock:
            self._owners.pop(_sign_in(user), None)

    def _cached(self, sign_in: SignIn) -> _RowOwner | None:
        with self._lock:
            owner = self._owners.get(sign_in)
            if owner is None or owner.until < time.monotonic():
                return None
            self._owners.move_to_end(sign_in)
            return owner

    def _cache(self, sign_in: SignIn, owner: _RowOwner) -> _RowOwner:
        with self._lock:
            self._owners[sign_in] = owner
            while len(self._owners) > MAX_USERS:
                self._owners.popitem(last=False)
        return owner

    def _resolve(self, sign_in: SignIn) -> _RowOwner:
        platform_id, address = sign_in
        row = self._database.row("resolve_user_id", scope="people", platform_id=platform_id, address=address)
        assert row  # noqa: S101  the function always returns one row
        if row["others"] and not self._join(row["others"], row["user_id"]):
            return _RowOwner(row["user_id"], time.monotonic() + JOIN_AGAIN_SECONDS)
        return _RowOwner(row["user_id"])

    def _join(self, others: list[str], user_id: str) -> bool:
        """Whether it is done. A failure is passed over: the person can use the chats of the first id meanwhile."""
        try:
            row = self._database.row("join_users", scope="people", old_ids=others, new_ids=[user_id] * len(others))
        except (DatabaseUnavailable, StatementFailed):
            return False
        return bool(row and row["joined"])


def _can_be_resolved(user: User) -> bool:
    """False for a user of whom only the id of their rows is known, such as the owner of a dead turn."""
    return user.platform_id is not None or (user.email is not None and user.id == folded(user.email))


class MemoryUserIds:
    """In this process only, like the chats. The rules are those of chat.meet() in sql/migrations."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[str, str | None]] = OrderedDict()
        """By the platform's id: the user's id and last address."""
        self._lock = Lock()

    def knows(self, user: User) -> bool:
        return True

    def id_of(self, user: User) -> str:
        platform_id, address = _sign_in(user)
        if platform_id is None:
            return user.id
        with self._lock:
            user_id, last_address = self._seen.pop(platform_id, (None, None))
            user_id = user_id or (platform_id if address is None or self._was_left(address) else address)
            self._seen[platform_id] = (user_id, address or last_address)
            while len(self._seen) > MAX_USERS:
                self._seen.popitem(last=False)
            return user_id

    def forget(self, user: User) -> None:
        with self._lock:
            self._seen.pop(user.platform_id or "", None)

    def _was_left(self, address: str) -> bool:
        """Whether the address is the id of somebody's rows, and all who have these rows were last seen with another."""
        owners = [last_address for user_id, last_address in self._seen.values() if user_id == address]
        return bool(owners) and address not in owners

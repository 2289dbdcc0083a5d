"""Which id owns a user's rows. A person keeps it when their address changes."""

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
Sight = tuple[str | None, str | None]
"""How a person signs in: the platform's id, and the folded address."""


class UserIds(Protocol):
    """The id that owns a person's rows is the first one they used. The platform's id of the person leads to it."""

    def knows(self, user: User) -> bool:
        """Whether `id_of` answers without a query."""

    def id_of(self, user: User) -> str:
        """Raises DatabaseUnavailable."""


def known(user_ids: UserIds, user: User) -> User:
    """The user with the id that owns their rows, if it is known."""
    return replace(user, id=user_ids.id_of(user)) if user_ids.knows(user) else user


def _sight(user: User) -> Sight:
    return user.platform_id, folded(user.email) if user.email else None


@dataclass(frozen=True)
class _Met:
    user_id: str
    until: float = inf
    """When to ask again, as time.monotonic(): some of their rows are still under another id."""


class PostgresUserIds:
    """Asks once for each way a person signs in, and remembers the last 10,000."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._met: OrderedDict[Sight, _Met] = OrderedDict()
        self._lock = Lock()

    def knows(self, user: User) -> bool:
        return not _can_be_met(user) or self._remembered(_sight(user)) is not None

    def id_of(self, user: User) -> str:
        if not _can_be_met(user):
            return user.id
        sight = _sight(user)
        met = self._remembered(sight) or self._remember(sight, self._meet(sight))
        return met.user_id

    def _remembered(self, sight: Sight) -> _Met | None:
        with self._lock:
            met = self._met.get(sight)
            if met is None or met.until < time.monotonic():
                return None
            self._met.move_to_end(sight)
            return met

    def _remember(self, sight: Sight, met: _Met) -> _Met:
        with self._lock:
            self._met[sight] = met
            while len(self._met) > MAX_USERS:
                self._met.popitem(last=False)
        return met

    def _meet(self, sight: Sight) -> _Met:
        platform_id, address = sight
        met = self._database.row("resolve_user_id", scope="people", platform_id=platform_id, address=address)
        assert met  # noqa: S101  the function always returns one row
        if met["others"] and not self._join(met["others"], met["user_id"]):
            return _Met(met["user_id"], time.monotonic() + JOIN_AGAIN_SECONDS)
        return _Met(met["user_id"])

    def _join(self, others: list[str], user_id: str) -> bool:
        """Whether it is done. A failure must not keep people from their chats."""
        try:
            row = self._database.row("join_users", scope="people", old_ids=others, new_ids=[user_id] * len(others))
        except (DatabaseUnavailable, StatementFailed):
            return False
        return bool(row and row["joined"])


def _can_be_met(user: User) -> bool:
    """Not for a user known only by the id of their rows, as the owner of a dead turn is."""
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
        platform_id, address = _sight(user)
        if platform_id is None:
            return user.id
        with self._lock:
            user_id, last_address = self._seen.pop(platform_id, (None, None))
            user_id = user_id or (platform_id if address is None or self._was_left(address) else address)
            self._seen[platform_id] = (user_id, address or last_address)
            while len(self._seen) > MAX_USERS:
                self._seen.popitem(last=False)
            return user_id

    def _was_left(self, address: str) -> bool:
        """By id: the person whose rows it owns."""
        owners = [last_address for user_id, last_address in self._seen.values() if user_id == address]
        return bool(owners) and address not in owners

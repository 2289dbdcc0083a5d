"""Whose rows a visitor's are: a person stays who they were when their address changes."""

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
"""As whom somebody comes: the platform's id of theirs, and their address, folded."""


class UserIds(Protocol):
    """The id of somebody's rows is the first that they came under; it is told by the platform's id of them."""

    def knows(self, user: User) -> bool:
        """Whether `id_of` answers without asking anybody."""

    def id_of(self, user: User) -> str:
        """Raises DatabaseUnavailable."""


def known(user_ids: UserIds, user: User) -> User:
    """The user with the id of their rows, if it is known."""
    return replace(user, id=user_ids.id_of(user)) if user_ids.knows(user) else user


def _sight(user: User) -> Sight:
    return user.platform_id, folded(user.email) if user.email else None


@dataclass(frozen=True)
class _Met:
    user_id: str
    until: float = inf
    """When to ask again, in time.monotonic(): rows of theirs are still under another id."""


class PostgresUserIds:
    """Asks once for each sight of a person, and remembers the last 10,000."""

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
        met = self._database.row("meet", scope="people", platform_id=platform_id, address=address)
        assert met  # noqa: S101  a function that returns one row
        if met["others"] and not self._join(met["others"], met["user_id"]):
            return _Met(met["user_id"], time.monotonic() + JOIN_AGAIN_SECONDS)
        return _Met(met["user_id"])

    def _join(self, others: list[str], user_id: str) -> bool:
        """Whether it is done. What cannot be done now must keep nobody from their chats."""
        try:
            row = self._database.row("join_users", scope="people", old_ids=others, new_ids=[user_id] * len(others))
        except (DatabaseUnavailable, StatementFailed):
            return False
        return bool(row and row["joined"])


def _can_be_met(user: User) -> bool:
    """Not who is known by the id of their rows alone: whose turn was left behind, or nobody in particular."""
    return user.platform_id is not None or (user.email is not None and user.id == folded(user.email))


class MemoryUserIds:
    """Of this process, as their chats are: the rules of chat.meet() in sql/migrations, without anything to join."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[str, str | None]] = OrderedDict()
        """The user's id and last address, by the platform's id."""
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
        """By the one whose rows are under it."""
        owners = [last_address for user_id, last_address in self._seen.values() if user_id == address]
        return bool(owners) and address not in owners

"""The database password of this moment: minted by Databricks, kept until shortly before it expires."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import uuid4

from lib.config import Lakebase
from lib.errors import DatabaseUnavailable
from lib.workspace import Workspace

log = logging.getLogger("lakechat.db")

# A credential only matters at login, so this covers a slow connect and a clock that is a little off.
RENEW_BEFORE_EXPIRY = timedelta(minutes=2)


@dataclass(frozen=True)
class Credential:
    password: str = field(repr=False)
    expires_at: datetime
    minted_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def renew_at(self) -> datetime:
        """Two minutes before the end, or half-way through a life too short for that."""
        return self.expires_at - min(RENEW_BEFORE_EXPIRY, (self.expires_at - self.minted_at) / 2)


class Credentials:
    """Hands out one credential to all threads; only one of them mints while the others wait."""

    def __init__(self, mint: Callable[[], Credential]) -> None:
        self._mint = mint
        self._lock = Lock()
        self._current: Credential | None = None

    def password(self) -> str:
        """Raises DatabaseUnavailable when none can be had."""
        with self._lock:
            if self._current is None or datetime.now(UTC) >= self._current.renew_at:
                self._current = self._minted()
            return self._current.password

    def _minted(self) -> Credential:
        try:
            return self._mint()
        except Exception as error:  # the SDK raises its own, requests' and plain ValueErrors
            log.warning("No database credential could be minted (%s).", type(error).__name__)
            raise DatabaseUnavailable from error

    def drop(self, password: str) -> None:
        """Forget the credential that the database refused, unless another thread has replaced it by now."""
        with self._lock:
            if self._current and self._current.password == password:
                self._current = None


def for_lakebase(lakebase: Lakebase, workspace: Workspace) -> Credentials:
    """Mint for the autoscaling endpoint when there is one, else for the provisioned instance."""
    if lakebase.endpoint:
        return Credentials(lambda: _mint_for_endpoint(workspace, lakebase.endpoint or ""))
    return Credentials(lambda: _mint_for_instance(workspace, lakebase.instance or ""))


def _mint_for_endpoint(workspace: Workspace, endpoint: str) -> Credential:
    minted = workspace.client.postgres.generate_database_credential(endpoint=endpoint)
    expires_at = minted.expire_time.ToDatetime(tzinfo=UTC) if minted.expire_time else _soon()
    return Credential(minted.token or "", expires_at)


def _mint_for_instance(workspace: Workspace, instance: str) -> Credential:
    minted = workspace.client.database.generate_database_credential(instance_names=[instance], request_id=str(uuid4()))
    # Another field and another type than the endpoint's.
    stamp = minted.expiration_time
    return Credential(minted.token or "", datetime.fromisoformat(stamp) if stamp else _soon())


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=15)

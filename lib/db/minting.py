"""Mints a credential for the Lakebase that the settings name, or else for the one that has the host in PGHOST."""

import logging
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lib.database_settings import Lakebase
from lib.db.credentials import Credential, Credentials
from lib.db.diagnosis import diagnose
from lib.db.lakebase_search import Target, find_target
from lib.errors import DatabaseUnavailable
from lib.workspace import Workspace

log = logging.getLogger("lakechat.db")

SHORTEST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
PAUSE_PER_SECOND = 10
"""After a search in vain comes a pause ten times as long, since the app asks for a credential up to once a second."""


def for_lakebase(lakebase: Lakebase, workspace: Workspace) -> Credentials:
    """Nothing is looked up or minted before the first password is asked for."""
    return Credentials(Mint(lakebase, workspace))


class Mint:
    """`Credentials` calls it in one thread at a time."""

    def __init__(self, lakebase: Lakebase, workspace: Workspace) -> None:
        self._workspace = workspace
        named = lakebase.endpoint or lakebase.instance
        self._named = Target(lakebase.endpoint, lakebase.instance) if named else None
        self._behind_host = TargetOfHost(lakebase.host, workspace)

    def __call__(self) -> Credential:
        """Raises DatabaseUnavailable if the host is not found, or an error of the SDK."""
        from databricks.sdk.errors import NotFound

        if self._named:
            return _minted(self._workspace, self._named)
        try:
            return _minted(self._workspace, self._behind_host.target())
        except NotFound:  # the endpoint was replaced, or its project has another name
            self._behind_host.forget()
            return _minted(self._workspace, self._behind_host.target())


class TargetOfHost:
    """Searches when it is first asked, and again after `forget`."""

    def __init__(self, host: str, workspace: Workspace) -> None:
        self._host = host
        self._workspace = workspace
        self._found: Target | None = None
        self._failure: str | None = None
        self._not_before = -float("inf")

    def target(self) -> Target:
        """Raises DatabaseUnavailable if there is none, during a pause the same as before; or an error of the SDK."""
        self._found = self._found or self._search()
        return self._found

    def forget(self) -> None:
        self._found = None

    def _search(self) -> Target:
        started = time.monotonic()
        if started < self._not_before:
            raise DatabaseUnavailable(failure=self._failure)
        try:
            found = find_target(self._workspace.client, self._host)
        except DatabaseUnavailable as error:
            self._note(error, time.monotonic() - started)
            raise
        log.info("The workspace has %s behind the host %s.", found, self._host)
        self._failure = None
        return found

    def _note(self, error: DatabaseUnavailable, seconds: float) -> None:
        pause = max(SHORTEST_PAUSE_SECONDS, seconds * PAUSE_PER_SECOND)
        self._not_before = time.monotonic() + min(pause, LONGEST_PAUSE_SECONDS)
        if error.failure != self._failure:
            log.error("%s The host is %s.", diagnose(error).sentence, self._host)
        self._failure = error.failure


def _minted(workspace: Workspace, target: Target) -> Credential:
    return _for_endpoint(workspace, target) if target.endpoint else _for_instance(workspace, target)


def _for_endpoint(workspace: Workspace, target: Target) -> Credential:
    minted = workspace.client.postgres.generate_database_credential(endpoint=target.endpoint or "")
    expires_at = minted.expire_time.ToDatetime(tzinfo=UTC) if minted.expire_time else _assumed_expiry()
    return Credential(minted.token or "", expires_at, minted_for=str(target))


def _for_instance(workspace: Workspace, target: Target) -> Credential:
    names = [target.instance or ""]
    minted = workspace.client.database.generate_database_credential(instance_names=names, request_id=str(uuid4()))
    # The instance API has a different field and type for the expiry than the endpoint API.
    expires_at = datetime.fromisoformat(minted.expiration_time) if minted.expiration_time else _assumed_expiry()
    return Credential(minted.token or "", expires_at, minted_for=str(target))


def _assumed_expiry() -> datetime:
    """For a response without an expiry. Databricks' credentials live for an hour."""
    return datetime.now(UTC) + timedelta(minutes=15)

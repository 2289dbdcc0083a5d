"""The short-lived database password, minted by Databricks and renewed before it expires.

`Credentials` is in one of these states, guarded by its lock:

- *none*: the first caller starts a thread that mints a credential. All callers wait for that thread.
- *valid*: callers get the password at once.
- *due* (from `renew_at` on): callers still get the password at once, while one thread mints the next.
- *expired*, or *dropped* because the database refused it: same as *none*.

Nobody holds the lock during the call to Databricks; the minting thread takes it only to store the result. So when the
workspace hangs, callers with a password that has not expired do not wait at all, and the others at most `wait_seconds`.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock, Thread

from lib.db.failures import NO_CREDENTIAL, failure_code
from lib.errors import DatabaseUnavailable
from lib.telemetry.failure import failure_of
from lib.telemetry.instruments import CREDENTIALS
from lib.telemetry.recording import record

log = logging.getLogger("lakechat.db")

# Only a login needs a valid credential, so two minutes are enough for a slow connect and a clock that is slightly off.
RENEW_BEFORE_EXPIRY = timedelta(minutes=2)
WAIT_SECONDS = 5.0
"""How long a caller waits for a new credential. The SDK itself retries for longer."""


@dataclass(frozen=True)
class Credential:
    password: str = field(repr=False)
    expires_at: datetime
    minted_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    minted_for: str = ""
    """The path of the endpoint, or the instance."""

    @property
    def renew_at(self) -> datetime:
        """Two minutes before it expires, or half-way through a shorter life."""
        return self.expires_at - min(RENEW_BEFORE_EXPIRY, (self.expires_at - self.minted_at) / 2)


class Credentials:
    """One credential for all threads; a thread of its own mints the next one before it expires."""

    def __init__(self, mint: Callable[[], Credential], wait_seconds: float = WAIT_SECONDS) -> None:
        self._mint = mint
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self._current: Credential | None = None
        self._minting: Future[Credential] | None = None

    @property
    def current(self) -> Credential | None:
        """The last one minted, which may have expired; None before the first, and after one was refused."""
        return self._current

    def password(self) -> str:
        """Returns at once while the current password is valid. Raises DatabaseUnavailable if minting fails."""
        with self._lock:
            current, now = self._current, datetime.now(UTC)
            if current and now < current.renew_at:
                return current.password
            minting = self._minting or self._start_minting()
            if current and now < current.expires_at:
                return current.password
        try:
            return minting.result(self._wait_seconds).password
        except DatabaseUnavailable as error:  # a new one for each waiting thread
            raise DatabaseUnavailable(failure=error.failure) from error
        except Exception as error:  # an error of the SDK or of requests, ValueError, or TimeoutError of the wait
            raise DatabaseUnavailable(failure=NO_CREDENTIAL) from error

    def drop(self, password: str) -> None:
        """Drop the credential that the database refused, unless another thread has already replaced it."""
        with self._lock:
            if self._current and self._current.password == password:
                self._current = None

    def _start_minting(self) -> "Future[Credential]":
        minting = self._minting = Future()
        Thread(target=self._mint_into, args=(minting,), name="credential", daemon=True).start()
        return minting

    def _mint_into(self, minting: "Future[Credential]") -> None:
        try:
            minted = self._mint()
        except Exception as error:
            log.warning("No database credential could be minted (%s).", failure_code(error) or type(error).__name__)
            record(CREDENTIALS, failure=failure_code(error) or failure_of(error))
            with self._lock:
                self._minting = None
            minting.set_exception(error)
            return
        with self._lock:
            self._current, self._minting = minted, None
        record(CREDENTIALS)
        minting.set_result(minted)

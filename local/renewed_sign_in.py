"""The sign-in of one person at the platform's proxy, which renews their token as it is used."""

import threading
import time

from local.platform_proxy import identity
from local.workspace import Workspace


class RenewedSignIn:
    """Give it to a PlatformProxy as `headers`: called for each request, it gives the current token.

    A request that finds less than `renewed_seconds` left gets a new one; while `is_renewed` is False, none does.
    `issued` has the tokens by the time at which they were issued, in seconds since 1970.
    """

    def __init__(
        self, workspace: Workspace, email: str, name: str, *, ttl_seconds: float, renewed_seconds: float
    ) -> None:
        self.is_renewed = True
        self.issued: dict[float, str] = {}
        self._workspace, self._email, self._name = workspace, email, name
        self._ttl_seconds, self._renewed_seconds = ttl_seconds, renewed_seconds
        self._lock = threading.Lock()

    def __call__(self) -> dict[str, str]:
        with self._lock:
            now = time.time()
            left_seconds = max(self.issued, default=0.0) + self._ttl_seconds - now
            if not self.issued or (self.is_renewed and left_seconds < self._renewed_seconds):
                self.issued[now] = self._workspace.issue_user_token(self._email, self._ttl_seconds)
            return identity(self._email, self._name, self.issued[max(self.issued)])

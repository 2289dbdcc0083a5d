"""The newest access token of each user, in the memory of this process and nowhere else.

A page has the token that came with its WebSocket, and the platform renews none over an open connection. It sends the
current token with each HTTP request, so the page's script makes one from time to time (assets/sign_in.js), and the
token of that request is kept here until the user asks. A request to the API asks with its own token.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from lib.identity import AccessToken, Asker, User

MAX_USERS = 10_000
KEPT_SECONDS = 2 * 3600
"""A token is valid for about an hour, and an open page brings another one before that."""
Key = tuple[str, str | None]


class AccessTokens:
    """May be used from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[AccessToken, float]] = OrderedDict()
        """With the time of arrival, the first that arrived first."""
        self._lock = Lock()

    def keep(self, asker: Asker) -> None:
        """Keep the token with which the user's request has just come, unless one that expires later is kept."""
        if asker.access_token is None:
            return
        key, now = _key(asker.user), self._clock()
        with self._lock:
            self._forget_old(now)
            token = _newer(self._kept.pop(key, (None, now))[0], asker.access_token)
            self._kept[key] = (token, now)
            if len(self._kept) > MAX_USERS:
                self._kept.popitem(last=False)

    def newest(self, asker: Asker) -> Asker:
        """With the kept token of the same user, unless the asker's own expires later."""
        with self._lock:
            self._forget_old(self._clock())
            kept, _ = self._kept.get(_key(asker.user), (None, 0.0))
        if kept is None or not asker.user.authenticated:
            return asker
        return replace(asker, access_token=_newer(asker.access_token, kept))

    def _forget_old(self, now: float) -> None:
        while self._kept and next(iter(self._kept.values()))[1] < now - KEPT_SECONDS:
            self._kept.popitem(last=False)


def _key(user: User) -> Key:
    """An address may become another person's."""
    return user.id, user.platform_id


def _newer(earlier: AccessToken | None, later: AccessToken) -> AccessToken:
    """The one that expires later; `later`, which arrived later, if an expiry is not known."""
    ends = earlier.expires_at if earlier else None, later.expires_at
    if earlier and ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
        return earlier
    return later

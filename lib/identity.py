"""Who is asking, from the headers that the platform's proxy sets on every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lib.addresses import folded
from lib.config import Settings
from lib.errors import NotSignedIn
from lib.labels import label

LOCAL_USER_ID = "local-dev-user"
AskedAs = Literal["user", "app"]
"""Whose rights go with a question to an agent: the person's, whose own token is sent along, or this app's."""


@dataclass(frozen=True)
class User:
    """`id` owns rows: the e-mail without regard to its spelling, else the platform's id.

    `email` and `name` are shown as they were given. `authenticated` is False only off the platform. `platform_id` stays
    when the address changes (see `lib.store.people`).
    """

    id: str
    email: str | None
    name: str | None
    authenticated: bool
    access_token: str | None = field(default=None, repr=False)
    platform_id: str | None = None


def identify(headers: Mapping[str, str], settings: Settings) -> User:
    """Name the user. `headers` looks up without regard to case. Raises NotSignedIn on the platform without them."""
    email, name, user = (_header(headers, f"x-forwarded-{what}") for what in ("email", "preferred-username", "user"))
    name = label(name or "") or None
    if email or user:
        token = _header(headers, "x-forwarded-access-token")
        id = folded(email) if email else user or ""
        return User(id, email, name, authenticated=True, access_token=token, platform_id=user)
    if settings.on_platform:
        raise NotSignedIn
    dev = settings.dev_user_email
    return User(folded(dev) if dev else LOCAL_USER_ID, dev, dev, authenticated=False)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return _repaired(headers.get(name) or "").replace("\x00", "").strip() or None


def _repaired(value: str) -> str:
    """UTF-8 header values arrive decoded as Latin-1 ("ZoÃ«"); anything else stays as it came."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value

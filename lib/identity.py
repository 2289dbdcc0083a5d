"""Who is asking, from the headers that the platform's proxy sets on every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lib.addresses import folded
from lib.config import Settings
from lib.errors import NotSignedIn
from lib.labels import clean_label

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
    platform_id: str | None = None


@dataclass(frozen=True)
class AccessToken:
    """A person's own sign-in, which Databricks Apps sends along with who they are. It lives for about an hour."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class Asker:
    """A user together with their token. Made where a turn is started, and given to nothing but the agent's call."""

    user: User
    access_token: AccessToken | None = None


def identify(headers: Mapping[str, str], settings: Settings) -> User:
    """Name the user. `headers` looks up without regard to case. Raises NotSignedIn on the platform without them."""
    email, name, user = (_header(headers, f"x-forwarded-{what}") for what in ("email", "preferred-username", "user"))
    name = clean_label(name or "") or None
    if email or user:
        id = folded(email) if email else user or ""
        return User(id, email, name, authenticated=True, platform_id=user)
    if settings.on_platform:
        raise NotSignedIn
    dev = settings.dev_user_email
    return User(folded(dev) if dev else LOCAL_USER_ID, dev, dev, authenticated=False)


def identify_asker(user: User, headers: Mapping[str, str]) -> Asker:
    """The same user with the token that came with these headers. Nobody has one who is not signed in."""
    token = _header(headers, "x-forwarded-access-token") if user.authenticated else None
    return Asker(user, AccessToken(token) if token else None)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return _repaired(headers.get(name) or "").replace("\x00", "").strip() or None


def _repaired(value: str) -> str:
    """UTF-8 header values arrive decoded as Latin-1 ("ZoÃ«"); anything else stays as it came."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value

"""Who is asking: from the headers that the platform's proxy sets on every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lib.addresses import folded
from lib.config import Settings
from lib.errors import NotSignedIn
from lib.labels import clean_label

LOCAL_USER_ID = "local-dev-user"
AskedAs = Literal["user", "app"]
"""Whose rights an agent is called with: the person's, whose own token is sent, or the app's."""


@dataclass(frozen=True)
class User:
    """`id` owns rows: the folded e-mail address, or the platform's id if there is none.

    `email` and `name` are as they were given. `authenticated` is False only off the platform. `platform_id` stays
    the same when the address changes (see `lib.store.user_ids`).
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
    """A user together with their token. Made where a turn is started, and given to nothing but the agent's call.

    The token has no default: whoever forgot it would ask with the app's rights.
    """

    user: User
    access_token: AccessToken | None


def identify(headers: Mapping[str, str], settings: Settings) -> User:
    """The user. `headers` must ignore case. Raises NotSignedIn on the platform if the identity headers are missing."""
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
    """Undo that UTF-8 header values arrive decoded as Latin-1 ("ZoÃ«"); leave anything else as it is."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value

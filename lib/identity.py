"""Identifies the user by the headers that the platform's proxy sets on every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lib.addresses import folded
from lib.config import Settings
from lib.errors import NotSignedIn
from lib.jwt_claims import claims_of, expiry, scopes
from lib.labels import clean_label

LOCAL_USER_ID = "local-dev-user"
AskedAs = Literal["user", "app"]
"""Whose rights an agent is called with: the user's (their own token is sent) or the app's."""


@dataclass(frozen=True)
class User:
    """`id` is the owner in the database: the folded e-mail address, or the platform's id if there is no address.

    `email` is as the proxy sent it, `name` without invisible characters. `authenticated` is False only off the
    platform. `platform_id` stays the same when the address changes (see `lib.store.user_ids`).
    """

    id: str
    email: str | None
    name: str | None
    authenticated: bool
    platform_id: str | None = None

    @property
    def source_id(self) -> str:
        """Whom MLflow is to name as the source of an assessment."""
        return self.email or self.id


@dataclass(frozen=True)
class AccessToken:
    """The user's OAuth token, which Databricks Apps sends beside their identity. It is valid for about an hour."""

    value: str = field(repr=False)

    @property
    def expires_at(self) -> float | None:
        """In seconds since 1970, as the token says; None if it does not."""
        return expiry(claims_of(self.value))

    @property
    def scopes(self) -> frozenset[str] | None:
        """What it may be used for, as it says; None if it does not."""
        return scopes(claims_of(self.value))


@dataclass(frozen=True)
class Asker:
    """A user with their token. Made where a turn is started; only the call of the agent reads the token.

    The token has no default, because a caller that forgot it would ask with the app's rights.
    """

    user: User
    access_token: AccessToken | None


def identify(headers: Mapping[str, str], settings: Settings) -> User:
    """The lookup in `headers` must ignore case. Raises NotSignedIn on the platform if the identity is missing."""
    email = _header(headers, "x-forwarded-email")
    platform_id = _header(headers, "x-forwarded-user")
    name = clean_label(_header(headers, "x-forwarded-preferred-username") or "") or None
    if email or platform_id:
        id = folded(email) if email else platform_id or ""
        return User(id, email, name, authenticated=True, platform_id=platform_id)
    if settings.on_platform:
        raise NotSignedIn
    dev = settings.dev_user_email
    return User(folded(dev) if dev else LOCAL_USER_ID, dev, dev, authenticated=False)


def is_admin(user: User, settings: Settings) -> bool:
    """Whether ADMIN_USERS contains the user's address; on a laptop, where nobody signs in, their id."""
    name = user.email or ("" if user.authenticated else user.id)
    return folded(name) in settings.admin_users


def identify_asker(user: User, headers: Mapping[str, str]) -> Asker:
    """The user with the token from these headers. A token without an identity is ignored."""
    token = _header(headers, "x-forwarded-access-token") if user.authenticated else None
    return Asker(user, AccessToken(token) if token else None)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return _repaired(headers.get(name) or "").replace("\x00", "").strip() or None


def _repaired(value: str) -> str:
    """Decode a UTF-8 value that arrived decoded as Latin-1 ("ZoÃ«"). Any other value stays as it is."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value

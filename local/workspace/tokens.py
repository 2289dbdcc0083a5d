"""The tokens of the local workspace: whose each is, which scopes it has, and how long it is valid."""

import base64
import json
import math
import secrets
import threading
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse

from local.workspace.errors import ApiError, Finished
from local.workspace.request_log import KEY

JWT_HEADER = {"alg": "RS256", "typ": "JWT"}
ALL = "all-apis"
# A call needs one of these scopes. The names for serving have changed, and both are in use.
SERVING = ("model-serving", "serving.serving-endpoints")
POSTGRES = ("postgres",)
MLFLOW = ("mlflow",)
FILES = ("files",)
GENIE = ("dashboards.genie",)
ACCESS = ("access-management",)
CATALOG = ("unity-catalog",)
ME = ("iam.current-user:read",)
WORKSPACE = ("workspace",)
APPS = ("apps",)


@dataclass(frozen=True)
class Grant:
    user_name: str
    scopes: frozenset[str]
    expires_at: float  # time.monotonic
    is_pat: bool = False

    def allows(self, wanted: tuple[str, ...]) -> bool:
        """A parent scope includes its children: "serving" has "serving.serving-endpoints"."""
        return ALL in self.scopes or any(
            name == scope or name.startswith((f"{scope}.", f"{scope}:")) for name in wanted for scope in self.scopes
        )


class Tokens:
    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self._sign_ins: dict[str, str] = {}
        self._lock = threading.Lock()

    def issue(self, user_name: str, ttl_seconds: float, scopes: frozenset[str]) -> str:
        token = _jwt({"sub": user_name, "scope": " ".join(sorted(scopes)), "exp": int(time.time() + ttl_seconds)})
        with self._lock:
            self._grants[token] = Grant(user_name, scopes, time.monotonic() + ttl_seconds)
        return token

    def issue_pat(self, user_name: str) -> str:
        """A personal access token: good for every API, for no app."""
        token = f"dapi{secrets.token_hex(16)}"
        with self._lock:
            self._grants[token] = Grant(user_name, frozenset({ALL}), math.inf, is_pat=True)
        return token

    def sign_in(self, user_name: str) -> str:
        """The refresh token that a person's `databricks auth login` brings."""
        refresh_token = f"doau{secrets.token_hex(32)}"
        with self._lock:
            self._sign_ins[refresh_token] = user_name
        return refresh_token

    def signed_in(self, refresh_token: str) -> str | None:
        """Whose refresh token it is; None when it is not, or no longer, valid."""
        return self._sign_ins.get(refresh_token)

    def end_sign_ins(self) -> None:
        """Let every refresh token issued so far be invalid, as after a long absence."""
        with self._lock:
            self._sign_ins.clear()

    def expire_all(self) -> None:
        """Let every token issued so far expire now."""
        with self._lock:
            self._grants = {token: replace(old, expires_at=0.0) for token, old in self._grants.items()}

    def caller(self, request: Request, wanted: tuple[str, ...]) -> str:
        """The user name of whoever calls; raises ApiError 401 or 403."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise ApiError(401, "Credential was not sent or was of an unsupported type for this API.")
        grant = self._grants.get(token)
        if grant is None:
            raise ApiError(403, "Invalid access token.")
        if grant.expires_at <= time.monotonic():
            raise ApiError(401, "Access token has expired.")
        request.scope[KEY].caller = grant.user_name
        if not grant.allows(wanted):
            raise ApiError(403, f"Provided OAuth token does not have required scopes: {wanted[0]}")
        return grant.user_name

    def caller_of_app(self, request: Request) -> str:
        """The caller, as an app's proxy determines it: without a valid token, redirect to the sign-in page."""
        user_name = self.visitor(request.headers.get("authorization", ""))
        if user_name is None:
            sign_in = f"{base_url(request)}/oidc/oauth2/v2.0/authorize?redirect_uri={quote(str(request.url), safe='')}"
            raise Finished(RedirectResponse(sign_in, 302))
        request.scope[KEY].caller = user_name
        return user_name

    def visitor(self, authorization: str) -> str | None:
        """Who may open an app with this header: any valid OAuth token does, whatever its scopes, and no other."""
        grant = self._grants.get(authorization.partition(" ")[2])
        if grant is None or grant.is_pat or grant.expires_at <= time.monotonic():
            return None
        return grant.user_name


def _jwt(claims: dict[str, Any]) -> str:
    """It says what Databricks' tokens say, and has what looks like a signature: only this server knows its tokens."""
    parts = (base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (JWT_HEADER, claims))
    return ".".join([*(part.decode() for part in parts), secrets.token_urlsafe(48)])


def base_url(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"

"""OAuth: discovery, the token endpoint, and the owner and scopes of each token."""

import base64
import binascii
import json
import math
import secrets
import threading
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError, Finished
from local.workspace.faults import Faults
from local.workspace.request_log import KEY

TOKEN_SECONDS = 3600.0
CLI_CLIENT_ID = "databricks-cli"
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
ACCOUNT_ID = "00000000-0000-4000-8000-00000000acc0"
WORKSPACE_ID = "1234567890123456"


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
            sign_in = f"{_base(request)}/oidc/oauth2/v2.0/authorize?redirect_uri={quote(str(request.url), safe='')}"
            raise Finished(RedirectResponse(sign_in, 302))
        request.scope[KEY].caller = user_name
        return user_name

    def visitor(self, authorization: str) -> str | None:
        """Who may open an app with this header: any valid OAuth token does, whatever its scopes, and no other."""
        grant = self._grants.get(authorization.partition(" ")[2])
        if grant is None or grant.is_pat or grant.expires_at <= time.monotonic():
            return None
        return grant.user_name


class OAuth:
    def __init__(self, tokens: Tokens, faults: Faults, client_id: str, client_secret: str) -> None:
        self._tokens = tokens
        self._faults = faults
        self._client_id = client_id
        self._client_secret = client_secret
        self.routes = [
            Route("/.well-known/databricks-config", self.config),
            Route("/oidc/.well-known/oauth-authorization-server", self.discovery),
            Route("/oidc/v1/token", self.token, methods=["POST"]),
            Route("/api/2.0/preview/scim/v2/Me", self.me),
        ]

    async def config(self, request: Request) -> Response:
        return JSONResponse(
            {
                "oidc_endpoint": f"{_base(request)}/oidc",
                "account_id": ACCOUNT_ID,
                "workspace_id": WORKSPACE_ID,
                "cloud": "AWS",
            }
        )

    async def discovery(self, request: Request) -> Response:
        base = f"{_base(request)}/oidc"
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/v1/authorize",
                "token_endpoint": f"{base}/v1/token",
                "jwks_uri": f"{base}/jwks.json",
                "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
                "scopes_supported": [ALL, "offline_access", "openid", "profile", "email"],
            }
        )

    async def token(self, request: Request) -> Response:
        await self._faults.meet(self._faults.token)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form)
        client_id, client_secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        if form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported.")
        is_known = secrets.compare_digest(client_id.encode(), self._client_id.encode())
        if not (secrets.compare_digest(client_secret.encode(), self._client_secret.encode()) and is_known):
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        request.scope[KEY].caller = client_id
        return self._grant(client_id, form.get("scope", ALL))

    def _refresh(self, form: dict[str, str]) -> Response:
        """A new token for whoever signed in with `databricks auth login`."""
        user_name = self._tokens.signed_in(form.get("refresh_token", ""))
        if user_name is None or form.get("client_id") != CLI_CLIENT_ID:
            return _oauth_error(400, "invalid_grant", "Refresh token is invalid")
        return self._grant(user_name, ALL, refresh_token=form["refresh_token"])

    def _grant(self, user_name: str, scope: str, **more: str) -> Response:
        token = self._tokens.issue(user_name, TOKEN_SECONDS, frozenset(scope.split()))
        body = {"access_token": token, "scope": scope, "token_type": "Bearer", "expires_in": int(TOKEN_SECONDS)}
        return JSONResponse(body | more, headers={"Cache-Control": "no-store"})

    async def me(self, request: Request) -> Response:
        await self._faults.meet(self._faults.me)
        name = self._tokens.caller(request, ME)
        is_app = name == self._client_id
        email = {} if is_app else {"emails": [{"type": "work", "value": name, "primary": True}]}
        display_name = "lakechat (local)" if is_app else name.partition("@")[0].replace(".", " ").title()
        body = {"id": str(1000 + sum(name.encode())), "userName": name, "displayName": display_name, "active": True}
        groups = {"groups": [{"display": "users", "type": "direct", "value": "1"}]}
        return JSONResponse({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], **body, **email, **groups})


def _jwt(claims: dict[str, Any]) -> str:
    """It says what Databricks' tokens say, and has what looks like a signature: only this server knows its tokens."""
    parts = (base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (JWT_HEADER, claims))
    return ".".join([*(part.decode() for part in parts), secrets.token_urlsafe(48)])


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _basic(request: Request) -> tuple[str, str] | None:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _oauth_error(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)

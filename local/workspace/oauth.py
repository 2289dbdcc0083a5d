"""OAuth: discovery, the token endpoint, and who the caller is."""

import base64
import binascii
import secrets
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.faults import Faults
from local.workspace.request_log import KEY
from local.workspace.tokens import ALL, ME, Tokens, base_url

TOKEN_SECONDS = 3600.0
CLI_CLIENT_ID = "databricks-cli"
ACCOUNT_ID = "00000000-0000-4000-8000-00000000acc0"
WORKSPACE_ID = "1234567890123456"


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
                "oidc_endpoint": f"{base_url(request)}/oidc",
                "account_id": ACCOUNT_ID,
                "workspace_id": WORKSPACE_ID,
                "cloud": "AWS",
            }
        )

    async def discovery(self, request: Request) -> Response:
        base = f"{base_url(request)}/oidc"
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

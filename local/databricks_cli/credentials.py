"""Who calls: from the environment or from a profile, as the unified authentication of Databricks' tools decides it."""

import base64
import configparser
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from local.databricks_cli import http
from local.databricks_cli.failure import Failure

NOT_CONFIGURED = (
    "default auth: cannot configure default credentials, please check "
    "https://docs.databricks.com/en/dev-tools/auth.html#databricks-client-unified-authentication to configure "
    "credentials for your preferred authentication method"
)
NO_CACHE = "no cached credentials; run `databricks auth login` to sign in"
STALE_SECONDS = 40  # a token that ends sooner is renewed


@dataclass(frozen=True)
class Credentials:
    """`profile` is empty where the environment alone says it all."""

    host: str
    auth_type: str
    profile: str
    settings: dict[str, str]

    def token(self) -> str:
        """Raises Failure, or ApiError where the service principal is refused."""
        if self.auth_type == "pat":
            return self.settings["token"]
        if self.auth_type == "oauth-m2m":
            return self._of_service_principal()
        return str(cached_token(self.host, self.profile)["access_token"])

    def _of_service_principal(self) -> str:
        pair = f"{self.settings['client_id']}:{self.settings['client_secret']}"
        basic = base64.b64encode(pair.encode()).decode()
        form = urlencode({"grant_type": "client_credentials", "scope": "all-apis"}).encode()
        answer = http.send("POST", f"{self.host}/oidc/v1/token", body=form, authorization=f"Basic {basic}")
        return str(answer["access_token"])


def resolve(profile: str, host: str = "") -> Credentials:
    """`profile` and `host` are as given by flags or by the bundle, or empty. Raises Failure."""
    chosen = profile or os.environ.get("DATABRICKS_CONFIG_PROFILE", "")
    settings = _settings_of(chosen or "DEFAULT", must_exist=bool(chosen))
    names = ("host", "token", "client_id", "client_secret", "auth_type")
    given = {
        name: os.environ[f"DATABRICKS_{name.upper()}"] for name in names if f"DATABRICKS_{name.upper()}" in os.environ
    }
    settings = given | settings if chosen else settings | given
    settings["host"] = (host or settings.get("host", "")).rstrip("/")
    if not settings["host"]:
        raise Failure(NOT_CONFIGURED)
    return Credentials(settings["host"], _auth_type(settings), chosen or ("DEFAULT" if not given else ""), settings)


def cached_token(host: str, profile: str, *, force_refresh: bool = False) -> dict[str, Any]:
    """What `databricks auth login` left, renewed when it is about to expire. Raises Failure."""
    path = token_cache()
    cache: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"version": 1, "tokens": {}}
    key = profile if profile in cache["tokens"] else host
    token: dict[str, Any] | None = cache["tokens"].get(key)
    if token is None:
        raise Failure(f"cache: databricks OAuth is not configured for this host. {NO_CACHE}")
    ends_at = datetime.fromisoformat(token["expiry"].replace("Z", "+00:00"))
    if force_refresh or ends_at < datetime.now(UTC) + timedelta(seconds=STALE_SECONDS):
        cache["tokens"][key] = token = _renewed(host, profile, token)
        path.write_text(json.dumps(cache))
    return token


def _renewed(host: str, profile: str, token: dict[str, Any]) -> dict[str, Any]:
    form = {"grant_type": "refresh_token", "client_id": "databricks-cli", "refresh_token": token["refresh_token"]}
    try:
        answer = http.send("POST", f"{host}/oidc/v1/token", body=urlencode(form).encode())
    except http.ApiError as error:
        login = f"databricks auth login --profile {profile}" if profile else f"databricks auth login --host {host}"
        raise Failure(
            "A new access token could not be retrieved because the refresh token is invalid. To reauthenticate, "
            f"run the following command:\n  $ {login}"
        ) from error
    ends_at = datetime.now(UTC) + timedelta(seconds=int(answer["expires_in"]))
    fields = ("access_token", "token_type", "refresh_token")
    return {**{name: answer[name] for name in fields}, "expiry": ends_at.isoformat().replace("+00:00", "Z")}


def token_cache() -> Path:
    return Path.home() / ".databricks" / "token-cache.json"


def config_file() -> Path:
    return Path(os.environ.get("DATABRICKS_CONFIG_FILE") or Path.home() / ".databrickscfg")


def _settings_of(profile: str, *, must_exist: bool) -> dict[str, str]:
    read = configparser.ConfigParser(default_section="none", interpolation=None)
    read.read(config_file())
    if read.has_section(profile):
        return dict(read[profile])
    if must_exist:
        raise Failure(f"resolve: {config_file()} has no {profile} profile configured. Config: profile={profile}")
    return {}


def _auth_type(settings: dict[str, str]) -> str:
    if named := settings.get("auth_type"):
        return named
    if settings.get("token"):
        return "pat"
    return "oauth-m2m" if settings.get("client_id") and settings.get("client_secret") else "databricks-cli"

"""`auth describe`, `auth token` and `current-user me`."""

import json
import os

from local.databricks_cli import credentials, http
from local.databricks_cli.arguments import Arguments
from local.databricks_cli.client import Client
from local.databricks_cli.credentials import Credentials
from local.databricks_cli.failure import Failure


def describe(arguments: Arguments) -> None:
    """Says how one is signed in; it does not fail when one is not, so the status has to be read."""
    profile = arguments.flags.get("profile", "")
    try:
        found = credentials.resolve(profile, arguments.flags.get("host", ""))
    except Failure as failure:
        _print_failure(arguments, str(failure), {"auth_type": "", "configuration": {}})
        return
    details = _details(found)
    try:
        user_name = Client(found).me()["userName"]
    except (Failure, http.ApiError, OSError) as failure:
        _print_failure(arguments, _in_words(failure), details)
        return
    status = {"status": "success", "username": user_name, "details": details} | _storage(found)
    if arguments.wants_json:
        print(json.dumps(status, indent=2), end="")
    else:
        print(f"Host: {found.host}\nUser: {user_name}\nAuthenticated with: {found.auth_type}\n-----")


def token(arguments: Arguments) -> None:
    """The token that `databricks auth login` brought. Raises Failure."""
    profile = arguments.flags.get("profile", "") or os.environ.get("DATABRICKS_CONFIG_PROFILE", "")
    host = arguments.flags.get("host", "").rstrip("/")
    if profile or not host:
        host = credentials.resolve(profile).host
    got = credentials.cached_token(host, profile or "DEFAULT", force_refresh="force-refresh" in arguments.switches)
    shown = {name: got[name] for name in ("access_token", "token_type", "expiry")}
    print(shown["access_token"] if arguments.flags.get("output") == "text" else json.dumps(shown, indent=2))


def me(arguments: Arguments) -> None:
    found = credentials.resolve(arguments.flags.get("profile", ""))
    print(json.dumps(Client(found).me(), indent=2))


def _print_failure(arguments: Arguments, message: str, details: object) -> None:
    if arguments.wants_json:
        # The real program writes the error as an object without its text.
        print(json.dumps({"status": "error", "error": {}, "details": details}, indent=2), end="")
    else:
        print(f"Unable to authenticate: {message}\n-----")


def _in_words(failure: Exception) -> str:
    return f"error getting token: {failure}" if isinstance(failure, Failure) else str(failure)


def _details(found: Credentials) -> dict[str, object]:
    shown = {"host": found.host, "profile": found.profile or "default", "auth_type": found.auth_type}
    values = {name: {"value": value, "source": {"type": "file", "name": ""}} for name, value in shown.items()}
    return {"auth_type": found.auth_type, "host": found.host, "configuration": values}


def _storage(found: Credentials) -> dict[str, object]:
    if found.auth_type != "databricks-cli":
        return {}
    where = {"mode": "plaintext", "location": "~/.databricks/token-cache.json", "source": "default"}
    return {"token_storage": where}

"""The addresses of apps: each is a door where only people with a valid OAuth token get to the process behind it."""

from collections.abc import Mapping
from urllib.parse import quote

from local.platform_proxy import PlatformProxy, identity
from local.workspace.tokens import Tokens

NOWHERE = "http://127.0.0.1:9"
"""Nothing answers there, so the door says 502."""


class AppDoors:
    """`sign_in_url` is the workspace's, where everybody else is sent."""

    def __init__(self, tokens: Tokens, client_id: str) -> None:
        self.sign_in_url = ""
        self._tokens = tokens
        self._client_id = client_id
        self._doors: dict[str, PlatformProxy] = {}

    def url(self, name: str) -> str:
        """The app's address; it stays when an app is deleted and made again."""
        if name not in self._doors:
            self._doors[name] = PlatformProxy(NOWHERE, {}, admit=self._admit).__enter__()
        return self._doors[name].url

    def open(self, name: str, process_url: str) -> None:
        """Let the app's address lead to the process that now runs its code."""
        self._doors[name].app_url = process_url

    def close(self) -> None:
        for door in self._doors.values():
            door.__exit__(None, None, None)
        self._doors.clear()

    def _admit(self, authorization: str) -> Mapping[str, str] | str:
        person = self._tokens.visitor(authorization)
        if person is None:
            return f"{self.sign_in_url}/oidc/oauth2/v2.0/authorize?client_id={quote(self._client_id)}"
        return identity(person, person.partition("@")[0])

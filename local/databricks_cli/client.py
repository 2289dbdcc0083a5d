"""The workspace's REST API, signed in."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from local.databricks_cli import http
from local.databricks_cli.credentials import Credentials


class Client:
    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self._token: str | None = None

    def get(self, at: str, **query: str) -> Any:
        return self._send("GET", at, query)

    def post(self, at: str, body: Any, **query: str) -> Any:
        return self._send("POST", at, query, json.dumps(body).encode())

    def delete(self, at: str) -> Any:
        return self._send("DELETE", at, {})

    def me(self) -> Any:
        return self.get("/api/2.0/preview/scim/v2/Me")

    def upload(self, path: str, content: bytes, *, overwrite: bool = True) -> None:
        """Raises ApiError 409 where the file exists and must not be overwritten."""
        at = f"/api/2.0/workspace-files/import-file{quote(path)}"
        self._send("POST", at, {"overwrite": str(overwrite).lower()}, content)

    def download(self, path: str) -> bytes | None:
        """None where there is no such file."""
        try:
            content = self.get("/api/2.0/workspace/export", path=path, direct_download="true")
        except http.ApiError as error:
            if error.status == 404:
                return None
            raise
        return content if isinstance(content, bytes) else json.dumps(content).encode()

    def _send(self, method: str, at: str, query: dict[str, str], body: bytes | None = None) -> Any:
        self._token = self._token or self.credentials.token()
        url = f"{self.credentials.host}{at}{'?' if query else ''}{urlencode(query)}"
        return http.send(method, url, body=body, authorization=f"Bearer {self._token}")

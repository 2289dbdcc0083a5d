"""The Databricks workspace, called as this app's service principal. The client is built when it is first used."""

import os
import time
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from lib.messages.volume_path import volume_path

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

# The SDK's default is 300 s, and a page would hang that long when the host is unreachable.
RETRY_TIMEOUT_SECONDS = 5
HTTP_TIMEOUT_SECONDS = 5
FAIL_FAST_SECONDS = 5
"""How long after a failure to fail at once. Otherwise the callers that waited would each try, one after another."""


class Workspace:
    """Finds its credentials as the SDK does (DATABRICKS_* or a profile). Every call may use the network and block.

    A `profile` or `host` that is given counts more than the environment.

    One thread at a time builds the client, under a lock; the other callers wait for it.
    """

    def __init__(self, profile: str | None = None, host: str | None = None) -> None:
        self._place: dict[str, Any] = {"profile": profile, "host": host}
        self._lock = Lock()
        self._failed_at = -float("inf")

    @property
    def client(self) -> "WorkspaceClient":
        """The shared client. Raises ValueError or DatabricksError when the host is unset or does not answer."""
        with self._lock:
            if time.monotonic() - self._failed_at < FAIL_FAST_SECONDS:
                raise ValueError("The workspace did not answer a moment ago.")
            try:
                return self._client
            except Exception:
                self._failed_at = time.monotonic()
                raise

    def load(self) -> None:
        """Import the SDK, without calling anything. It takes a second, or eight on a busy machine.

        The import is not at the top of this module because an app that never calls Databricks does not need the SDK.
        """
        import databricks.sdk  # noqa: F401

    @cached_property
    def _client(self) -> "WorkspaceClient":
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.core import Config

        return WorkspaceClient(
            config=Config(
                retry_timeout_seconds=RETRY_TIMEOUT_SECONDS, http_timeout_seconds=HTTP_TIMEOUT_SECONDS, **self._place
            )
        )

    @property
    def host(self) -> str:
        return str(self.client.config.host).rstrip("/")

    def headers(self) -> dict[str, str]:
        """The Authorization header of the app's service principal; the SDK renews it before it expires."""
        return dict(self.client.config.authenticate())


def catalog_explorer_url(path: str) -> str:
    """The page of a file in a Volume; empty for another path, or where the workspace is not known.

    The Databricks CLI links to the page of a Volume like this. The query, which opens the file, is not documented:
    where a workspace ignores it, the Volume opens.
    """
    host = os.environ.get("DATABRICKS_HOST", "").strip().rstrip("/")
    known = volume_path(path)  # an imported file may say anything
    if not host or known is None:
        return ""
    catalog, schema, volume, *steps = known.split("/")[2:]
    folder = known.rpartition("/")[0]
    query = urlencode({"volumePath": folder, "filePreviewPath": "/".join(steps)}, quote_via=quote, safe="")
    page = "/".join(quote(name, safe="") for name in (catalog, schema, volume))
    return f"{host if '://' in host else f'https://{host}'}/explore/data/volumes/{page}?{query}"


def source_url(url: str, path: str | None) -> str:
    """Where a source can be opened: its web address, or the page of the file in a Volume; empty if nowhere."""
    return url or (catalog_explorer_url(path) if path else "")

"""The Databricks workspace, accessed as this app's service principal; the client is built when first needed."""

import time
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

# By default the SDK tries for 300 s, and a page would hang that long on an unreachable host.
RETRY_TIMEOUT_SECONDS = 5
HTTP_TIMEOUT_SECONDS = 5
FAILURE_KEPT_SECONDS = 5
"""Callers that waited for a failed attempt would otherwise each make their own, one after another."""


class Workspace:
    """Reads DATABRICKS_* or a laptop's profile, as the SDK does. Every call may use the network and block.

    One lock guards building the client, so callers that need it meanwhile wait for the same attempt.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._failed_at = -float("inf")

    @property
    def client(self) -> "WorkspaceClient":
        """The one client. Raises ValueError or DatabricksError when the host is unset or does not answer."""
        with self._lock:
            if time.monotonic() - self._failed_at < FAILURE_KEPT_SECONDS:
                raise ValueError("The workspace did not answer a moment ago.")
            try:
                return self._client
            except Exception:
                self._failed_at = time.monotonic()
                raise

    def load(self) -> None:
        """Import the SDK; no call is made. It takes a second, and eight on a busy machine.

        It is not imported at the top of this module: an app that never signs in to Databricks does without it.
        """
        import databricks.sdk  # noqa: F401

    @cached_property
    def _client(self) -> "WorkspaceClient":
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.core import Config

        return WorkspaceClient(
            config=Config(retry_timeout_seconds=RETRY_TIMEOUT_SECONDS, http_timeout_seconds=HTTP_TIMEOUT_SECONDS)
        )

    @property
    def host(self) -> str:
        return str(self.client.config.host).rstrip("/")

    def headers(self) -> dict[str, str]:
        """The Authorization header of the app's service principal; the SDK renews it before it expires."""
        return dict(self.client.config.authenticate())

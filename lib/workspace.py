"""The Databricks workspace as this app's own identity: one client, built when first needed."""

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

# The SDK would otherwise try for 300 s, and a page would hang that long on an unreachable host.
RETRY_TIMEOUT_SECONDS = 15
HTTP_TIMEOUT_SECONDS = 10


class Workspace:
    """Reads DATABRICKS_* (or a laptop's profile) as the SDK does. Every call may reach the network and block."""

    def __init__(self) -> None:
        self._lock = Lock()

    @property
    def client(self) -> "WorkspaceClient":
        """The one client. Raises ValueError or DatabricksError when the host is unset or does not answer."""
        with self._lock:
            return self._client

    @cached_property
    def _client(self) -> "WorkspaceClient":
        # Imported here: it costs most of a second, and an app without Databricks never needs it.
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.core import Config

        return WorkspaceClient(
            config=Config(retry_timeout_seconds=RETRY_TIMEOUT_SECONDS, http_timeout_seconds=HTTP_TIMEOUT_SECONDS)
        )

    @property
    def host(self) -> str:
        return str(self.client.config.host).rstrip("/")

    def headers(self) -> dict[str, str]:
        """The Authorization header of the app's service principal; renewed by the SDK before it expires."""
        return dict(self.client.config.authenticate())

"""Files in a Unity Catalog Volume, through Databricks' Files API and with the rights of the app."""

import logging
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO, TypeVar, cast
from uuid import uuid4

from lib.errors import FilesUnavailable
from lib.workspace import Workspace

log = logging.getLogger("lakechat.files")
Result = TypeVar("Result")
LOST = "This file is no longer in the Volume where it was kept."


class Volume:
    """`path` is that of the Volume: /Volumes/catalog/schema/name. Every call blocks.

    Raises FilesUnavailable where the Volume cannot be reached, refuses, or lacks the object.
    """

    def __init__(self, workspace: Workspace, path: str) -> None:
        self._workspace = workspace
        self._path = path.rstrip("/")

    def new_path(self) -> str:
        """For a new object. No user chooses it, so that nobody can write over the object of another."""
        return f"{self._path}/{uuid4()}"

    def write(self, path: str, content: bytes) -> None:
        _called("written", lambda: self._workspace.client.files.upload(path, BytesIO(content), overwrite=True))

    def read(self, path: str) -> bytes:
        return _called("read", lambda: _downloaded(self._workspace, path))

    def remove(self, path: str) -> None:
        """An object that is not there is as good as removed."""
        from databricks.sdk.errors import NotFound

        def remove() -> None:
            try:
                self._workspace.client.files.delete(path)
            except NotFound:
                return

        _called("removed", remove)


def _downloaded(workspace: Workspace, path: str) -> bytes:
    with cast(BinaryIO, workspace.client.files.download(path).contents) as contents:
        return contents.read()


def _called(what: str, call: Callable[[], Result]) -> Result:
    # Imported with the first call, as in `lib.workspace`: an app without a Volume does not need the SDK.
    from databricks.sdk.errors import NotFound
    from databricks.sdk.errors.base import DatabricksError
    from requests.exceptions import RequestException

    try:
        return call()
    except NotFound as error:
        log.error("An object of the Volume could not be %s: it, or the Volume, is not there.", what)
        raise FilesUnavailable(LOST if what == "read" else None) from error
    except (DatabricksError, RequestException, OSError, ValueError) as error:
        log.warning("An object of the Volume could not be %s: %s.", what, type(error).__name__)
        raise FilesUnavailable from error

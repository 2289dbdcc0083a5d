"""What the program remembers of a deployment: a file in the workspace, and a lock beside it while it deploys."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from local.databricks_cli import http
from local.databricks_cli.arguments import Arguments
from local.databricks_cli.bundle import Bundle
from local.databricks_cli.failure import Failure

Json = dict[str, Any]


def ids(bundle: Bundle) -> dict[str, str]:
    """Of what is deployed, by kind and key, such as "apps.lakechat"."""
    content = bundle.client.download(f"{bundle.state_path}/resources.json")
    return dict(json.loads(content)["state"]) if content else {}


def keep(bundle: Bundle, made: dict[str, str]) -> None:
    content = json.dumps({"state_version": 2, "state": made}).encode()
    bundle.client.upload(f"{bundle.state_path}/resources.json", content)


@contextmanager
def lock(bundle: Bundle, arguments: Arguments) -> Iterator[None]:
    """Raises Failure while somebody else has it; it stays behind when the program is killed."""
    path = f"{bundle.state_path}/deploy.lock"
    user_name = bundle.config["workspace"]["current_user"]["userName"]
    now = datetime.now(UTC)
    mine = {"ID": str(now.timestamp()), "AcquisitionTime": now.isoformat(), "User": user_name, "IsForced": False}
    try:
        bundle.client.upload(path, json.dumps(mine).encode(), overwrite="force-lock" in arguments.switches)
    except http.ApiError as error:
        if error.status != 409:
            raise
        held = json.loads(bundle.client.download(path) or b"{}")
        raise Failure(
            f"deploy lock acquired by {held.get('User')} at {held.get('AcquisitionTime')}.\n"
            "Another deployment may be in progress. Use --force-lock to override, but this may\n"
            "conflict with the other deployment if it is still active"
        ) from error
    try:
        yield
    finally:
        bundle.client.post("/api/2.0/workspace/delete", {"path": path})

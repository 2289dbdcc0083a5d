"""Whom the schema in the database belongs to, seen as the person who deploys: it must be the app's role."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from lib.checks.asking import Asking, nested
from lib.checks.finding import Finding
from lib.checks.lakebase import API
from lib.checks.sign_in import Principal
from lib.database_settings import Lakebase
from lib.db.database import connect
from lib.db.grants import schema_owner
from lib.errors import LakechatError
from lib.workspace import Workspace
from local.doctor.lakebase import Place, writable_endpoint

NAME = "Schema chat"


def owner(asking: Asking, workspace: Workspace, where: Place, principal: Principal, client_id: str) -> list[Finding]:
    """`client_id` is the app's service principal; empty if there is no app yet. Nothing without a database."""
    database = asking.get(f"{API}/{where.branch}/databases/{where.database_id}")
    endpoint = writable_endpoint(asking, where.branch)
    if database.status != 200 or isinstance(endpoint, Finding):
        return []
    lakebase = Lakebase(
        host=str(nested(endpoint.body, "status", "hosts").get("host")),
        port=int(os.environ.get("PGPORT") or 5432),
        database=str(nested(database.body, "status").get("postgres_database")),
        user=principal.name,
        sslmode=os.environ.get("PGSSLMODE") or "require",
        app_name="lakechat-doctor",
        endpoint=str(endpoint.body.get("name")),
        instance=None,
    )
    connection = connect(lakebase, workspace)
    try:
        with _unlogged():
            return [judged(connection.run(schema_owner), client_id)]
    except LakechatError:
        says = "You may not log in to the database yourself, so nobody can tell from here whose schema it is."
        return [Finding(NAME, "unknown", says)]
    finally:
        connection.dispose()


@contextmanager
def _unlogged() -> Iterator[None]:
    """What is logged when the login is refused says the same as the finding, in the midst of the lines for a person."""
    log = logging.getLogger("lakechat.db")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def judged(owner: str | None, client_id: str) -> Finding:
    if owner is None:
        return Finding(NAME, "good", "It is not there yet: the app makes it when it starts.")
    if owner == client_id:
        return Finding(NAME, "good", "It belongs to the app's service principal.")
    if not client_id:
        says = f"It belongs to {owner}. The app that the deployment makes has another role, which cannot use it."
        return Finding(NAME, "bad", says, f'REASSIGN OWNED BY "{owner}" TO "<client id of the new app>";')
    says = f"It belongs to {owner}, not to the app's service principal, so the app cannot use it."
    return Finding(NAME, "bad", says, f'REASSIGN OWNED BY "{owner}" TO "{client_id}";')

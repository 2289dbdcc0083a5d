"""The database of the app, for the commands of an administrator."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lib.database_settings import Lakebase, load_database
from lib.db.database import Database, connect
from lib.errors import NotConfigured
from lib.workspace import Workspace

NO_DATABASE = "No database is set. Set the same variables as for the app: DATABASE_URL, or PGHOST and the others."


@contextmanager
def app_database(environ: Mapping[str, str]) -> Iterator[Database]:
    """Named by the same variables as for the app. Raises NotConfigured if they are missing or wrong."""
    where = load_database(environ)
    if where is None:
        raise NotConfigured(NO_DATABASE)
    workspace = Workspace()
    if isinstance(where, Lakebase):
        workspace.load()  # otherwise the first credential has to wait for the SDK's import, which may take too long
    database = connect(where, workspace)
    try:
        yield database
    finally:
        database.dispose()

"""Which database the environment names: a bound Lakebase, any Postgres, or none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.environ import Reader, names_server
from lib.errors import NotConfigured
from lib.settings.database import (
    DATABASE_URL,
    LAKEBASE_ENDPOINT,
    LAKEBASE_INSTANCE_NAME,
    PGAPPNAME,
    PGDATABASE,
    PGHOST,
    PGPORT,
    PGSSLMODE,
    PGUSER,
)
from lib.settings.variable import Variable

BOUND = (PGHOST, PGDATABASE, PGUSER, LAKEBASE_ENDPOINT, LAKEBASE_INSTANCE_NAME)
"""Any of them means that a Lakebase is bound."""


@dataclass(frozen=True)
class Lakebase:
    """A bound Lakebase. Its short-lived passwords are minted for `endpoint`, or for `instance` if that is None.

    If both are None, the workspace is asked what is behind `host`, because Databricks Apps injects only the host.
    """

    host: str
    port: int
    database: str
    user: str
    sslmode: str
    app_name: str
    endpoint: str | None
    instance: str | None


@dataclass(frozen=True)
class DatabaseUrl:
    """Any Postgres with a password of its own. For `sslmode` None, see `lib.db.url.tls`."""

    url: str = field(repr=False)
    sslmode: str | None = None


def load_database(environ: Mapping[str, str]) -> Lakebase | DatabaseUrl | None:
    """Only the database, for a command that asks no agent. Raises NotConfigured."""
    reader = DatabaseReader(environ)
    database = reader.database()
    if reader.problems:
        raise NotConfigured(" ".join(reader.problems))
    return database


class DatabaseReader(Reader):
    """The database's settings, which depend on one another."""

    def database(self) -> Lakebase | DatabaseUrl | None:
        """DATABASE_URL wins over PG*. Nothing set means Ephemeral; a half-set Lakebase is a problem."""
        if (url := self.given(DATABASE_URL)) is not None:
            return self._database_url(url)
        return self._lakebase() if any(map(self.given, BOUND)) else None

    def _database_url(self, url: str) -> DatabaseUrl:
        if not names_server(url, ("postgres", "postgresql", "postgresql+psycopg2")):
            self.problems.append("DATABASE_URL must look like postgresql://user:password@host:port/database.")
        return DatabaseUrl(url, self.choice(PGSSLMODE) if self.given(PGSSLMODE) else None)

    def _lakebase(self) -> Lakebase:
        host, database, user = map(self._bound, (PGHOST, PGDATABASE, PGUSER))
        return Lakebase(
            host=host,
            port=self.number(PGPORT),
            database=database,
            user=user,
            sslmode=self.choice(PGSSLMODE),
            app_name=self.text(PGAPPNAME),
            endpoint=self.like(LAKEBASE_ENDPOINT),
            instance=self.given(LAKEBASE_INSTANCE_NAME),
        )

    def _bound(self, variable: Variable) -> str:
        value = self.given(variable)
        if value is None:
            self.problems.append(
                f"A Lakebase is set, but {variable.name} is missing: bind the database to the app again."
            )
        return value or ""

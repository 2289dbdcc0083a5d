"""Which database the environment names: a bound Lakebase, any Postgres, or none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.environ import Reader, names_server
from lib.errors import NotConfigured

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
ENDPOINT_PATH = re.compile(r"projects/[^/]+/branches/[^/]+/endpoints/[^/]+")


@dataclass(frozen=True)
class Lakebase:
    """A bound Lakebase. Its short-lived passwords are minted for `endpoint`, or for `instance` if that is None."""

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
        if (url := self.text("DATABASE_URL")) is not None:
            return self._database_url(url)
        bound = ("PGHOST", "PGDATABASE", "PGUSER", "LAKEBASE_ENDPOINT", "LAKEBASE_INSTANCE_NAME")
        return self._lakebase() if any(self.text(name) for name in bound) else None

    def _database_url(self, url: str) -> DatabaseUrl:
        if not names_server(url, ("postgres", "postgresql", "postgresql+psycopg2")):
            self.problems.append("DATABASE_URL must look like postgresql://user:password@host:port/database.")
        return DatabaseUrl(url, self._sslmode() if self.text("PGSSLMODE") else None)

    def _lakebase(self) -> Lakebase:
        host, database, user = (self._bound(name) for name in ("PGHOST", "PGDATABASE", "PGUSER"))
        return Lakebase(
            host=host,
            port=self.number("PGPORT", 5432, most=65_535),
            database=database,
            user=user,
            sslmode=self._sslmode(),
            app_name=self.text("PGAPPNAME") or "lakechat",
            endpoint=self._endpoint(),
            instance=self.text("LAKEBASE_INSTANCE_NAME"),
        )

    def _bound(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            self.problems.append(f"A Lakebase is set, but {name} is missing: bind the database to the app again.")
        return value or ""

    def _sslmode(self) -> str:
        value = self.text("PGSSLMODE") or "require"
        if value not in SSL_MODES:
            self.problems.append(f"PGSSLMODE must be one of {', '.join(SSL_MODES)}.")
        return value

    def _endpoint(self) -> str | None:
        value = self.like("LAKEBASE_ENDPOINT", ENDPOINT_PATH, "projects/…/branches/…/endpoints/…")
        if value is None and self.text("LAKEBASE_INSTANCE_NAME") is None:
            self.problems.append(
                "A Lakebase is set, but nothing to mint its password for: set LAKEBASE_ENDPOINT from the "
                "`postgres` resource, or LAKEBASE_INSTANCE_NAME for a provisioned instance."
            )
        return value

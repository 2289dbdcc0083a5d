"""Which database keeps the chats."""

import re

from lib.settings.variable import Choice, Group, Number, Pattern, Text, Variable

SSL_MODES = ("require", "disable", "allow", "prefer", "verify-ca", "verify-full")
_SSL_MODES = ", ".join(f"`{mode}`" for mode in SSL_MODES)

PGHOST = Variable(
    "PGHOST",
    "Host of the bound Lakebase.",
    is_injected=True,
    unset="unset: nothing is bound",
)
PGPORT = Number(
    "PGPORT",
    "Port of the bound Lakebase.",
    default=5_432,
    most=65_535,
    is_injected=True,
)
PGDATABASE = Variable(
    "PGDATABASE",
    "Name of the database in it.",
    is_injected=True,
    unset="required once `PGHOST` is set",
)
PGUSER = Variable(
    "PGUSER",
    "The role to log in with: the client id of the app's service principal.",
    is_injected=True,
    unset="required once `PGHOST` is set",
)
PGSSLMODE = Choice(
    "PGSSLMODE",
    f"TLS mode, one of libpq's: {_SSL_MODES}. Also for a `DATABASE_URL` that names none itself.",
    choices=SSL_MODES,
    is_injected=True,
    unset="`require`; for a `DATABASE_URL` on this machine libpq's own",
)
PGAPPNAME = Text(
    "PGAPPNAME",
    "The name under which the app's connections show in Postgres.",
    default="lakechat",
    is_injected=True,
)
LAKEBASE_ENDPOINT = Pattern(
    "LAKEBASE_ENDPOINT",
    "`projects/…/branches/…/endpoints/…`: what short-lived passwords are minted for. Set from the `postgres` "
    "resource; the platform does not inject it.",
    pattern=re.compile(r"projects/[^/]+/branches/[^/]+/endpoints/[^/]+"),
    example="projects/…/branches/…/endpoints/…",
    unset="unset: the workspace is asked what is behind `PGHOST` ([lakebase.md](lakebase.md#finding-the-endpoint))",
)
LAKEBASE_INSTANCE_NAME = Variable(
    "LAKEBASE_INSTANCE_NAME",
    "The same for a provisioned instance, set from its `database` resource.",
    unset="unset: as above",
)
DATABASE_URL = Variable(
    "DATABASE_URL",
    "Any Postgres with its own password, `postgresql://user:password@host/database`. Wins over all other "
    "variables of this table but `PGSSLMODE`.",
    is_secret=True,
)
GROUP = Group(
    "Database",
    (
        PGHOST,
        PGPORT,
        PGDATABASE,
        PGUSER,
        PGSSLMODE,
        PGAPPNAME,
        LAKEBASE_ENDPOINT,
        LAKEBASE_INSTANCE_NAME,
        DATABASE_URL,
    ),
)

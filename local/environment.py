"""Compose the environment that Databricks Apps would give the app; what the user has set wins."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from local.postgres import Cluster
from local.workspace import DEMO_EXPERIMENT, ENDPOINT

DATABASE = "databricks_postgres"
DEMO_AGENT = "demo-agent"
DEMO_TITLES = "demo-titles"
DEMO_QUESTIONS = (
    "Which region sold most last quarter?",
    "Show revenue by month for 2026",
    "Who are our top 10 customers?",
    "What can you do?",
)
DATABASE_NAMES = ("PG", "LAKEBASE_", "DATABASE_URL")
STREAMLIT = {
    "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
    "STREAMLIT_SERVER_HEADLESS": "true",
    "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "false",
    "STREAMLIT_SERVER_ENABLE_CORS": "false",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE": "true",  # the launcher says where the app is
}


@dataclass(frozen=True)
class Principal:
    """The app's service principal in the local workspace; its id is fixed because it owns the kept data."""

    client_id: str = "1a4ec8a7-0000-4000-8000-000000000001"
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


@dataclass(frozen=True)
class Plan:
    """Which stand-ins to start; the user brings the rest."""

    postgres: bool
    workspace: bool


def plan(mine: Mapping[str, str], *, ephemeral: bool) -> Plan:
    """Decide from the user's environment which stand-ins are needed."""
    has_lakebase = bool(mine.get("LAKEBASE_ENDPOINT") or mine.get("LAKEBASE_INSTANCE_NAME"))
    has_agent = any(mine.get(name) for name in ("SERVING_ENDPOINT", "GENIE_SPACES", "AGENT_URL"))
    # Many shells export a host: it is meant for us only together with something to use there.
    has_workspace = bool(mine.get("DATABRICKS_HOST")) and (has_agent or has_lakebase)
    has_database = bool(mine.get("DATABASE_URL")) or (has_workspace and has_lakebase and bool(mine.get("PGHOST")))
    return Plan(postgres=not (ephemeral or has_database), workspace=not has_workspace)


def without(environ: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(prefixes)}


def of_app(mine: Mapping[str, str], *, port: int, ephemeral: bool) -> dict[str, str]:
    """The user's environment without what a stand-in replaces, plus the platform's Streamlit settings."""
    planned = plan(mine, ephemeral=ephemeral)
    gone = ["DATABRICKS_"] if planned.workspace else []
    gone += DATABASE_NAMES if planned.postgres or ephemeral else []
    # With the app's name set, the app would demand the platform's identity headers.
    kept = without(mine, "DATABRICKS_APP_", *gone)
    return kept | STREAMLIT | {"STREAMLIT_SERVER_PORT": str(port)}


def of_workspace(mine: Mapping[str, str], *, url: str, principal: Principal) -> dict[str, str]:
    """The variables that bind the local workspace and its agent."""
    given = {
        "DATABRICKS_HOST": url,
        "DATABRICKS_CLIENT_ID": principal.client_id,
        "DATABRICKS_CLIENT_SECRET": principal.client_secret,
    }
    if not mine.get("AGENT_URL"):
        given["MLFLOW_EXPERIMENT_ID"] = mine.get("MLFLOW_EXPERIMENT_ID") or DEMO_EXPERIMENT
        given["SERVING_ENDPOINT"] = mine.get("SERVING_ENDPOINT") or DEMO_AGENT
        given["TITLE_ENDPOINT"] = mine.get("TITLE_ENDPOINT") or DEMO_TITLES
        given["STARTER_QUESTIONS"] = mine.get("STARTER_QUESTIONS") or "|".join(DEMO_QUESTIONS)
    return given


def of_lakebase(cluster: Cluster, principal: Principal) -> dict[str, str]:
    """The variables that bind a Lakebase database: no password, the app mints its credentials."""
    return {
        "PGHOST": cluster.host,
        "PGPORT": str(cluster.port),
        "PGDATABASE": DATABASE,
        "PGUSER": principal.client_id,
        "PGSSLMODE": cluster.sslmode,
        "PGAPPNAME": "lakechat",
        "LAKEBASE_ENDPOINT": ENDPOINT,
    }

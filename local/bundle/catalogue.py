"""The options of a deployment: what each binds, which settings it sends, and which values it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Fields = Mapping[str, Any]

OWN_PROJECT = "${resources.postgres_projects.chats_project.id}"
OWN_BRANCH = f"{OWN_PROJECT}/branches/production"
RESTORED_BRANCH = f"{OWN_PROJECT}/branches/${{var.restored_branch}}"
FIRST_PROJECT = "lakechat"
"""The key of the project when the bundle declared no database of its own. Under another key the CLI would take it for
another project, and delete this one."""
FIRST_BRANCH = f"${{resources.postgres_projects.{FIRST_PROJECT}.id}}/branches/production"


@dataclass(frozen=True)
class Option:
    """One choice. Options of the same `group` exclude each other, since each stands in place of what is usual there."""

    name: str
    says: str
    """What one gets, as a phrase for the prompt and the guide."""
    needs: tuple[str, ...] = ()
    """Variables that must be given, because no guess could be right."""
    takes: tuple[str, ...] = ()
    """Further variables that it uses, which have a default."""
    sets: Mapping[str, str] = field(default_factory=dict)
    """Variables whose usual value is another one with this option."""
    resources: tuple[Fields, ...] = ()
    env: tuple[Fields, ...] = ()
    app: Fields = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    """What the app may do as the person, where people are asked for as themselves."""
    group: str = ""


def _from(name: str, resource: str) -> Fields:
    return {"name": name, "value_from": resource}


def _value(name: str, value: str) -> Fields:
    return {"name": name, "value": value}


def endpoint(name: str, description: str, of: str) -> Fields:
    """A serving endpoint as a resource of the app, which may query it."""
    return {"name": name, "description": description, "serving_endpoint": {"name": of, "permission": "CAN_QUERY"}}


def lakebase(branch: str, database: str) -> Fields:
    return {
        "name": "postgres",
        "description": "The chats.",
        "postgres": {"branch": branch, "database": database, "permission": "CAN_CONNECT_AND_CREATE"},
    }


_TITLES = Option(
    "titles",
    "a small model names the chats and suggests next questions",
    takes=("title_endpoint",),
    resources=(endpoint("title-endpoint", "The model that names the chats.", "${var.title_endpoint}"),),
    env=(_from("TITLE_ENDPOINT", "title-endpoint"),),
)
_GENIE = Option(
    "genie",
    "a Genie space is one of the agents",
    needs=("genie_space_id",),
    takes=("genie_name",),
    resources=(
        {
            "name": "genie-space",
            "description": "The Genie space.",
            "genie_space": {"name": "${var.genie_name}", "space_id": "${var.genie_space_id}", "permission": "CAN_RUN"},
        },
    ),
    env=(_value("GENIE_SPACES", "${var.genie_name}=${var.genie_space_id}"),),
    scopes=("dashboards.genie",),
)
_GENIE_ALONE = Option(
    "genie-alone",
    "a Genie space is the only agent; nothing behind a serving endpoint is bound",
    needs=_GENIE.needs,
    takes=_GENIE.takes,
    resources=_GENIE.resources,
    env=_GENIE.env,
    scopes=_GENIE.scopes,
    group="agent",
)
_APP_AGENT = Option(
    "app-agent",
    "the agent is itself a Databricks App instead of a serving endpoint",
    needs=("agent_app", "agent_url"),
    resources=(
        {
            "name": "agent-app",
            "description": "The agent.",
            "app": {"name": "${var.agent_app}", "permission": "CAN_USE"},
        },
    ),
    env=(_value("AGENT_URL", "${var.agent_url}"),),
    scopes=("${var.user_scope}",),
    group="agent",
)
_FEEDBACK = Option(
    "feedback",
    "ratings of answers become assessments at their traces in MLflow",
    needs=("experiment_id",),
    resources=(
        {
            "name": "experiment",
            "description": "The agent's traces, which get people's ratings.",
            "experiment": {"experiment_id": "${var.experiment_id}", "permission": "CAN_EDIT"},
        },
    ),
    env=(_from("MLFLOW_EXPERIMENT_ID", "experiment"),),
)
_ATTACHMENTS = Option(
    "attachments",
    "attached files are kept in a Unity Catalog Volume instead of the database",
    needs=("attachments_volume",),
    resources=(
        {
            "name": "attachments",
            "description": "The Volume that keeps attached files.",
            "uc_securable": {
                "securable_full_name": "${var.attachments_volume}",
                "securable_type": "VOLUME",
                "permission": "WRITE_VOLUME",
            },
        },
    ),
    env=(_from("ATTACHMENTS_VOLUME", "attachments"),),
)
_ON_BEHALF = Option(
    "on-behalf",
    "the agent is asked as the person, with that person's rights, and never as the app",
    takes=("user_scope",),
    env=(_value("AGENT_AUTH", "user"),),
)
_EVERYONE = Option(
    "everyone",
    "a group may open the app",
    takes=("users_group",),
    app={"permissions": [{"level": "CAN_USE", "group_name": "${var.users_group}"}]},
)
_STARTERS = Option(
    "starters",
    "questions of your own are suggested in an empty chat",
    needs=("starter_questions",),
    env=(_value("STARTER_QUESTIONS", "${var.starter_questions}"),),
)
_ADMINS = Option(
    "admins",
    "these people see the state of the app and everybody's figures",
    needs=("admin_users",),
    env=(_value("ADMIN_USERS", "${var.admin_users}"),),
)
_PROFILES = Option(
    "profiles",
    "agents have names, icons and first questions",
    needs=("agent_profiles",),
    env=(_value("AGENT_PROFILES", "${var.agent_profiles}"),),
)
_TELEMETRY = Option(
    "telemetry",
    "logs, metrics and traces of the app are written to tables of Unity Catalog",
    needs=("telemetry_schema",),
    app={
        "telemetry_export_destinations": [
            {
                "unity_catalog": {
                    "logs_table": "${var.telemetry_schema}.lakechat_logs",
                    "metrics_table": "${var.telemetry_schema}.lakechat_metrics",
                    "traces_table": "${var.telemetry_schema}.lakechat_traces",
                }
            }
        ]
    },
    # The tables keep what was sent, so that a sum over rows is right: docs/telemetry.md queries them like this.
    env=(_value("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),),
)
_ALWAYS_ON = Option(
    "always-on", "the database never suspends, so that nobody waits for it and it always costs", group="suspension"
)
_FIRST_DATABASE = Option(
    "first-database",
    "the chats are in the database that comes with the project, as before this bundle declared one",
    takes=("lakebase_database",),
    sets={"lakebase_database": "databricks-postgres"},
    resources=(lakebase(FIRST_BRANCH, f"{FIRST_BRANCH}/databases/${{var.lakebase_database}}"),),
    env=(_from("LAKEBASE_ENDPOINT", "postgres"),),
    group="database",
)
_EXISTING_LAKEBASE = Option(
    "existing-lakebase",
    "the chats are in a Lakebase project that you already have",
    needs=("lakebase_branch", "lakebase_database"),
    resources=(lakebase("${var.lakebase_branch}", "${var.lakebase_branch}/databases/${var.lakebase_database}"),),
    env=(_from("LAKEBASE_ENDPOINT", "postgres"),),
    group="database",
)
_RESTORED = Option(
    "restored",
    "the chats are in another branch of the project that this bundle made, such as one restored to a moment",
    needs=("restored_branch", "restored_database"),
    resources=(lakebase(RESTORED_BRANCH, f"{RESTORED_BRANCH}/databases/${{var.restored_database}}"),),
    env=(_from("LAKEBASE_ENDPOINT", "postgres"),),
    group="database",
)
_EPHEMERAL = Option("ephemeral", "no database: chats are lost when the app restarts", group="database")

OPTIONS = {
    option.name: option
    for option in (
        *(_TITLES, _GENIE, _GENIE_ALONE, _APP_AGENT, _FEEDBACK, _ATTACHMENTS, _ON_BEHALF, _EVERYONE),
        *(_STARTERS, _ADMINS, _PROFILES, _TELEMETRY),
        *(_ALWAYS_ON, _FIRST_DATABASE, _EXISTING_LAKEBASE, _RESTORED, _EPHEMERAL),
    )
}
"""All options by name, in the order in which they are asked for and rendered."""

SERVING = Option(
    "",
    "an agent behind a serving endpoint",
    needs=("serving_endpoint",),
    resources=(endpoint("serving-endpoint", "The agent.", "${var.serving_endpoint}"),),
    env=(_from("SERVING_ENDPOINT", "serving-endpoint"),),
    scopes=("${var.user_scope}",),
    group="agent",
)
"""What stands there without an option of the group "agent"."""

NEW_LAKEBASE = Option(
    "",
    "a Lakebase project of its own",
    takes=("lakebase_project", "lakebase_database"),
    resources=(lakebase(OWN_BRANCH, "${resources.postgres_databases.chats.id}"),),
    env=(_from("LAKEBASE_ENDPOINT", "postgres"),),
    group="database",
)
"""What stands there without an option of the group "database"."""

"""The options of a deployment: what each binds, which settings it sends, and which values it needs."""

from local.bundle.databases import EPHEMERAL, EXISTING_LAKEBASE, FIRST_DATABASE, RESTORED
from local.bundle.option import Option, endpoint, from_resource, value

_TITLES = Option(
    "titles",
    "a small model names the chats and suggests next questions",
    takes=("title_endpoint",),
    resources=(endpoint("title-endpoint", "The model that names the chats.", "${var.title_endpoint}"),),
    env=(from_resource("TITLE_ENDPOINT", "title-endpoint"),),
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
    env=(value("GENIE_SPACES", "${var.genie_name}=${var.genie_space_id}"),),
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
    env=(value("AGENT_URL", "${var.agent_url}"),),
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
    env=(from_resource("MLFLOW_EXPERIMENT_ID", "experiment"),),
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
    env=(from_resource("ATTACHMENTS_VOLUME", "attachments"),),
)
_ON_BEHALF = Option(
    "on-behalf",
    "the agent is asked as the person, with that person's rights, and never as the app",
    takes=("user_scope",),
    env=(value("AGENT_AUTH", "user"),),
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
    env=(value("STARTER_QUESTIONS", "${var.starter_questions}"),),
)
_ADMINS = Option(
    "admins",
    "these people see the state of the app and everybody's figures",
    needs=("admin_users",),
    env=(value("ADMIN_USERS", "${var.admin_users}"),),
)
_PROFILES = Option(
    "profiles",
    "agents have names, icons and first questions",
    needs=("agent_profiles",),
    env=(value("AGENT_PROFILES", "${var.agent_profiles}"),),
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
    env=(value("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),),
)
_ALWAYS_ON = Option(
    "always-on", "the database never suspends, so that nobody waits for it and it always costs", group="suspension"
)

OPTIONS = {
    option.name: option
    for option in (
        *(_TITLES, _GENIE, _GENIE_ALONE, _APP_AGENT, _FEEDBACK, _ATTACHMENTS, _ON_BEHALF, _EVERYONE),
        *(_STARTERS, _ADMINS, _PROFILES, _TELEMETRY),
        *(_ALWAYS_ON, FIRST_DATABASE, EXISTING_LAKEBASE, RESTORED, EPHEMERAL),
    )
}
"""All options by name, in the order in which they are asked for and rendered."""

SERVING = Option(
    "",
    "an agent behind a serving endpoint",
    needs=("serving_endpoint",),
    resources=(endpoint("serving-endpoint", "The agent.", "${var.serving_endpoint}"),),
    env=(from_resource("SERVING_ENDPOINT", "serving-endpoint"),),
    scopes=("${var.user_scope}",),
    group="agent",
)
"""What stands there without an option of the group "agent"."""

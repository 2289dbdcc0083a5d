"""The workspace, as whom its agents are called, and who the admins are."""

from lib.settings.variable import Choice, Group, Listed, Variable

DATABRICKS_HOST = Variable(
    "DATABRICKS_HOST",
    "The workspace.",
    is_injected=True,
    read_by="databricks-sdk",
)
DATABRICKS_CLIENT_ID = Variable(
    "DATABRICKS_CLIENT_ID",
    "The app's service principal.",
    is_injected=True,
    read_by="databricks-sdk",
)
DATABRICKS_CLIENT_SECRET = Variable(
    "DATABRICKS_CLIENT_SECRET",
    "The secret of the app's service principal.",
    is_secret=True,
    is_injected=True,
    read_by="databricks-sdk",
)
DATABRICKS_APP_NAME = Variable(
    "DATABRICKS_APP_NAME",
    "The app's name. When it is set, a request without a signed-in user is refused.",
    is_injected=True,
    unset="unset: a laptop",
)
AGENT_AUTH = Choice(
    "AGENT_AUTH",
    "As whom the agent is called: `user` (on behalf of the person), `app`, or `auto` (the person when the "
    "platform sends a token, and then never the app; else the app). [sign-in.md](sign-in.md) tells what "
    "happens when a token expires or lacks a scope.",
    choices=("auto", "user", "app"),
)
DEV_USER_EMAIL = Variable(
    "DEV_USER_EMAIL",
    "Your identity on a laptop, where nobody signs in; capitals make no difference. Ignored on Databricks Apps.",
    unset="`local-dev-user`",
)
ADMIN_USERS = Listed(
    "ADMIN_USERS",
    "E-mail addresses of administrators, in any spelling, separated by commas. The Status page also shows "
    "them the database's endpoint, pool, credential age and last error, and the Insights page the figures of "
    "everybody. The page Setup check says what the app may and may not do.",
    unset="nobody",
)
GROUP = Group(
    "Workspace, sign-in and admins",
    (
        DATABRICKS_HOST,
        DATABRICKS_CLIENT_ID,
        DATABRICKS_CLIENT_SECRET,
        DATABRICKS_APP_NAME,
        AGENT_AUTH,
        DEV_USER_EMAIL,
        ADMIN_USERS,
    ),
)

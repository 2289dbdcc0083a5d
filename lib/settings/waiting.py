"""How long an agent may take."""

from lib.settings.variable import Choice, Group, Number

AGENT_CONNECT_TIMEOUT_SECONDS = Number(
    "AGENT_CONNECT_TIMEOUT_SECONDS",
    "How long to wait for a connection to the agent.",
    default=10,
)
AGENT_FIRST_BYTE_TIMEOUT_SECONDS = Number(
    "AGENT_FIRST_BYTE_TIMEOUT_SECONDS",
    "How long to wait for the agent's first byte; model serving itself gives up after 297 s.",
    default=310,
)
AGENT_IDLE_TIMEOUT_SECONDS = Number(
    "AGENT_IDLE_TIMEOUT_SECONDS",
    "How long the agent may be silent within an answer; twice as long while the agent or a gateway sends "
    "comments or pings to keep the connection alive.",
    default=300,
)
AGENT_BACKGROUND = Choice(
    "AGENT_BACKGROUND",
    "Whether the agent at `AGENT_URL` is asked to work in the background, so that its answer survives cut "
    "connections and restarts of this app ([deploy.md](deploy.md#agents-that-work-for-minutes)). `auto`: "
    "agents on Databricks Apps that take `responses`; those that cannot ignore it. Elsewhere, such as on a "
    "laptop, those whose `/openapi.json` has a route `/responses/{…}`. `on`: wherever the agent is, if it "
    "takes `responses`; for one that is known to offer it. `off`: never.",
    choices=("auto", "on", "off"),
)
# As long as Databricks' long-running agent server lets an agent work.
AGENT_MAX_MINUTES = Number(
    "AGENT_MAX_MINUTES",
    "How long an answer that is written in the background may take. After that it ends with a sentence, and "
    "what has come is kept. Counted again in the process that goes on with it after a restart.",
    default=60,
)
GROUP = Group(
    "Waiting for an agent",
    (
        AGENT_CONNECT_TIMEOUT_SECONDS,
        AGENT_FIRST_BYTE_TIMEOUT_SECONDS,
        AGENT_IDLE_TIMEOUT_SECONDS,
        AGENT_BACKGROUND,
        AGENT_MAX_MINUTES,
    ),
)

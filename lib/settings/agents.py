"""Which agents there are and what people see of them."""

from lib.settings.variable import Choice, Group, Listed, Variable

DEFAULT_GENIE_NAME = "Genie"

SERVING_ENDPOINT = Listed(
    "SERVING_ENDPOINT",
    "Name of the agent's serving endpoint. Several, separated by commas, can be chosen from at the input of a"
    " new chat; the first is the default.",
    unset="required, unless `GENIE_SPACES` or `AGENT_URL` is set",
)
GENIE_SPACES = Listed(
    "GENIE_SPACES",
    "Genie spaces that people can ask beside the other agents, as `name=id`, several separated by commas. The"
    " name is the agent's id, which chats store, so it should not change; one without a name is called "
    f"`{DEFAULT_GENIE_NAME}` ([genie.md](genie.md)).",
)
AGENT_URL = Variable(
    "AGENT_URL",
    "Instead of endpoints, and winning over them: the full URL to POST to, of an agent on Databricks Apps or "
    "behind MLflow's agent server (`…/invocations`), or of any OpenAI-compatible server (`…/chat/completions`"
    " or `…/responses`).",
)
AGENT_API_KEY = Variable(
    "AGENT_API_KEY",
    "Bearer token for `AGENT_URL`.",
    is_secret=True,
    unset="an agent on Databricks Apps gets the app's own token, any other none",
)
AGENT_MODEL = Variable(
    "AGENT_MODEL",
    "Name of the model to ask for at `AGENT_URL`.",
)
AGENT_FORMAT = Choice(
    "AGENT_FORMAT",
    "What the agent at `AGENT_URL` is sent: `responses` (`input`, as the Responses API and MLflow's agents "
    "have it), `chat` (`messages`, as chat completions and MLflow's ChatAgent have it), or `auto`: what the "
    "path tells (`/completions` and `/chat`: `chat`; `/responses`: `responses`), and for any other path "
    "`responses`, unless the agent refuses it and asks for the other.",
    choices=("auto", "responses", "chat"),
)
AGENT_DESCRIPTION = Variable(
    "AGENT_DESCRIPTION",
    "What the start of a new chat says that the agent knows and can do, in a sentence or two.",
    unset="the description of the serving endpoint",
)
AGENT_PROFILES = Variable(
    "AGENT_PROFILES",
    "How people see the agents: JSON with a name, an icon, a description and first questions for each, all of"
    " them optional. See [Agents with a name](#agents-with-a-name).",
    unset="the tags of the serving endpoint; without them an agent goes by the endpoint's name",
)
STARTER_QUESTIONS = Listed(
    "STARTER_QUESTIONS",
    "Suggested questions for an empty chat, separated by a vertical bar; an agent may have its own. Up to two"
    " of the person's own, whose answers they voted up, stand beside them.",
    separator="|",  # questions contain commas
    default=("What can you help me with?", "Which data can you see?"),
)
GROUP = Group(
    "Agents",
    (
        SERVING_ENDPOINT,
        GENIE_SPACES,
        AGENT_URL,
        AGENT_API_KEY,
        AGENT_MODEL,
        AGENT_FORMAT,
        AGENT_DESCRIPTION,
        AGENT_PROFILES,
        STARTER_QUESTIONS,
    ),
)

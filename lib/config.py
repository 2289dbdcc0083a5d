"""Reads the environment once into frozen settings. One error names all problems."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lib.addresses import folded
from lib.database_settings import DatabaseReader, DatabaseUrl, Lakebase
from lib.environ import names_server
from lib.errors import NotConfigured
from lib.profile_settings import ProfileReader
from lib.profiles import Profile
from lib.settings import agents, branding, feedback, keeping, limits, logging, people, sending, small_model, waiting


@dataclass(frozen=True)
class Settings:
    """With `database` None, no database is bound (Ephemeral). `agents` are endpoint names, the default first."""

    database: Lakebase | DatabaseUrl | None
    agents: tuple[str, ...]
    genie_spaces: Mapping[str, str]
    """Ids of Genie spaces by the names that they have as agents, which stand behind all others."""
    agent_url: str | None
    agent_api_key: str | None = field(repr=False)
    agent_model: str | None
    agent_format: str
    agent_description: str | None
    agent_profiles: Mapping[str, Profile]
    """By the ids of agents: what people see of them."""
    agent_auth: str
    agent_connect_seconds: int
    agent_first_byte_seconds: int
    agent_idle_seconds: int
    agent_background: str
    """"auto", "on" or "off": see docs/configuration.md."""
    agent_max_minutes: int
    """How long an answer may take that the agent writes in the background."""
    title_endpoint: str | None
    follow_ups: str
    """"auto", "agent" or "off": see docs/configuration.md."""
    mlflow_experiment_id: str | None
    """With it, votes become assessments of MLflow."""
    tracing_warehouse_id: str | None
    feedback_tags: tuple[str, ...]
    """The reasons that one may give with a vote."""
    app_name: str | None
    dev_user_email: str | None
    admin_users: frozenset[str]
    history_token_budget: int
    context_summary: bool
    """Whether the agents are sent a summary of what the budget leaves out."""
    system_prompt: str
    """Sent to the agents before every conversation; may be empty."""
    send_date: str
    """What the agents are told of the date: "off", "day" or "minute"."""
    starter_questions: tuple[str, ...]
    requests_per_minute: int
    running_answers_per_user: int
    max_answer_bytes: int
    search_language: str
    trash_days: int
    """How long the trash keeps a chat; 0: it is deleted at once."""
    archive_after_days: int
    """Without activity; 0: never. The same for `purge_after_days`."""
    purge_after_days: int
    attachments_volume: str | None
    """Where attached files are kept; None: in the database."""
    brand_name: str
    brand_logo: Path | None
    """An image file; None: the app's own."""
    brand_greeting: str
    log_level: str

    @property
    def on_platform(self) -> bool:
        """Whether this is Databricks Apps, whose proxy signs people in: a request without an identity is refused."""
        return self.app_name is not None


def url_agent_id(url: str, model: str | None) -> str:
    """The id of the agent at AGENT_URL."""
    return model or urlsplit(url).hostname or url


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises NotConfigured with one sentence for each problem."""
    reader = _SettingsReader(environ)
    spaces = reader.named(agents.GENIE_SPACES, agents.DEFAULT_GENIE_NAME, taken=reader.listed(agents.SERVING_ENDPOINT))
    settings = Settings(
        database=reader.database(),
        agents=reader.agents(),
        genie_spaces=spaces,
        agent_url=reader.url(agents.AGENT_URL),
        agent_api_key=reader.given(agents.AGENT_API_KEY),
        agent_model=reader.given(agents.AGENT_MODEL),
        agent_format=reader.choice(agents.AGENT_FORMAT),
        agent_description=reader.given(agents.AGENT_DESCRIPTION),
        agent_profiles=reader.profiles(spaces),
        agent_auth=reader.choice(people.AGENT_AUTH),
        agent_connect_seconds=reader.number(waiting.AGENT_CONNECT_TIMEOUT_SECONDS),
        agent_first_byte_seconds=reader.number(waiting.AGENT_FIRST_BYTE_TIMEOUT_SECONDS),
        agent_idle_seconds=reader.number(waiting.AGENT_IDLE_TIMEOUT_SECONDS),
        agent_background=reader.choice(waiting.AGENT_BACKGROUND),
        agent_max_minutes=reader.number(waiting.AGENT_MAX_MINUTES),
        title_endpoint=reader.given(small_model.TITLE_ENDPOINT),
        follow_ups=reader.choice(small_model.FOLLOW_UPS),
        mlflow_experiment_id=reader.like(feedback.MLFLOW_EXPERIMENT_ID),
        tracing_warehouse_id=reader.like(feedback.MLFLOW_TRACING_SQL_WAREHOUSE_ID),
        feedback_tags=reader.tags(),
        app_name=reader.given(people.DATABRICKS_APP_NAME),
        dev_user_email=reader.given(people.DEV_USER_EMAIL),
        admin_users=frozenset(map(folded, reader.listed(people.ADMIN_USERS))),
        history_token_budget=reader.number(sending.HISTORY_TOKEN_BUDGET),
        context_summary=reader.context_summary(),
        system_prompt=reader.given(sending.SYSTEM_PROMPT) or "",
        send_date=reader.choice(sending.SEND_DATE),
        starter_questions=reader.listed(agents.STARTER_QUESTIONS),
        requests_per_minute=reader.number(limits.REQUESTS_PER_MINUTE),
        running_answers_per_user=reader.number(limits.RUNNING_ANSWERS_PER_USER),
        max_answer_bytes=reader.number(limits.MAX_ANSWER_BYTES),
        search_language=reader.choice(keeping.SEARCH_LANGUAGE),
        trash_days=reader.number(keeping.TRASH_DAYS),
        archive_after_days=reader.number(keeping.ARCHIVE_AFTER_DAYS),
        purge_after_days=reader.number(keeping.PURGE_AFTER_DAYS),
        attachments_volume=reader.like(keeping.ATTACHMENTS_VOLUME),
        brand_name=reader.text(branding.BRAND_NAME),
        brand_logo=reader.image(branding.BRAND_LOGO),
        brand_greeting=reader.text(branding.BRAND_GREETING),
        log_level=reader.choice(logging.LOG_LEVEL),
    )
    if reader.problems:
        raise NotConfigured(" ".join(reader.problems))
    return settings


class _SettingsReader(DatabaseReader):
    def agents(self) -> tuple[str, ...]:
        names = self.listed(agents.SERVING_ENDPOINT)
        if not names and self.given(agents.AGENT_URL) is None and self.given(agents.GENIE_SPACES) is None:
            self.problems.append("No agent is set: name one in SERVING_ENDPOINT, GENIE_SPACES or AGENT_URL.")
        return names

    def context_summary(self) -> bool:
        is_on = self.choice(sending.CONTEXT_SUMMARY) == "on"
        if is_on and self.given(small_model.TITLE_ENDPOINT) is None:
            self.problems.append("CONTEXT_SUMMARY is on, so TITLE_ENDPOINT must name the model that writes summaries.")
        return is_on

    def profiles(self, spaces: Iterable[str]) -> Mapping[str, Profile]:
        url, ids = self.given(agents.AGENT_URL), self.listed(agents.SERVING_ENDPOINT)
        if url:
            ids = (url_agent_id(url, self.given(agents.AGENT_MODEL)),) if names_server(url, ("http", "https")) else ()
        reader = ProfileReader(self.given(agents.AGENT_PROFILES), (*ids, *spaces))
        self.problems += reader.problems
        return reader.profiles

    def tags(self) -> tuple[str, ...]:
        tags = self.listed(feedback.FEEDBACK_TAGS)
        if len(tags) > feedback.MAX_TAGS or any(len(tag) > feedback.MAX_TAG_CHARS for tag in tags):
            self.problems.append(
                f"FEEDBACK_TAGS may name at most {feedback.MAX_TAGS} reasons "
                f"of at most {feedback.MAX_TAG_CHARS} characters."
            )
        return tags

"""Reads the environment once into frozen settings. One error names all problems."""

import re
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
from lib.search_languages import SEARCH_LANGUAGES

_VARIABLES = """
PGHOST PGPORT PGDATABASE PGUSER PGSSLMODE PGAPPNAME LAKEBASE_ENDPOINT LAKEBASE_INSTANCE_NAME DATABASE_URL
DATABRICKS_HOST DATABRICKS_CLIENT_ID DATABRICKS_CLIENT_SECRET DATABRICKS_APP_NAME
SERVING_ENDPOINT GENIE_SPACES AGENT_URL AGENT_API_KEY AGENT_MODEL AGENT_FORMAT AGENT_DESCRIPTION AGENT_PROFILES
TITLE_ENDPOINT FOLLOW_UPS MLFLOW_EXPERIMENT_ID MLFLOW_TRACING_SQL_WAREHOUSE_ID FEEDBACK_TAGS
AGENT_AUTH DEV_USER_EMAIL ADMIN_USERS HISTORY_TOKEN_BUDGET CONTEXT_SUMMARY SYSTEM_PROMPT SEND_DATE
AGENT_CONNECT_TIMEOUT_SECONDS AGENT_FIRST_BYTE_TIMEOUT_SECONDS AGENT_IDLE_TIMEOUT_SECONDS
AGENT_BACKGROUND AGENT_MAX_MINUTES
STARTER_QUESTIONS REQUESTS_PER_MINUTE RUNNING_ANSWERS_PER_USER MAX_ANSWER_BYTES SEARCH_LANGUAGE
TRASH_DAYS ARCHIVE_AFTER_DAYS PURGE_AFTER_DAYS ATTACHMENTS_VOLUME
BRAND_NAME BRAND_LOGO BRAND_GREETING
LOG_LEVEL
"""
VARIABLES = tuple(_VARIABLES.split())
"""All variables that the app or its Databricks SDK reads. docs/configuration.md explains each of them."""

DEFAULT_HISTORY_TOKEN_BUDGET = 100_000
DEFAULT_STARTER_QUESTIONS = ("What can you help me with?", "Which data can you see?")
DEFAULT_FEEDBACK_TAGS = ("Wrong number", "Wrong table or filter", "Did not answer", "Too slow", "Unclear")
DEFAULT_BRAND_NAME = "Lakechat"
DEFAULT_GREETING = "What would you like to know?"
DEFAULT_REQUESTS_PER_MINUTE = 600
DEFAULT_RUNNING_ANSWERS = 20
DEFAULT_MAX_ANSWER_BYTES = 2_000_000
DEFAULT_TRASH_DAYS = 30
MAX_DAYS = 36_500
MAX_TAGS = 20
MAX_TAG_CHARS = 60
DEFAULT_GENIE_NAME = "Genie"
WAREHOUSE_ID = re.compile(r"[0-9a-f]{16}")
VOLUME_PATH = re.compile(r"/Volumes/[^/\s]+/[^/\s]+/[^/\s]+")


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
    spaces = reader.named("GENIE_SPACES", DEFAULT_GENIE_NAME, taken=reader.listed("SERVING_ENDPOINT"))
    settings = Settings(
        database=reader.database(),
        agents=reader.agents(),
        genie_spaces=spaces,
        agent_url=reader.url("AGENT_URL"),
        agent_api_key=reader.text("AGENT_API_KEY"),
        agent_model=reader.text("AGENT_MODEL"),
        agent_format=reader.choice("AGENT_FORMAT", ("auto", "responses", "chat")),
        agent_description=reader.text("AGENT_DESCRIPTION"),
        agent_profiles=reader.profiles(spaces),
        agent_auth=reader.choice("AGENT_AUTH", ("auto", "user", "app")),
        agent_connect_seconds=reader.number("AGENT_CONNECT_TIMEOUT_SECONDS", 10),
        # Model serving itself ends an answer after 297 s.
        agent_first_byte_seconds=reader.number("AGENT_FIRST_BYTE_TIMEOUT_SECONDS", 310),
        agent_idle_seconds=reader.number("AGENT_IDLE_TIMEOUT_SECONDS", 300),
        agent_background=reader.choice("AGENT_BACKGROUND", ("auto", "on", "off")),
        # As long as Databricks' long-running agent server lets an agent work.
        agent_max_minutes=reader.number("AGENT_MAX_MINUTES", 60),
        title_endpoint=reader.text("TITLE_ENDPOINT"),
        follow_ups=reader.choice("FOLLOW_UPS", ("auto", "agent", "off")),
        mlflow_experiment_id=reader.like("MLFLOW_EXPERIMENT_ID", re.compile(r"\d+"), "123456789012345"),
        tracing_warehouse_id=reader.like("MLFLOW_TRACING_SQL_WAREHOUSE_ID", WAREHOUSE_ID, "1234567890abcdef"),
        feedback_tags=reader.tags(),
        app_name=reader.text("DATABRICKS_APP_NAME"),
        dev_user_email=reader.text("DEV_USER_EMAIL"),
        admin_users=frozenset(map(folded, reader.listed("ADMIN_USERS"))),
        history_token_budget=reader.number("HISTORY_TOKEN_BUDGET", DEFAULT_HISTORY_TOKEN_BUDGET),
        context_summary=reader.context_summary(),
        system_prompt=reader.text("SYSTEM_PROMPT") or "",
        send_date=reader.choice("SEND_DATE", ("off", "day", "minute")),
        starter_questions=reader.listed("STARTER_QUESTIONS", "|") or DEFAULT_STARTER_QUESTIONS,  # they contain commas
        requests_per_minute=reader.number("REQUESTS_PER_MINUTE", DEFAULT_REQUESTS_PER_MINUTE),
        running_answers_per_user=reader.number("RUNNING_ANSWERS_PER_USER", DEFAULT_RUNNING_ANSWERS),
        max_answer_bytes=reader.number("MAX_ANSWER_BYTES", DEFAULT_MAX_ANSWER_BYTES),
        search_language=reader.choice("SEARCH_LANGUAGE", SEARCH_LANGUAGES),
        trash_days=reader.number("TRASH_DAYS", DEFAULT_TRASH_DAYS, least=0, most=MAX_DAYS),
        archive_after_days=reader.number("ARCHIVE_AFTER_DAYS", 0, least=0, most=MAX_DAYS),
        purge_after_days=reader.number("PURGE_AFTER_DAYS", 0, least=0, most=MAX_DAYS),
        attachments_volume=reader.like("ATTACHMENTS_VOLUME", VOLUME_PATH, "/Volumes/catalog/schema/name"),
        brand_name=reader.text("BRAND_NAME") or DEFAULT_BRAND_NAME,
        brand_logo=reader.image("BRAND_LOGO"),
        brand_greeting=reader.text("BRAND_GREETING") or DEFAULT_GREETING,
        log_level=reader.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
    )
    if reader.problems:
        raise NotConfigured(" ".join(reader.problems))
    return settings


class _SettingsReader(DatabaseReader):
    def agents(self) -> tuple[str, ...]:
        names = self.listed("SERVING_ENDPOINT")
        if not names and self.text("AGENT_URL") is None and self.text("GENIE_SPACES") is None:
            self.problems.append("No agent is set: name one in SERVING_ENDPOINT, GENIE_SPACES or AGENT_URL.")
        return names

    def context_summary(self) -> bool:
        is_on = self.choice("CONTEXT_SUMMARY", ("off", "on")) == "on"
        if is_on and self.text("TITLE_ENDPOINT") is None:
            self.problems.append("CONTEXT_SUMMARY is on, so TITLE_ENDPOINT must name the model that writes summaries.")
        return is_on

    def profiles(self, spaces: Iterable[str]) -> Mapping[str, Profile]:
        url, ids = self.text("AGENT_URL"), self.listed("SERVING_ENDPOINT")
        if url:
            ids = (url_agent_id(url, self.text("AGENT_MODEL")),) if names_server(url, ("http", "https")) else ()
        reader = ProfileReader(self.text("AGENT_PROFILES"), (*ids, *spaces))
        self.problems += reader.problems
        return reader.profiles

    def tags(self) -> tuple[str, ...]:
        tags = self.listed("FEEDBACK_TAGS", "|") or DEFAULT_FEEDBACK_TAGS  # they may contain commas
        if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG_CHARS for tag in tags):
            self.problems.append(
                f"FEEDBACK_TAGS may name at most {MAX_TAGS} reasons of at most {MAX_TAG_CHARS} characters."
            )
        return tags

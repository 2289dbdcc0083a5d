"""Settings from the environment: all missing and invalid variables are named at once."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from databricks.sdk.core import Config

from lib.config import Settings, load
from lib.database_settings import DatabaseUrl, Lakebase
from lib.errors import NotConfigured
from lib.settings.groups import DECLARED, VARIABLES

ROOT = Path(__file__).parents[2]
SETTINGS = [field.name for field in fields(Settings)]
READ_BY_THE_SDK = {variable.name for variable in DECLARED if variable.read_by == "databricks-sdk"}
READ_BY_THE_APP = {variable.name for variable in DECLARED if variable.read_by == "app"}
AGENT = {"SERVING_ENDPOINT": "agent"}
BOUND = {
    "PGHOST": "instance-1.database.example.com",
    "PGDATABASE": "databricks_postgres",
    "PGUSER": "1a4ec8a7-0000-4000-8000-000000000001",
    "LAKEBASE_ENDPOINT": "projects/p/branches/b/endpoints/e",
}


def problems(environ: dict[str, str]) -> list[str]:
    """The sentences, one for each problem."""
    with pytest.raises(NotConfigured) as caught:
        load(environ)
    return re.split(r"(?<=[.)]) (?=[A-Z])", str(caught.value))


def without(environ: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in names}


def test_an_agent_without_a_database_means_ephemeral() -> None:
    settings = load(AGENT)
    assert settings.database is None
    assert settings.agents == ("agent",)
    assert (settings.agent_auth, settings.history_token_budget, settings.on_platform) == ("auto", 100_000, False)
    assert settings.starter_questions
    assert load({"AGENT_URL": "https://example.com/v1/chat/completions"}).agents == ()


def test_blank_variables_are_unset() -> None:
    blank = dict.fromkeys(VARIABLES, "  ")
    assert load(blank | AGENT) == load(AGENT)


def test_several_endpoints_make_a_choice_whose_first_is_the_default() -> None:
    assert load({"SERVING_ENDPOINT": " first, second ,,third,"}).agents == ("first", "second", "third")


def test_summaries_need_a_model_that_writes_them() -> None:
    on = AGENT | {"CONTEXT_SUMMARY": "on"}
    assert problems(on) == ["CONTEXT_SUMMARY is on, so TITLE_ENDPOINT must name the model that writes summaries."]
    assert load(on | {"TITLE_ENDPOINT": "small"}).context_summary and not load(AGENT).context_summary
    assert "CONTEXT_SUMMARY" in problems(AGENT | {"CONTEXT_SUMMARY": "yes"})[0]


def test_genie_spaces_are_agents_by_their_names() -> None:
    spaces = load({"GENIE_SPACES": "Sales figures = 01f0a, Support=01f0-b,,"}).genie_spaces
    assert spaces == {"Sales figures": "01f0a", "Support": "01f0-b"}
    assert load({"GENIE_SPACES": "01f0a"}).genie_spaces == {"Genie": "01f0a"}
    assert load(AGENT).genie_spaces == {}


def test_genie_spaces_that_are_none_or_share_a_name_are_all_named() -> None:
    wrong = problems(AGENT | {"GENIE_SPACES": "agent=01f0a,Sales=https://x/01f0,Sales=01f0b,=01f0c,01f0d"})
    assert wrong == [
        "GENIE_SPACES gives the name 'agent', which another agent has.",
        "GENIE_SPACES lists ids as name=id, and 'Sales=https://x/01f0' is not one.",
        "GENIE_SPACES lists ids as name=id, and '=01f0c' is not one.",
    ]


def test_all_variables_of_a_bound_lakebase_are_read() -> None:
    database = load(AGENT | BOUND | {"PGPORT": "6432", "PGSSLMODE": "verify-full", "PGAPPNAME": "mine"}).database
    assert isinstance(database, Lakebase)
    assert (database.host, database.port, database.sslmode) == (BOUND["PGHOST"], 6432, "verify-full")
    assert (database.app_name, database.endpoint, database.instance) == ("mine", BOUND["LAKEBASE_ENDPOINT"], None)


def test_a_lakebase_has_the_platforms_defaults() -> None:
    database = load(AGENT | BOUND).database
    assert isinstance(database, Lakebase)
    assert (database.port, database.sslmode, database.app_name) == (5432, "require", "lakechat")


def test_a_provisioned_instance_needs_no_endpoint() -> None:
    database = load(AGENT | without(BOUND, "LAKEBASE_ENDPOINT") | {"LAKEBASE_INSTANCE_NAME": "mine"}).database
    assert isinstance(database, Lakebase)
    assert (database.endpoint, database.instance) == (None, "mine")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_a_database_url_wins_over_a_lakebase(scheme: str) -> None:
    url = f"{scheme}://me:secret@localhost/db"
    assert load(AGENT | {"PGHOST": "half a lakebase", "DATABASE_URL": url}).database == DatabaseUrl(url)


def test_the_host_alone_is_enough_to_find_the_lakebase() -> None:
    database = load(AGENT | without(BOUND, "LAKEBASE_ENDPOINT")).database
    assert isinstance(database, Lakebase)
    assert (database.host, database.endpoint, database.instance) == (BOUND["PGHOST"], None, None)


@pytest.mark.parametrize("left_out", ["PGHOST", "PGDATABASE", "PGUSER"])
def test_missing_variables_of_a_lakebase_are_named(left_out: str) -> None:
    (problem,) = problems(AGENT | without(BOUND, left_out))
    assert left_out in problem
    assert "is set" in problem


@pytest.mark.parametrize("only", [*BOUND, "LAKEBASE_INSTANCE_NAME"])
def test_one_variable_of_a_lakebase_names_all_the_others_at_once(only: str) -> None:
    found = " ".join(problems(AGENT | {only: BOUND.get(only, "mine")}))
    missing = [name for name in BOUND if name not in (only, "LAKEBASE_ENDPOINT")]
    assert all(name in found for name in missing) and "LAKEBASE_ENDPOINT" not in found
    assert f"{only} is missing" not in found


WRONG = {
    "LAKEBASE_ENDPOINT": "my-endpoint",
    "PGPORT": "54x2",
    "PGSSLMODE": "yes",
    "AGENT_URL": "example.com/agent",
    "AGENT_AUTH": "everybody",
    "HISTORY_TOKEN_BUDGET": "lots",
}


@pytest.mark.parametrize("name", WRONG)
def test_an_invalid_value_is_named(name: str) -> None:
    (problem,) = problems(AGENT | BOUND | {name: WRONG[name]})
    assert name in problem
    assert problem.endswith(".")


def test_every_problem_is_named_at_once() -> None:
    found = problems(without(BOUND, "PGHOST", "PGUSER") | WRONG)
    assert len(found) == len(WRONG) + 2
    assert all(any(name in problem for problem in found) for name in [*WRONG, "PGHOST", "PGUSER"])


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "1e3", "²", "٣", "1 000", "inf", ""])
@pytest.mark.parametrize("name", ["HISTORY_TOKEN_BUDGET", "PGPORT"])
def test_a_number_is_a_whole_one_above_0(name: str, value: str) -> None:
    if value:
        assert name in problems(AGENT | BOUND | {name: value})[0]
    else:
        assert load(AGENT | BOUND | {name: value}) == load(AGENT | BOUND)


def test_a_port_out_of_range_is_named() -> None:
    assert "PGPORT" in problems(AGENT | BOUND | {"PGPORT": "65536"})[0]


@pytest.mark.parametrize("name", ["AGENT_URL", "DATABASE_URL"])
@pytest.mark.parametrize(
    "url", ["http://me:secret@[", "postgresql://me:secret@[", "https://", "://", "mysql://secret/db"]
)
def test_an_invalid_url_is_named_without_its_value(name: str, url: str) -> None:
    found = problems(AGENT | {name: url})
    assert name in found[0]
    assert "secret" not in found[0]


@pytest.mark.parametrize(
    "url", ["postgresql://me:secret@host:54x2/db", "postgresql://me:secret@host:99999/db", "postgresql:me"]
)
def test_a_database_url_that_names_no_server_is_a_problem_at_the_start(url: str) -> None:
    found = problems(AGENT | {"DATABASE_URL": url})
    assert "DATABASE_URL" in found[0]
    assert "secret" not in found[0]


def test_without_an_agent_the_problem_says_what_to_set() -> None:
    (problem,) = problems({})
    assert "SERVING_ENDPOINT" in problem
    assert "AGENT_URL" in problem
    assert problems({"SERVING_ENDPOINT": " , "}) == [problem]


def test_starter_questions_are_separated_by_bars() -> None:
    questions = load(AGENT | {"STARTER_QUESTIONS": "How many, and why? | What else?|"}).starter_questions
    assert questions == ("How many, and why?", "What else?")


def test_an_app_that_has_a_name_is_on_the_platform() -> None:
    assert load(AGENT | {"DATABRICKS_APP_NAME": "lakechat"}).on_platform


def test_no_secret_is_shown() -> None:
    settings = load(AGENT | {"DATABASE_URL": "postgresql://me:secret@host/db", "AGENT_API_KEY": "secret"})
    assert "secret" not in repr(settings)


def test_exactly_the_declared_variables_are_read_from_the_environment() -> None:
    asked: set[str] = set()

    class Watched(dict[str, str]):
        def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
            asked.add(name)
            return super().get(name, default)

    load(Watched(AGENT | BOUND))
    assert asked == READ_BY_THE_APP


def test_every_setting_is_used_outside_the_configuration() -> None:
    code = "\n".join(file.read_text() for file in (ROOT / "lib").rglob("*.py") if file != ROOT / "lib/config.py")
    of_settings = {name for name in SETTINGS if not re.search(rf"settings\.{name}\b", code)}
    assert of_settings == set()
    assert re.search(r"settings\.on_platform\b", code)
    of_database = {field.name for kind in (Lakebase, DatabaseUrl) for field in fields(kind)}
    assert {name for name in of_database if not re.search(rf"(where|lakebase)\.{name}\b", code)} == set()


def test_the_variables_that_only_the_sdk_reads_are_read_by_it() -> None:
    assert {attribute.env for attribute in Config.attributes()} >= READ_BY_THE_SDK


def test_a_brand_has_a_name_a_greeting_and_a_logo_that_is_an_image_of_the_app() -> None:
    brand = {"BRAND_NAME": "Ask Ana", "BRAND_GREETING": "Ask away", "BRAND_LOGO": "assets/lakechat.svg"}
    settings = load(AGENT | brand)
    assert (settings.brand_name, settings.brand_greeting) == ("Ask Ana", "Ask away")
    assert settings.brand_logo == ROOT / "assets" / "lakechat.svg"
    assert load(AGENT).brand_logo is None
    for wrong in ("assets/none.svg", "app.py", "assets", "https://example.com/logo.svg"):
        assert problems(AGENT | {"BRAND_LOGO": wrong})[0].startswith("BRAND_LOGO must be the path of an image")

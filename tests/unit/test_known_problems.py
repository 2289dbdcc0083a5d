"""What a deployment makes of its command line, and of what the Databricks CLI and the platform say."""

import re

import pytest

from local.deploy.__main__ import _wanted
from local.deploy.known_problems import KNOWN, Place, recognised
from local.deploy.problem import Problem, redacted

PLACE = Place("dev", "lakechat-dev", "-t dev -p work", "databricks auth login --profile work")


def problem(said: str) -> Problem:
    return recognised(said, PLACE, "It failed.")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("Error: cache: databricks OAuth is not configured for this host. no cached credentials", "not signed in"),
        ("default auth: cannot configure default credentials, please check", "not signed in"),
        ("deploy lock acquired by bob@example.com at 2026-11-29", "A deployment of bob@example.com is under way"),
        ("Error: no value assigned to required variable experiment_id. Variables", "experiment_id has no value"),
        ("Error: no value assigned to required variable serving_endpoint. Variables", "which agent"),
        ("Databricks CLI version constraint not satisfied. Required: >= 1.4.0, current: 1.0.0", "too old"),
        ("the current console does not support prompting. Please specify --auto-approve", "delete or replace"),
        (
            "This action will result in the deletion or recreation of the following Lakebase databases.",
            "would delete a database that has chats",
        ),
        ("resources.postgres_projects.x has lifecycle.prevent_destroy set, but the plan", "which the bundle forbids"),
        ("(400 BAD_REQUEST) user token passthrough not enabled", "act for people"),
        ("An app with the same name already exists: lakechat-dev (409 RESOURCE_ALREADY_EXISTS)", "named lakechat-dev"),
        ("project with such id already exists in the workspace (409 ALREADY_EXISTS)", "A Lakebase project"),
        ("cannot create resources.postgres_projects.x: No. (404 FEATURE_DISABLED)", "has no Lakebase"),
        ("Endpoint with name 'my-agent' does not exist. (404 RESOURCE_DOES_NOT_EXIST)", "endpoint named my-agent"),
        (
            "cannot update resources.apps.x: No volume. (404 RESOURCE_DOES_NOT_EXIST)",
            "Something that the app is to use",
        ),
        ("cannot create resources.apps.x: Not you. (403 PERMISSION_DENIED)", "You may not do that"),
        ("failed to reach SUCCEEDED, got FAILED: error installing packages", "could not install"),
        ("got FAILED: error resolving resource postgres", "does not have: postgres"),
        ("got FAILED: app crashed unexpectedly. Please check /logz", "ended by itself"),
        ("timed out: Preparing source code", "did not start in time"),
        ("dial tcp: lookup x: no such host", "cannot be reached"),
        ("something that nobody foresaw", "It failed."),
    ],
)
def test_a_known_text_gets_a_sentence_and_something_to_do(said: str, says: str) -> None:
    found = problem(said)
    assert says in found.says
    assert found.fix
    assert any(said in line for line in found.lines())


def test_every_known_problem_can_be_put_into_words() -> None:
    fields = set(vars(PLACE))
    for known in KNOWN:
        named = set(re.findall(r"\{(\w+)\}", known.says + known.fix))
        assert named <= fields | set(re.compile(known.pattern).groupindex), known.says


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl",
        "dapi0123456789abcdef0123456789abcdef",
        "dapi0123456789abcdef0123456789abcdef-2",
        f"doau{'7' * 40}",
    ],
)
def test_no_credential_is_shown(secret: str) -> None:
    assert redacted(f"Authorization: Bearer {secret} was refused") == "Authorization: Bearer [hidden] was refused"
    assert secret not in "\n".join(Problem("It failed.", original=f"token={secret}").lines())


def test_words_and_switches_may_stand_in_any_order() -> None:
    """As `make deploy OPTIONS= AGENT=x PROFILE=p` gives them."""
    wanted = _wanted(["dev", "--none", "serving_endpoint=x", "--profile", "p"])
    assert (wanted.options, wanted.variables, wanted.profile) == ([], {"serving_endpoint": "x"}, "p")
    assert _wanted(["dev", "titles"]).options == ["titles"]
    assert _wanted(["dev"]).options is None

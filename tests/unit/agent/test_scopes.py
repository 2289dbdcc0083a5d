"""Which scopes a sign-in lacks for an agent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.agent.endpoints.scopes import missing_scopes
from lib.agent.http.refusals import Refused

NAMES = st.sampled_from(
    ["sql", "sql.statement-execution", "dashboards.genie", "files.files", "model-serving", "sqlite"]
)


@pytest.mark.parametrize(
    ("needed", "granted", "missing"),
    [
        (["sql"], {"sql"}, ()),
        (["sql"], {"iam.current-user:read"}, ("sql",)),
        (["sql", "dashboards.genie"], {"sql"}, ("dashboards.genie",)),
        (["sql.statement-execution"], {"sql"}, ()),
        (["iam.access-control:read"], {"iam.access-control"}, ()),
        (["sql"], {"sql.statement-execution"}, ("sql",)),
        (["sqlite"], {"sql"}, ("sqlite",)),
        (["serving.serving-endpoints"], {"model-serving"}, ()),
        (["model-serving"], {"serving"}, ()),
        (["no.such-scope"], {"all-apis"}, ()),
        (["no.such-scope"], {"sql"}, ("no.such-scope",)),
        ([], {"sql"}, ()),
        (["sql"], None, ()),
    ],
)
def test_a_scope_is_missing_if_no_granted_one_includes_it(
    needed: list[str], granted: set[str] | None, missing: tuple[str, ...]
) -> None:
    assert missing_scopes(needed, None if granted is None else frozenset(granted)) == missing


@given(st.lists(NAMES), st.frozensets(NAMES), st.frozensets(NAMES))
def test_more_scopes_never_make_more_of_them_missing(
    needed: list[str], granted: frozenset[str], more: frozenset[str]
) -> None:
    assert set(missing_scopes(needed, granted | more)) <= set(missing_scopes(needed, granted))
    assert missing_scopes(needed, granted | frozenset(needed)) == ()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, '{"error": "invalid_scope", "error_description": "no.such-scope"}'),
        (403, '{"error_code": "INVALID_PARAMETER_VALUE", "message": "Scope no.such-scope does not exist."}'),
        (403, '{"message": "Unknown scope: no.such-scope"}'),
    ],
)
def test_a_scope_that_does_not_exist_is_said_to_be_the_agents_mistake(status: int, error: str) -> None:
    refused = Refused(status, error, asked_as="user", signed_in_as="user")
    assert "a scope that this workspace does not know" in str(refused) and "no.such-scope" in str(refused)


@pytest.mark.parametrize(
    "said",
    [
        "You have no permission in the scope of this job.",
        "Secret scope `agents` does not exist!",
        "The question is out of scope, and the table main.orders does not exist.",
        "The column scope in main.orders does not exist.",
        "Your token has none of the required scopes [].",
    ],
)
def test_a_scope_that_is_not_the_point_is_not_mentioned(said: str) -> None:
    for status in (400, 403):
        sentence = str(Refused(status, json.dumps({"message": said}), asked_as="user", signed_in_as="user"))
        assert "does not know" not in sentence and "needs the scope" not in sentence

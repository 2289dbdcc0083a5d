"""What a token says of itself, whoever wrote it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.identity import AccessToken

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
CLAIMS = st.dictionaries(st.sampled_from(["exp", "scope", "scp", "sub"]), JSON) | JSON


def jwt(claims: Any) -> AccessToken:
    head, body = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in ({"alg": "RS256"}, claims)
    )
    return AccessToken(f"{head}.{body}.c2lnbmVk")


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "sql model-serving"}, {"sql", "model-serving"}),
        ({"scp": ["sql", "model-serving"]}, {"sql", "model-serving"}),
        ({"scp": "sql"}, {"sql"}),
        ({"scope": ""}, None),
        ({"scope": [{"no": "text"}]}, None),
        ({}, None),
    ],
)
def test_the_scopes_of_a_token_are_known_if_it_names_any(claims: dict[str, Any], scopes: set[str] | None) -> None:
    assert jwt({"exp": 1_800_000_000, **claims}).scopes == scopes
    assert jwt({"exp": 1_800_000_000, **claims}).expires_at == 1_800_000_000


@pytest.mark.parametrize("exp", [None, True, "1800000000", 0, -1, float("nan"), float("inf"), 10**400, 1e12])
def test_an_expiry_that_is_no_time_is_not_known(exp: Any) -> None:
    assert jwt({"exp": exp}).expires_at is None


@given(st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_an_opaque_token_says_nothing(value: str) -> None:
    token = AccessToken(value)
    assert token.expires_at is None and token.scopes is None


def test_a_token_nested_without_end_says_nothing() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    assert AccessToken(f"e30.{deep}.x").scopes is None


@given(CLAIMS)
def test_no_claim_makes_reading_fail(claims: Any) -> None:
    token = jwt(claims)
    assert token.expires_at is None or token.expires_at > 0
    assert token.scopes is None or all(isinstance(scope, str) for scope in token.scopes)

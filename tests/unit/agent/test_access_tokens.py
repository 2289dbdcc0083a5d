"""Which of a user's tokens an agent is asked with."""

import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.agent.endpoints.access_tokens import KEPT_SECONDS, MAX_USERS, AccessTokens
from lib.identity import AccessToken, Asker, User
from tests.conftest import ANN, BOB
from tests.unit.test_jwt_claims import jwt

EARLY, LATE = jwt({"exp": 1_800_000_000}), jwt({"exp": 1_800_003_600})
OPAQUE, OTHER = AccessToken("opaque"), AccessToken("other-opaque")


@pytest.mark.parametrize(
    ("kept", "own", "newest"),
    [
        ([LATE], EARLY, LATE),
        ([EARLY], LATE, LATE),
        ([LATE, EARLY], EARLY, LATE),
        ([EARLY, LATE], EARLY, LATE),
        ([LATE], None, LATE),
        ([OPAQUE], OTHER, OPAQUE),
        ([OTHER, OPAQUE], EARLY, OPAQUE),
        ([OPAQUE, EARLY], OTHER, EARLY),
        ([], EARLY, EARLY),
        ([], None, None),
    ],
)
def test_the_one_that_expires_later_counts_or_else_the_one_that_arrived_later(
    kept: list[AccessToken], own: AccessToken | None, newest: AccessToken | None
) -> None:
    tokens = AccessTokens()
    for token in kept:
        tokens.keep(Asker(ANN, token))
    tokens.keep(Asker(ANN, None))
    assert tokens.newest(Asker(ANN, own)) == Asker(ANN, newest)


@given(st.permutations([jwt({"exp": 1_800_000_000 + 60 * number}) for number in range(4)]))
def test_the_order_of_arrival_does_not_matter_where_expiries_are_known(arriving: list[AccessToken]) -> None:
    tokens = AccessTokens()
    for token in arriving[:-1]:
        tokens.keep(Asker(ANN, token))
    newest = tokens.newest(Asker(ANN, arriving[-1])).access_token
    assert newest == max(arriving, key=lambda token: token.expires_at or 0)


def test_no_user_is_given_the_token_of_another() -> None:
    tokens = AccessTokens()
    tokens.keep(Asker(BOB, LATE))
    tokens.keep(Asker(replace(ANN, platform_id="1@1"), LATE))
    for user in (ANN, replace(ANN, platform_id="2@1"), replace(BOB, platform_id="2@1")):
        assert tokens.newest(Asker(user, EARLY)).access_token == EARLY
    # On a laptop nobody is signed in, whatever the address.
    assert tokens.newest(Asker(replace(BOB, authenticated=False), None)).access_token is None
    assert tokens.newest(Asker(BOB, EARLY)).access_token == LATE


def test_another_process_does_not_know_it() -> None:
    one, other = AccessTokens(), AccessTokens()
    one.keep(Asker(ANN, LATE))
    assert other.newest(Asker(ANN, EARLY)).access_token == EARLY


def test_tokens_are_forgotten_after_their_time_and_beyond_so_many_users() -> None:
    now = 0.0
    tokens = AccessTokens(lambda: now)
    tokens.keep(Asker(ANN, LATE))
    now = KEPT_SECONDS + 1
    assert tokens.newest(Asker(ANN, None)).access_token is None
    tokens.keep(Asker(ANN, LATE))
    now += KEPT_SECONDS + 1
    for number in range(MAX_USERS + 1):
        tokens.keep(Asker(User(f"{number}@example.com", None, None, authenticated=True), OPAQUE))
    assert tokens.newest(Asker(ANN, None)).access_token is None
    kept = [
        number
        for number in range(MAX_USERS + 1)
        if tokens.newest(Asker(User(f"{number}@example.com", None, None, authenticated=True), None)).access_token
    ]
    assert kept == list(range(1, MAX_USERS + 1))


def test_nothing_shows_a_token(caplog: pytest.LogCaptureFixture) -> None:
    tokens = AccessTokens()
    with caplog.at_level(logging.DEBUG):
        tokens.keep(Asker(ANN, OPAQUE))
        newest = tokens.newest(Asker(ANN, None))
    assert "opaque" not in f"{tokens!r} {vars(tokens)!r} {newest!r} {caplog.text}"

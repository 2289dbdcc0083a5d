"""Retries while Lakebase wakes: which failures, how often, and after which pauses."""

import pytest

from lib.db.failures import NO_CREDENTIAL, StatementFailed, failure_code
from lib.db.retry import LAKEBASE_COLD_START_RETRY_POLICY, backoff_seconds, with_cold_start_retry
from lib.errors import DatabaseUnavailable


class Calls:
    """Fails with the given errors in turn, then succeeds; keeps the waits between the attempts."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.attempts = 0
        self.waits: list[float] = []

    def __call__(self) -> str:
        self.attempts += 1
        if self._errors:
            raise self._errors.pop(0)
        return "done"

    def tried(self) -> str:
        return with_cold_start_retry(self, sleep=self.waits.append)


def cut(code: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(failure=code)


def test_the_retry_policy_has_the_documented_values() -> None:
    policy = LAKEBASE_COLD_START_RETRY_POLICY
    assert policy.retry_on == {"57P01", "57P03", "ECONNRESET", "POOL_CLOSED"}
    assert (policy.max_attempts, policy.initial_backoff_seconds) == (3, 5)


def test_after_one_terminated_backend_the_second_attempt_succeeds() -> None:
    calls = Calls(cut("57P01"))
    assert calls.tried() == "done"
    assert (calls.attempts, calls.waits) == (2, [5])


def test_a_pool_that_stays_closed_is_tried_three_times_and_then_raises() -> None:
    calls = Calls(*[cut("POOL_CLOSED")] * 5)
    with pytest.raises(DatabaseUnavailable) as caught:
        calls.tried()
    assert failure_code(caught.value) == "POOL_CLOSED"
    assert (calls.attempts, calls.waits) == (3, [5, 10])


def test_a_missing_table_is_not_retried() -> None:
    calls = Calls(StatementFailed("42P01"))
    with pytest.raises(StatementFailed):
        calls.tried()
    assert (calls.attempts, calls.waits) == (1, [])


@pytest.mark.parametrize("code", sorted(LAKEBASE_COLD_START_RETRY_POLICY.retry_on))
def test_every_code_of_the_policy_is_retried(code: str) -> None:
    assert Calls(cut(code)).tried() == "done"


@pytest.mark.parametrize("code", ["28P01", "3D000", "53300", "23505", "22P02", "42501", "57014", NO_CREDENTIAL, None])
def test_no_other_code_is_retried(code: str | None) -> None:
    calls = Calls(DatabaseUnavailable(failure=code))
    with pytest.raises(DatabaseUnavailable):
        calls.tried()
    assert calls.attempts == 1


def test_a_later_failure_of_another_kind_ends_the_retries() -> None:
    calls = Calls(cut("57P03"), StatementFailed("42P01"))
    with pytest.raises(StatementFailed):
        calls.tried()
    assert calls.attempts == 2


def test_pauses_double_from_one_second_up_to_the_maximum() -> None:
    assert [backoff_seconds(attempt, 30) for attempt in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff_seconds(100_000, 5) == 5

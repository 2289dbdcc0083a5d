"""How often and after which pauses to try again while Lakebase wakes. One constant serves the code and its tests."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from lib.db.failures import failure_code

Result = TypeVar("Result")


@dataclass(frozen=True)
class RetryPolicy:
    """`retry_on` lists failure codes (`lib.db.failures`). The pause doubles after each attempt."""

    retry_on: frozenset[str]
    max_attempts: int
    initial_backoff_seconds: float


LAKEBASE_COLD_START_RETRY_POLICY = RetryPolicy(
    retry_on=frozenset({"57P01", "57P03", "ECONNRESET", "POOL_CLOSED"}),
    max_attempts=3,
    initial_backoff_seconds=5,
)


def backoff_seconds(attempt: int, longest_seconds: float) -> float:
    """The pause after failed attempt number 1, 2, 3, …: 1 s, 2 s, 4 s, … up to `longest_seconds`."""
    return min(longest_seconds, 2.0 ** min(attempt - 1, 16))


def with_cold_start_retry(
    call: Callable[[], Result],
    policy: RetryPolicy = LAKEBASE_COLD_START_RETRY_POLICY,
    sleep: Callable[[float], None] = time.sleep,
) -> Result:
    """The result of `call`. Raises its last error. Sleeps between attempts: never call it in a page or a request."""
    retrying = Retrying(
        retry=retry_if_exception(lambda error: failure_code(error) in policy.retry_on),
        stop=stop_after_attempt(policy.max_attempts),
        wait=wait_exponential(multiplier=policy.initial_backoff_seconds),
        sleep=sleep,
        reraise=True,
    )
    return retrying(call)

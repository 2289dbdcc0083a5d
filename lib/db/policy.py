"""How often and how long to try again while Lakebase wakes: one constant for the code and its tests."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RetryPolicy:
    """Matches codes only, never messages. The wait doubles after each attempt."""

    retry_on: frozenset[str]
    max_attempts: int
    initial_backoff_seconds: float


LAKEBASE_COLD_START_RETRY_POLICY = RetryPolicy(
    retry_on=frozenset({"57P01", "57P03", "ECONNRESET", "POOL_CLOSED"}),
    max_attempts=3,
    initial_backoff_seconds=5,
)

"""The short form of `make chaos`."""

import os
import secrets

from tests.chaos.run import Plan, run


def test_nothing_is_lost_doubled_or_mixed_up_while_processes_and_database_are_killed() -> None:
    seed = int(os.environ.get("SEED") or secrets.randbelow(1_000_000))
    outcome = run(Plan(seed, turns=60, seconds=12, pause_seconds=1.5))
    assert not outcome.complaints, f"SEED={seed}: {outcome}\n" + "\n".join(outcome.complaints)
    assert sum(each.acknowledged for each in outcome.asked) >= 10, "too little happened to show anything"

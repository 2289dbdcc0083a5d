"""`python -m tests.chaos`: the long form; SEED=… repeats a run's choices."""

import os
import secrets
import sys

from tests.chaos.run import Plan, run


def main() -> int:
    seed = int(os.environ.get("SEED") or secrets.randbelow(1_000_000))
    turns, seconds = int(os.environ.get("TURNS") or 300), float(os.environ.get("SECONDS") or 230)
    outcome = run(Plan(seed, turns, seconds, pause_seconds=2))
    sys.stdout.write("".join(f"{line}\n" for line in (*outcome.complaints, outcome)))
    return 1 if outcome.complaints else 0


if __name__ == "__main__":
    sys.exit(main())

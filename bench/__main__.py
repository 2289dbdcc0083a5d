"""`python -m bench` measures every budget of docs/budgets.md, `python -m bench NAME…` only the named ones."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from bench import (
    chat_table,
    export,
    first_token,
    history,
    insights,
    long_answer,
    page,
    search,
    sizing,
    unwatched,
    watched,
    watchers,
)
from bench.figures import Row, table
from bench.stage import Stage

MEASUREMENTS: dict[str, Callable[[Stage], list[Row]]] = {
    "first_token": first_token.measure,
    "history": history.measure,
    "chat_table": chat_table.measure,
    "search": search.measure,
    "insights": insights.measure,
    "open": page.measure_open,
    "rerun": page.measure_rerun,
    "watched": watched.measure,
    "watchers": watchers.measure,
    "unwatched": unwatched.measure,
    "long_answer": long_answer.measure,
    "export": export.measure,
    "sizing": sizing.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the budgets of docs/budgets.md.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}; all if none is given")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, a tenth of the chats and messages")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep Postgres' data there, and measure what an earlier run left",
    )
    given = parser.parse_args()
    if unknown := set(given.names) - set(MEASUREMENTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    with Stage(is_quick=given.quick, keep=given.keep) as stage:
        for name in given.names or MEASUREMENTS:
            began = time.monotonic()
            rows += MEASUREMENTS[name](stage)
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()

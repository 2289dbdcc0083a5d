"""`python -m bench.durability`: what crashes cost, how soon readers and stops reach a turn, how large its log is.

With `--rotation MINUTES` it only measures traffic over credentials that live 20 s, for that long.
"""

import argparse
import time

from bench.asked import TOKENS_A_SECOND, Line
from bench.recovery import after_kill, attaching, stopping
from bench.rotation import rotating
from bench.turn_log import leaving_behind, logging
from tests.chaos.stage import stage


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.durability", description="Measure what holds when things break."
    )
    parser.add_argument(
        "--rotation",
        type=float,
        metavar="MINUTES",
        help="only traffic while credentials live 20 s, for so many minutes",
    )
    minutes = parser.parse_args().rotation
    began = time.monotonic()
    lines = rotating(minutes * 60) if minutes else _of_turns()
    width = max(len(what) for what, _ in lines)
    print(*(f"{what:<{width}}  {value}" for what, value in lines), f"took {time.monotonic() - began:.0f} s", sep="\n")


def _of_turns() -> list[Line]:
    with stage(words_per_second=TOKENS_A_SECOND) as on:
        return [line for measure in (after_kill, attaching, stopping, logging, leaving_behind) for line in measure(on)]


if __name__ == "__main__":
    main()

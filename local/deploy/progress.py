"""What a person sees of a deployment: numbered steps, what is said during each, and how long each took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

INDENT = "      "


@dataclass
class Progress:
    """`seconds` are those of each step that has ended well, in their order."""

    steps: int
    output: TextIO = field(default_factory=lambda: sys.stdout)
    seconds: dict[str, float] = field(default_factory=dict)
    current: str = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.current = name
        self._print(f"[{len(self.seconds) + 1}/{self.steps}] {name}")
        began_at = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began_at

    def tell(self, line: str) -> None:
        self._print(f"{INDENT}{line}")

    def times(self) -> None:
        """One line with all of them, and their sum."""
        each = ", ".join(f"{name.lower()} {seconds:.1f} s" for name, seconds in self.seconds.items())
        self._print(f"Took {sum(self.seconds.values()):.0f} s: {each}.")

    def say(self, *lines: str) -> None:
        for line in lines:
            self._print(line)

    def _print(self, line: str) -> None:
        print(line, file=self.output, flush=True)

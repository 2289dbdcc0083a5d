"""What a setting is: the name of its variable, what it means, and which values it takes.

The app reads by these declarations, and docs/configuration.md is generated from them (`make docs`).
"""

import re
from dataclasses import KW_ONLY, dataclass
from typing import Literal

ReadBy = Literal["app", "databricks-sdk", "opentelemetry"]
LARGEST = 1_000_000_000


@dataclass(frozen=True)
class Variable:
    """A variable of any text, which may be left out. `meaning` and `unset` are Markdown for a cell of a table."""

    name: str
    meaning: str
    _: KW_ONLY
    unset: str = ""
    """What happens when the variable is left out, where its default does not say it."""
    is_secret: bool = False
    is_injected: bool = False
    """Whether Databricks Apps sets it by itself."""
    read_by: ReadBy = "app"

    @property
    def default_text(self) -> str:
        """The default as one would write it into the variable; empty if there is none."""
        return ""


@dataclass(frozen=True)
class Text(Variable):
    """A text with a default."""

    default: str

    @property
    def default_text(self) -> str:
        return str(self.default)


@dataclass(frozen=True)
class Number(Variable):
    """A whole number from `least` to `most`."""

    default: int
    least: int = 1
    most: int = LARGEST

    @property
    def bounds(self) -> str:
        return f"from {self.least} to {self.most:,}"

    @property
    def default_text(self) -> str:
        return str(self.default)


@dataclass(frozen=True)
class Choice(Variable):
    """One of `choices`, the first of which is the default. `meaning` names each of them."""

    choices: tuple[str, ...]

    @property
    def default_text(self) -> str:
        return self.choices[0]


@dataclass(frozen=True)
class Pattern(Variable):
    """A text that matches `pattern` from end to end, such as `example`."""

    pattern: re.Pattern[str]
    example: str


@dataclass(frozen=True)
class Listed(Variable):
    """Several values between separators."""

    separator: str = ","
    default: tuple[str, ...] = ()

    @property
    def default_text(self) -> str:
        return self.separator.join(self.default)


@dataclass(frozen=True)
class Group:
    """Variables that stand together in a table."""

    title: str
    variables: tuple[Variable, ...]

"""The command line: words, and flags as cobra reads them, anywhere and with or without an equals sign."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from local.databricks_cli.failure import Failure

VALUED = {
    **{"-t": "target", "--target": "target", "-p": "profile", "--profile": "profile", "-o": "output"},
    **{"--output": "output", "--var": "var", "--host": "host", "--tail-lines": "tail-lines"},
}
SWITCHES = {
    **{"--strict": "strict", "--auto-approve": "auto-approve", "--force-lock": "force-lock", "--no-wait": "no-wait"},
    **{"--force-refresh": "force-refresh", "--version": "version", "-v": "version", "--sensitive": "sensitive"},
    **{"--force": "force", "--restart": "restart", "--debug": "debug"},
}


@dataclass
class Arguments:
    """`words` are the command and its arguments; `variables` come from every `--var`."""

    words: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    switches: set[str] = field(default_factory=set)
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def wants_json(self) -> bool:
        return self.flags.get("output") == "json"


def parse(arguments: Sequence[str]) -> Arguments:
    """Raises Failure for a flag that the stand-in does not know."""
    parsed = Arguments()
    remaining = iter(arguments)
    for argument in remaining:
        if not argument.startswith("-"):
            parsed.words.append(argument)
        elif argument in SWITCHES:
            parsed.switches.add(SWITCHES[argument])
        else:
            _take_flag(parsed, argument, remaining)
    return parsed


def _take_flag(parsed: Arguments, argument: str, remaining: Iterator[str]) -> None:
    name, equals, value = argument.partition("=")
    if name not in VALUED:
        raise Failure(f"unknown flag: {argument}")
    value = value if equals else next(remaining, "")
    if name != "--var":
        parsed.flags[VALUED[name]] = value
        return
    for pair in next(csv.reader([value]), []):
        key, equals, content = pair.partition("=")
        if not equals:
            raise Failure(f'unexpected flag value for variable assignment: {pair}. Use the format "key=value"')
        parsed.variables[key] = content

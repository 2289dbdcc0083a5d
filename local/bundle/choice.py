"""A choice of options for one target: whether they go together, and what they need."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from local.bundle.catalogue import OPTIONS, SERVING
from local.bundle.databases import NEW_LAKEBASE
from local.bundle.option import Option

_INDEPENDENT_SUSPENSION = ("existing-lakebase", "ephemeral")


class BadChoice(ValueError):
    """Options that do not exist, do not go together or lack a value. The text says what to do, in sentences."""


@dataclass(frozen=True)
class Choice:
    """`options` in the order of the catalogue. `agents` are further serving endpoints behind the first."""

    target: str
    options: tuple[Option, ...]
    variables: Mapping[str, str]
    agents: tuple[str, ...] = ()

    @property
    def agent(self) -> Option:
        return self._of("agent") or SERVING

    @property
    def database(self) -> Option:
        return self._of("database") or NEW_LAKEBASE

    @property
    def extras(self) -> tuple[Option, ...]:
        """The options that stand in nothing's place."""
        return tuple(option for option in self.options if not option.group)

    def has(self, name: str) -> bool:
        return any(option.name == name for option in self.options)

    def _of(self, group: str) -> Option | None:
        return next((option for option in self.options if option.group == group), None)


def choose(target: str, options: Sequence[str], variables: Mapping[str, str]) -> Choice:
    """A checked choice.

    `serving_endpoint` may name several endpoints, separated by commas or blanks: the first is the default agent.
    Raises BadChoice.
    """
    known = [name for name in OPTIONS if name in options]
    problems = [*_unknown([name for name in options if name not in OPTIONS])]
    chosen = tuple(OPTIONS[name] for name in known)
    endpoints = re.split(r"[,\s]+", variables.get("serving_endpoint", "").strip())
    given = {name: value.strip() for name, value in variables.items() if value.strip()}
    if endpoints[0]:
        given["serving_endpoint"] = endpoints[0]
    defaults = {name: value for option in chosen for name, value in option.sets.items()}
    choice = Choice(target, chosen, defaults | given, tuple(filter(None, endpoints[1:])))
    problems += _contradictions(choice)
    problems += _missing(choice)
    if problems:
        raise BadChoice(" ".join(problems))
    return choice


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A sentence with the name that is nearest, behind a blank; empty if none is near."""
    near = get_close_matches(name, [*names], 1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _unknown(names: Sequence[str]) -> Iterator[str]:
    yield from (f"There is no option {name!r}.{did_you_mean(name, OPTIONS)}" for name in names)
    if any("," in name for name in names):
        yield "Options are separated by blanks."
    if names:
        yield (
            f"The options are {', '.join(OPTIONS)}. A value is given as name=value; one with blanks in it is "
            'given in the environment: BUNDLE_VAR_name="…" make options …'
        )


def _contradictions(choice: Choice) -> Iterator[str]:
    for group in ("agent", "database"):
        names = [option.name for option in choice.options if option.group == group]
        if len(names) > 1:
            yield f"Choose one of the options {' and '.join(names)}: each says what is bound as the {group}."
    if choice.has("genie") and choice.has("genie-alone"):
        yield "Choose genie or genie-alone, not both: the second is the first without a serving endpoint."
    if choice.has("always-on") and choice.database.name in _INDEPENDENT_SUSPENSION:
        yield f"Leave out always-on with {choice.database.name}: there this bundle makes no database."
    if choice.agents and choice.agent is not SERVING:
        yield f"Name no serving endpoints with {choice.agent.name}, which binds none."


def _missing(choice: Choice) -> Iterator[str]:
    for option in choice.options:
        for variable in option.needs:
            if not choice.variables.get(variable):
                yield f'The option {option.name} needs a value for {variable}: SET="{variable}=…".'

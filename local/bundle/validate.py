"""`make validate`: checks the bundle before anything is deployed, each target, warnings as errors.

With a Databricks CLI that is new enough, `databricks bundle validate --strict` is asked; it needs a sign-in. Everything
that can be told without a workspace is checked here as well, so that the check also works in CI and on a laptop.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.bundle import program, schema
from local.bundle.program import NotSignedIn, Program
from local.bundle.reading import ROOT, BadYaml, bundle, declared_variables, minimum_cli_version, raw_files
from local.bundle.references import variables_in
from local.bundle.rules import app, app_yaml, lakebase, layout, pins, production, settings, variables
from local.bundle.situation import situation

RULES = (variables.problems, app.problems, settings.problems, lakebase.problems, app_yaml.problems, production.problems)
UNSET = "unset"
"""Stands for a variable without a value: a choice that is made only when something is deployed."""

NOT_SIGNED_IN = (
    "The Databricks CLI could not check the bundle, because you are not signed in to the workspace. Sign in "
    "(databricks auth login --host https://…), or do without it: make validate OFFLINE=1."
)


@dataclass(frozen=True)
class Report:
    problems: tuple[str, ...]
    checked: str
    """One sentence that says which checks were made, and why not the others."""


def problems(
    targets: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    root: Path = ROOT,
    environ: Mapping[str, str] = os.environ,
    *,
    offline: bool = False,
) -> list[str]:
    """What is wrong with these targets, or with all if none is named; one sentence each, no list means good.

    `variables` are the values that the deployment will give.
    """
    return list(report(targets, variables, root, environ, offline=offline).problems)


def report(
    targets: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    root: Path = ROOT,
    environ: Mapping[str, str] = os.environ,
    *,
    offline: bool = False,
) -> Report:
    """As `problems`, with which checks were made."""
    given = {**variables_in(environ), **(variables or {})}
    try:
        found = dict.fromkeys(_offline(root, targets, given))
        cli = None if offline else _cli(root, environ)
        found |= dict.fromkeys(_by_schema(root, environ, cli))
        if isinstance(cli, Program):
            found |= dict.fromkeys(_by_cli(root, cli, targets, given))
    except BadYaml as error:
        return Report((str(error),), "Nothing else was checked, because a file cannot be read.")
    return Report(tuple(found), _checked(environ, cli, offline=offline))


def _offline(root: Path, targets: Sequence[str], given: Mapping[str, str]) -> Iterator[str]:
    for name, content in raw_files(root):
        yield from layout.file_problems(name, content)
    yield from pins.problems(root)
    whole = bundle(root)
    for target in _named(whole.get("targets") or {}, targets):
        if target not in (whole.get("targets") or {}):
            yield f"databricks.yml has no target {target!r}; it has {', '.join(whole.get('targets') or {})}."
            continue
        yield from target_problems(root, whole, target, given)


def target_problems(root: Path, whole: Mapping[str, Any], target: str, given: Mapping[str, str]) -> Iterator[str]:
    """What our own rules say of one target of the joined files `whole`."""
    seen = situation(root, whole, target, given)
    yield from (f"Target {target}: {sentence}" for rule in RULES for sentence in rule(seen))


def _named(declared: Mapping[str, object], targets: Sequence[str]) -> Sequence[str]:
    return targets or list(declared)


def _cli(root: Path, environ: Mapping[str, str]) -> Program | str:
    """A program that can be asked, or why there is none."""
    found = program.find(root, environ)
    if found is None:
        return "there is no databricks program on PATH"
    least = minimum_cli_version(root)
    return found if found.is_at_least(least) else f"the databricks program is {found.version}, and {least} is needed"


def _by_schema(root: Path, environ: Mapping[str, str], cli: Program | str | None) -> Iterator[str]:
    try:
        text = schema.schema_text(environ, cli.schema(root) if isinstance(cli, Program) else None)
        if text is not None:
            yield from schema.problems(text, raw_files(root))
    except (OSError, ValueError) as error:
        kind = type(error).__name__
        yield f"The file of {schema.VARIABLE} is not a schema that can be read ({kind}); correct its path."


def _by_cli(root: Path, cli: Program, targets: Sequence[str], given: Mapping[str, str]) -> Iterator[str]:
    declared = declared_variables(root)
    values = {name: UNSET for name, each in declared.items() if "default" not in each}
    own = bundle(root).get("targets") or {}
    for target in (name for name in _named(own, targets) if name in own):
        set_there = (own.get(target) or {}).get("variables") or {}
        missing = {name: value for name, value in values.items() if name not in set_there}
        try:
            yield from (f"Target {target}: {each}" for each in cli.problems(root, target, {**missing, **given}))
        except NotSignedIn:
            yield NOT_SIGNED_IN
            return


def _checked(environ: Mapping[str, str], cli: Program | str | None, *, offline: bool) -> str:
    if isinstance(cli, Program):
        how = f"the Databricks CLI {cli.version} (bundle validate --strict)"
        return f"Checked by {how} and offline, by rules of our own."
    by_schema = " and the CLI's schema" if environ.get(schema.VARIABLE, "").strip() else ""
    why = "as asked" if offline else f"because {cli}"
    return f"Checked offline only, by rules of our own{by_schema}; the Databricks CLI was not asked, {why}."


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.bundle.validate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("targets", nargs="*", help="all of them if none is named")
    parser.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="as the CLI takes it")
    parser.add_argument("--offline", action="store_true", help="do not ask the Databricks CLI")
    given = parser.parse_args(arguments)
    values = dict(word.split("=", 1) for word in given.var if "=" in word)
    done = report(given.targets, values, root, offline=given.offline)
    for sentence in done.problems:
        print(f"  {sentence}", file=sys.stderr)
    where = "" if done.problems == (NOT_SIGNED_IN,) else " in the bundle"
    print(f"{len(done.problems) or 'No'} problem{'s' if len(done.problems) != 1 else ''}{where}. {done.checked}")
    return 1 if done.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

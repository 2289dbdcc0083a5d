"""`make options`: chooses what a target binds, and writes it to `targets/<target>.yml`, which databricks.yml includes.

python -m local.bundle.options dev titles feedback serving_endpoint=my-agent experiment_id=123456
python -m local.bundle.options dev --none          # back to what is usual
python -m local.bundle.options --list
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.bundle.catalogue import OPTIONS
from local.bundle.choice import BadChoice, choose, did_you_mean
from local.bundle.databases import WITHOUT_DATABASE
from local.bundle.reading import ROOT, BadYaml, declared_variables, targets
from local.bundle.references import variables_in
from local.bundle.remembered import Remembered, remembered
from local.bundle.render import render


@dataclass(frozen=True)
class Prepared:
    """What a deployment of `target` now binds."""

    target: str
    options: tuple[str, ...]
    variables: Mapping[str, str]
    """The values that stand in the file, so that no command needs `--var` for them."""
    file: Path
    written: bool
    """Whether the file was changed."""
    notes: tuple[str, ...] = ()
    """Sentences that whoever deploys should read before."""


def rendered(target: str, options: Sequence[str], variables: Mapping[str, str]) -> str:
    """The text of `targets/<target>.yml` for a choice, without reading or writing a file. Raises BadChoice."""
    return render(choose(target, options, variables))


def prepare(target: str, options: Sequence[str] | None, variables: Mapping[str, str], root: Path = ROOT) -> Prepared:
    """Bring `targets/<target>.yml` to this choice.

    What is not said is taken from the file as it is: all its options with `options` None, and each variable that is
    not among `variables` (a blank value takes one away). No options at all are an empty list. Raises BadChoice with
    what to do, and writes nothing then; also if the file would change although somebody has written in it.

    The target `ephemeral` keeps its option of the same name: choosing others must not give it a database.
    """
    _check_names(root, target, variables)
    if options is not None and target == WITHOUT_DATABASE:
        options = [*dict.fromkeys((*options, WITHOUT_DATABASE))]
    before = remembered(root, target)
    if before.by_hand and _asks_nothing_new(before, options, variables):
        return Prepared(target, before.options, before.variables, before.file, written=False)
    names = before.options if options is None else options
    choice = choose(target, names, {**before.variables, **variables})
    text = render(choice)
    if before.by_hand:
        raise BadChoice(
            f"{before.file.relative_to(root)} was changed by hand. Change it further by hand, or delete it to have it "
            "written anew."
        )
    if text != before.text:
        before.file.parent.mkdir(exist_ok=True)
        before.file.write_text(text, encoding="utf-8")
    chosen = tuple(option.name for option in choice.options)
    return Prepared(target, chosen, choice.variables, before.file, text != before.text, _notes(before.text, text))


def _asks_nothing_new(before: Remembered, options: Sequence[str] | None, variables: Mapping[str, str]) -> bool:
    same_options = options is None or set(options) == set(before.options)
    return same_options and all(before.variables.get(name, "") == value.strip() for name, value in variables.items())


def _check_names(root: Path, target: str, variables: Mapping[str, str]) -> None:
    problems = []
    if target not in targets(root):
        problems.append(f"databricks.yml has no target {target!r}; it has {', '.join(targets(root))}.")
    declared = declared_variables(root)
    unknown = sorted(set(variables) - set(declared))
    problems += [f"databricks.yml declares no variable {name!r}.{did_you_mean(name, declared)}" for name in unknown]
    if problems:
        raise BadChoice(" ".join(problems))


def _notes(before: str, after: str) -> tuple[str, ...]:
    lost = [kind for kind in ("postgres_databases:", "postgres_projects:") if kind in before and kind not in after]
    if not lost:
        return ()
    return (
        "This target no longer declares the database that it declared before. If it was deployed that way, the next "
        "deployment would delete that database with all chats: answer no when the CLI asks, and read docs/deploy.md.",
    )


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.bundle.options", description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", default="dev")
    parser.add_argument("words", nargs="*", help="options, and variables as name=value")
    parser.add_argument("--none", action="store_true", help="no options at all")
    parser.add_argument("--list", action="store_true", help="list the options")
    given = parser.parse_intermixed_args(arguments)
    if given.list:
        _list()
        return 0
    options = [word for word in given.words if "=" not in word]
    variables = variables_in(os.environ) | dict(word.split("=", 1) for word in given.words if "=" in word)
    try:
        done = prepare(given.target, options if options or given.none else None, variables, root)
    except (BadChoice, BadYaml) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{done.file.relative_to(root)} {'was written' if done.written else 'stays as it is'}: {_said(done)}")
    print(*done.notes, sep="\n", end="\n" if done.notes else "")
    if done.written:
        print(f"Next: make deploy TARGET={done.target}")
    elif not variables and options == [] and not given.none:
        print("There are these options:")
        _list()
    return 0


def _said(done: Prepared) -> str:
    return ("options " + ", ".join(done.options) if done.options else "no options") + "."


def _list() -> None:
    for option in OPTIONS.values():
        print(f"{option.name:18} {option.says}" + (f" (needs {', '.join(option.needs)})" if option.needs else ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

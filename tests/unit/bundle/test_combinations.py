"""Every pair of options, and as many as go together, make a bundle without a problem, whatever the target."""

import os
from itertools import combinations

import pytest

from local.bundle import schema
from local.bundle.catalogue import OPTIONS
from local.bundle.choice import BadChoice, choose
from local.bundle.merging import joined
from local.bundle.options import rendered
from local.bundle.reading import ROOT, parsed, read, rooted
from local.bundle.references import used_variables
from local.bundle.rules.layout import file_problems
from local.bundle.validate import target_problems
from tests.unit.bundle.values import VALUES, needed

TARGETS = ("dev", "prod", "ephemeral")
EXTRAS = [name for name, option in OPTIONS.items() if not option.group]
GROUPED = [name for name, option in OPTIONS.items() if option.group]
BASE = read(ROOT / "databricks.yml")


def goes_together(options: tuple[str, ...]) -> bool:
    try:
        choose("dev", options, VALUES)
    except BadChoice as problem:
        # Whatever the reason is, a value is never missing here.
        assert "needs a value" not in str(problem)
        return False
    return True


PAIRS = [pair for pair in combinations(OPTIONS, 2) if goes_together(pair)]
MANY = [(*EXTRAS, *group) for size in (0, 1, 2, 3) for group in combinations(GROUPED, size)]
MANY = [tuple(name for name in options if not (name == "genie" and "genie-alone" in options)) for options in MANY]
CHOICES = [(), *((name,) for name in OPTIONS), *PAIRS, *filter(goes_together, MANY)]


def test_most_pairs_go_together_and_each_option_is_in_one() -> None:
    assert len(PAIRS) > 100
    assert {name for pair in PAIRS for name in pair} == set(OPTIONS)
    assert max(map(len, CHOICES)) >= len(EXTRAS) + 2


@pytest.mark.parametrize("target", TARGETS)
def test_every_choice_makes_a_bundle_without_a_problem(target: str) -> None:
    said = []
    # Targets differ in names and modes, not in what options mean, so all pairs are made for one of them.
    for options in CHOICES if target == "dev" else [option for option in CHOICES if len(option) != 2]:
        text = rendered(target, options, needed(*options))
        own = parsed(text, "its file")
        found = [
            *file_problems("its file", own),
            *target_problems(ROOT, joined(BASE, rooted(own, "targets/its.yml")), target, {}),
        ]
        said += [(options, sentence) for sentence in found]
    assert said == []


def test_every_choice_fits_the_schema_of_the_cli_where_that_is_at_hand() -> None:
    # Its licence forbids to keep it here, so `BUNDLE_SCHEMA=… pytest` is for whoever has a CLI.
    text = schema.schema_text(os.environ, '{"type": "object"}') or ""
    files = [(" ".join(options), parsed(rendered("dev", options, needed(*options)), "its file")) for options in CHOICES]
    assert list(schema.problems(text, [("databricks.yml", BASE), *files])) == []


def test_every_variable_is_used_by_the_bundle_or_by_an_option() -> None:
    used = used_variables(BASE)
    for options in CHOICES:
        used |= used_variables(parsed(rendered("dev", options, needed(*options)), "its file"))
    assert used == set(BASE["variables"])

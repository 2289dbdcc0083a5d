"""Every setting is declared once, and its declaration is whole."""

import importlib
import re
from dataclasses import fields
from pathlib import Path

import pytest

from lib import settings
from lib.config import Settings, load
from lib.errors import NotConfigured
from lib.settings.groups import DECLARED, GROUPS, VARIABLES
from lib.settings.variable import Choice, Number, Pattern, Text, Variable

FOLDER = Path(next(iter(settings.__path__)))
MODULES = [importlib.import_module(f"lib.settings.{file.stem}") for file in sorted(FOLDER.glob("[a-z]*.py"))]
AGENT = {"SERVING_ENDPOINT": "agent"}
BOUND = {
    "PGHOST": "host",
    "PGDATABASE": "name",
    "PGUSER": "role",
    "LAKEBASE_ENDPOINT": "projects/p/branches/b/endpoints/e",
}


def named(variable: Variable) -> str:
    return variable.name


def test_every_declaration_stands_in_one_group_under_its_own_name() -> None:
    declared = {
        name: value for module in MODULES for name, value in vars(module).items() if isinstance(value, Variable)
    }
    assert all(name == variable.name for name, variable in declared.items())
    assert sorted(declared) == sorted(VARIABLES)
    assert len({group.title for group in GROUPS}) == len(GROUPS)


@pytest.mark.parametrize("variable", DECLARED, ids=named)
def test_a_meaning_is_one_line_of_whole_sentences(variable: Variable) -> None:
    assert re.fullmatch(r"\S.*\S", variable.meaning)
    assert variable.meaning.endswith((".", ")."))
    assert "  " not in variable.meaning
    assert "\n" not in variable.unset


@pytest.mark.parametrize("variable", [each for each in DECLARED if isinstance(each, Choice)], ids=named)
def test_a_meaning_names_every_choice_and_an_error_does_too(variable: Choice) -> None:
    assert [choice for choice in variable.choices if f"`{choice}`" not in variable.meaning] == []
    problem = the_problem(variable.name, "something else")
    assert problem == f"{variable.name} must be one of {', '.join(variable.choices)}."


@pytest.mark.parametrize("variable", [each for each in DECLARED if isinstance(each, Number)], ids=named)
def test_a_number_beyond_its_bounds_is_refused_with_them(variable: Number) -> None:
    assert variable.least <= variable.default <= variable.most
    for value in (variable.least - 1, variable.most + 1):
        assert the_problem(variable.name, str(value)) == f"{variable.name} must be a whole number {variable.bounds}."
    for value in (variable.least, variable.most):
        load(AGENT | BOUND | {variable.name: str(value)})


@pytest.mark.parametrize("variable", [each for each in DECLARED if isinstance(each, Pattern)], ids=named)
def test_an_example_is_one(variable: Pattern) -> None:
    assert variable.pattern.fullmatch(variable.example)
    assert the_problem(variable.name, "not this") == f"{variable.name} must look like {variable.example}."


@pytest.mark.parametrize("variable", [each for each in DECLARED if isinstance(each, Choice | Number | Text)], ids=named)
def test_a_default_that_is_written_out_changes_nothing(variable: Variable) -> None:
    assert load(AGENT | BOUND | {variable.name: variable.default_text}) == load(AGENT | BOUND)


def test_what_is_declared_a_secret_is_in_no_repr() -> None:
    ours = [each.name for each in DECLARED if each.is_secret and each.read_by == "app"]
    assert sorted(ours) == ["AGENT_API_KEY", "DATABASE_URL"]
    environ = dict.fromkeys(ours, "postgresql://me:hidden@host/db")
    assert "hidden" not in repr(load(AGENT | environ))
    assert {field.name for field in fields(Settings) if not field.repr} == {"agent_api_key"}


def the_problem(name: str, value: str) -> str:
    """The only sentence that a wrong value is answered with."""
    with pytest.raises(NotConfigured) as caught:
        load(AGENT | BOUND | {name: value})
    return str(caught.value)

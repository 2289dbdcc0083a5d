"""With a `databricks` program on PATH that is new enough, it is asked too; what it says is reported as it says it."""

import json
import os
import stat
from pathlib import Path
from unittest.mock import patch

import pytest

from local.bundle.program import given_variables
from local.bundle.reading import minimum_cli_version
from local.bundle.validate import NOT_SIGNED_IN, main, report
from local.databricks_cli.arguments import parse

VALIDATE = """\
echo "$@" >> calls
case "$1 $2" in
  "--version ") echo "Databricks CLI v{version}" ;;
  "bundle schema") {schema} ;;
  "bundle validate") {validate} ;;
esac
"""
FAILS = """\
cat >&2 <<'SAID'
Warning: unknown field: descripton
  at resources.apps.lakechat
  in databricks.yml:95:7

Error: 1 warning was found. Warnings are not allowed in strict mode
SAID
exit 1"""


def on_path(
    folder: Path, *, version: str = "1.13.0", schema: str = "exit 1", validate: str = "exit 0"
) -> dict[str, str]:
    """An environment whose PATH has such a program."""
    program = folder / "bin" / "databricks"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n" + VALIDATE.format(version=version, schema=schema, validate=validate))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{program.parent}:/usr/bin:/bin"}


def test_it_is_asked_strictly_for_each_target(clone: Path) -> None:
    done = report(variables={"app_size": "LARGE"}, root=clone, environ=on_path(clone))
    assert done.problems == ()
    assert done.checked.startswith("Checked by the Databricks CLI 1.13.0 (bundle validate --strict)")
    calls = [call for call in (clone / "calls").read_text().splitlines() if "validate" in call]
    given = "--var serving_endpoint=unset --var app_size=LARGE"
    assert calls == [f"bundle validate --strict -t {target} {given}" for target in ("dev", "prod", "ephemeral")]


def test_a_variable_that_has_a_value_is_not_given_another(clone: Path) -> None:
    environ = on_path(clone) | {"BUNDLE_VAR_serving_endpoint": "my-agent"}
    report(["dev"], root=clone, environ=environ)
    assert "--var serving_endpoint=my-agent" in (clone / "calls").read_text()


def test_its_warnings_are_problems(clone: Path) -> None:
    done = report(["dev"], root=clone, environ=on_path(clone, validate=FAILS))
    assert done.problems == (
        "Target dev: Warning: unknown field: descripton at resources.apps.lakechat in databricks.yml:95:7.",
        "Target dev: Error: 1 warning was found. Warnings are not allowed in strict mode.",
    )


def test_a_missing_sign_in_is_one_problem_and_none_of_the_bundle(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "echo 'Error: default auth: cannot configure default credentials, please check' >&2; exit 1"
    environ = on_path(clone, validate=said)
    assert report(root=clone, environ=environ).problems == (NOT_SIGNED_IN,)
    with patch.dict(os.environ, environ):
        assert main([], clone) == 1
    assert capsys.readouterr().out.startswith("1 problem. Checked")


def test_a_target_that_is_not_there_is_said_once(clone: Path) -> None:
    (said,) = report(["staging"], root=clone, environ=on_path(clone, validate="exit 3")).problems
    assert said.startswith("databricks.yml has no target 'staging'")


def test_a_program_that_fails_without_saying_why_is_a_problem(clone: Path) -> None:
    done = report(["dev"], root=clone, environ=on_path(clone, validate="exit 3"))
    assert done.problems == ("Target dev: The Databricks CLI failed: it said nothing.",)


@pytest.mark.parametrize(("version", "asked"), [("0.299.2", False), (minimum_cli_version(), True), ("1.10.0", True)])
def test_a_program_that_is_too_old_is_not_asked(clone: Path, version: str, asked: bool) -> None:
    done = report(["dev"], root=clone, environ=on_path(clone, version=version))
    assert ("bundle validate" in (clone / "calls").read_text()) == asked
    assert (
        asked or f"because the databricks program is {version}, and {minimum_cli_version()} is needed" in done.checked
    )


def test_it_can_be_left_out(clone: Path) -> None:
    done = report(["dev"], root=clone, environ=on_path(clone), offline=True)
    assert not (clone / "calls").exists()
    assert done.checked.endswith("the Databricks CLI was not asked, as asked.")


SCHEMA = {"type": "object", "properties": {"include": {"type": "array", "items": {"type": "integer"}}}}


def test_the_files_are_checked_against_the_schema_that_it_prints(clone: Path) -> None:
    environ = on_path(clone, schema=f"echo '{json.dumps(SCHEMA)}'")
    (said,) = report(["dev"], root=clone, environ=environ).problems
    assert said == (
        "databricks.yml: include.0 does not fit the schema of the Databricks CLI: "
        '"targets/*.yml" is not of type "integer".'
    )


def test_a_file_may_have_the_schema(clone: Path) -> None:
    file = clone / "schema.json"
    file.write_text(json.dumps(SCHEMA))
    done = report(["dev"], root=clone, environ={"PATH": "", "BUNDLE_SCHEMA": str(file)})
    assert len(done.problems) == 1
    assert "by rules of our own and the CLI's schema" in done.checked
    file.write_text("{")
    (said,) = report(["dev"], root=clone, environ={"PATH": "", "BUNDLE_SCHEMA": str(file)}).problems
    assert said.startswith("The file of BUNDLE_SCHEMA is not a schema that can be read")


def test_values_are_given_as_the_program_reads_them() -> None:
    """It takes each `--var` for a line of CSV."""
    values = {"agent": "sales", "admin_users": "ann@example.com,bob@example.com", "agent_profiles": '{"a": 1}'}
    assert given_variables(values) == [
        *("--var", "agent=sales"),
        *("--var", '"admin_users=ann@example.com,bob@example.com"'),
        *("--var", '"agent_profiles={""a"": 1}"'),
    ]
    assert parse(given_variables(values)).variables == values

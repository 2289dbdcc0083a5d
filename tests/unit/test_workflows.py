"""The workflows of GitHub name what exists, store no secret, and agree with the bundle and with the documentation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.bundle.reading import minimum_cli_version, targets

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
NAMES = ("test", "deploy")
PLATFORM_PYTHON = "3.11"
CLI = "databricks/setup-cli"


def text(name: str) -> str:
    return (FOLDER / f"{name}.yml").read_text()


def workflow(name: str) -> dict[str, Any]:
    """YAML 1.1 reads the key `on` as true."""
    parsed = yaml.safe_load(text(name))
    return {"on" if key is True else key: value for key, value in parsed.items()}


def job(name: str) -> dict[str, Any]:
    [only] = workflow(name)["jobs"].values()
    return dict(only)


def actions(name: str) -> Iterator[tuple[str, str]]:
    """Each action of others, and the version that it is pinned to."""
    for step in job(name)["steps"]:
        if "uses" in step:
            action, _, version = step["uses"].partition("@")
            yield action, version


def guide() -> str:
    return (ROOT / "docs" / "continuous-deployment.md").read_text()


def test_every_workflow_is_tested_here() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(NAMES)
    assert [workflow(name)["name"] for name in NAMES] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_actions_of_others_are_pinned(name: str) -> None:
    for action, version in actions(name):
        wanted = rf"v{re.escape(minimum_cli_version())}" if action == CLI else "[0-9a-f]{40}"
        assert re.fullmatch(wanted, version), action


@pytest.mark.parametrize("name", NAMES)
def test_the_steps_run_targets_that_exist_with_the_python_of_the_platform(name: str) -> None:
    [run] = [step["run"] for step in job(name)["steps"] if "run" in step]
    declared = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared and set(re.findall(r"make ([a-z-]+)", run)) == {name} <= set(declared[1].split())
    assert f'python-version: "{PLATFORM_PYTHON}"' in text(name)
    assert set(re.findall(r"TARGET=(\w+)", run)) <= set(targets())


def test_only_the_deployment_may_ask_for_a_token_and_no_secret_is_used() -> None:
    assert workflow("test")["permissions"] == {"contents": "read"}
    assert workflow("deploy")["permissions"] == {"contents": "read", "id-token": "write"}
    assert not [name for name in NAMES if "secrets." in text(name)]
    assert job("deploy")["env"]["DATABRICKS_AUTH_TYPE"] == "github-oidc"


def test_a_deployment_runs_alone_by_hand_and_is_not_broken_off() -> None:
    assert workflow("deploy")["on"] == {"workflow_dispatch": None}
    assert workflow("deploy")["concurrency"]["cancel-in-progress"] is False


def test_after_the_marks_are_taken_away_only_a_tested_push_of_main_is_deployed() -> None:
    marked = re.sub(r"^  # (workflow_run:|  \w+: \[)", r"  \1", text("deploy"), flags=re.MULTILINE)
    trigger = yaml.safe_load(marked)[True]["workflow_run"]
    assert trigger == {"workflows": [workflow("test")["name"]], "types": ["completed"], "branches": ["main"]}
    assert "workflow_run.event == 'push'" in job("deploy")["if"]
    assert "workflow_run.conclusion == 'success'" in job("deploy")["if"]
    assert "main" in workflow("test")["on"]["push"]["branches"]


def test_the_guide_names_the_environment_and_every_variable() -> None:
    said = guide()
    used = set(re.findall(r"\$\{\{ vars\.(\w+) \}\}", text("deploy")))
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", said, re.MULTILINE)) == used
    assert f"`{job('deploy')['environment']}`" in said
    assert f"repo:ORGANISATION/REPOSITORY:environment:{job('deploy')['environment']}" in said

"""The deployed files agree with each other: app.yaml, databricks.yml, pins, ignored files and documents."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache, reduce
from importlib.metadata import distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from databricks.bundles.apps import App
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lib.config import VARIABLES
from tests.server_process import packages

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "databricks.yml").read_text()
APP_YAML = yaml.safe_load((ROOT / "app.yaml").read_text())
OPTIONS = ("titles", "genie", "on-behalf", "feedback", "attachments", "everyone")
VARIANTS = [(), *((option,) for option in OPTIONS), OPTIONS]
TARGETS = ("dev", "prod", "ephemeral")

# The commented lines of these options are configuration too, so every test runs over them as well.
every_variant = pytest.mark.parametrize("options", VARIANTS, ids=lambda options: "+".join(options) or "plain")
every_target = pytest.mark.parametrize("target", TARGETS)


@cache
def bundle(options: tuple[str, ...]) -> dict[str, Any]:
    """databricks.yml with these options switched on."""
    return dict(yaml.safe_load(reduce(lambda text, option: text.replace(f"#{option}: ", ""), options, TEXT)))


def merged(bundle: dict[str, Any], target: str) -> dict[str, Any]:
    """`bundle` as the CLI deploys it for `target`: its resources and variables joined in."""
    overrides = bundle["targets"][target]
    values = {name: {"default": value} for name, value in overrides.get("variables", {}).items()}
    return {
        "resources": joined(bundle["resources"], overrides.get("resources", {})),
        "variables": joined(bundle["variables"], values),
    }


def joined(base: Any, over: Any) -> Any:
    """The CLI's rule: maps are joined, lists appended, anything else replaced."""
    if isinstance(base, list) and isinstance(over, list):
        return base + over
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    both = {key: joined(base[key], over[key]) for key in base.keys() & over.keys()}
    return base | over | both


def app_of(options: tuple[str, ...], target: str) -> dict[str, Any]:
    return dict(merged(bundle(options), target)["resources"]["apps"]["lakechat"])


def env_of(options: tuple[str, ...], target: str) -> list[dict[str, str]]:
    return list(app_of(options, target)["config"]["env"])


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        yield from (text for item in value for text in strings(item))
    else:
        yield str(value)


def default(config: dict[str, Any], name: str) -> str:
    return str(config["variables"][name]["default"])


def test_every_target_of_the_bundle_is_tested_here() -> None:
    targets = bundle(())["targets"]
    assert set(targets) == set(TARGETS)
    assert [name for name, target in targets.items() if target.get("default")] == ["dev"]


def test_every_option_of_the_bundle_is_tested_here() -> None:
    assert set(re.findall(r"^ *#([a-z-]+): ", TEXT, re.MULTILINE)) == set(OPTIONS)


@every_variant
@every_target
def test_the_app_is_valid_by_the_official_schema(options: tuple[str, ...], target: str) -> None:
    app = App.from_dict(app_of(options, target))  # type: ignore[arg-type]
    assert app.source_code_path == "./"
    assert app.as_dict()


@every_variant
@every_target
def test_every_value_comes_from_a_resource_of_that_target(options: tuple[str, ...], target: str) -> None:
    bound = [resource["name"] for resource in app_of(options, target)["resources"]]
    assert len(bound) == len(set(bound))
    assert {entry["value_from"] for entry in env_of(options, target) if "value_from" in entry} <= set(bound)


@every_variant
@every_target
def test_every_variable_is_set_once_and_not_empty(options: tuple[str, ...], target: str) -> None:
    env = env_of(options, target)
    names = [entry["name"] for entry in env]
    assert len(names) == len(set(names))
    assert all(bool(entry.get("value")) != bool(entry.get("value_from")) for entry in env)


@every_variant
@every_target
def test_the_bundle_sends_all_that_app_yaml_sets(options: tuple[str, ...], target: str) -> None:
    sent = [(entry["name"], entry.get("value"), entry.get("value_from")) for entry in env_of(options, target)]
    own = [(entry["name"], entry.get("value"), entry.get("valueFrom")) for entry in APP_YAML["env"]]
    assert set(own) <= set(sent)


@every_variant
@every_target
def test_only_variables_that_the_code_reads_are_set(options: tuple[str, ...], target: str) -> None:
    assert {entry["name"] for entry in env_of(options, target)} <= set(VARIABLES)


@every_variant
@every_target
def test_every_reference_in_the_bundle_resolves(options: tuple[str, ...], target: str) -> None:
    config = merged(bundle(options), target)
    text = "\n".join(strings(config["resources"]))
    projects = set(config["resources"].get("postgres_projects", {}))
    assert set(re.findall(r"\$\{resources\.postgres_projects\.(\w+)\.id\}", text)) == projects
    assert set(re.findall(r"\$\{var\.(\w+)\}", text)) <= set(config["variables"])


@every_variant
def test_every_variable_of_the_bundle_is_described_and_used(options: tuple[str, ...]) -> None:
    config = bundle(options)
    used = set(re.findall(r"\$\{var\.(\w+)\}", "\n".join(strings(config))))
    assert used == set(config["variables"])
    assert all(variable["description"] for variable in config["variables"].values())


@pytest.mark.parametrize("target", ["dev", "prod"])
def test_a_target_with_lakebase_can_mint_its_password_and_keeps_its_chats(target: str) -> None:
    app, project = (
        app_of((), target),
        merged(bundle(()), target)["resources"]["postgres_projects"]["lakechat"],
    )
    postgres = {resource["name"]: resource for resource in app["resources"]}["postgres"]["postgres"]
    assert postgres["permission"] == "CAN_CONNECT_AND_CREATE"
    assert {"name": "LAKEBASE_ENDPOINT", "value_from": "postgres"} in app["config"]["env"]
    assert project["lifecycle"] == {"prevent_destroy": True}


@every_variant
def test_the_ephemeral_target_knows_no_database(options: tuple[str, ...]) -> None:
    resources = merged(bundle(options), "ephemeral")["resources"]
    assert set(resources) == {"apps"}
    bound = resources["apps"]["lakechat"]["resources"]
    assert not any("postgres" in resource or "database" in resource for resource in bound)
    assert not {"LAKEBASE_ENDPOINT", "DATABASE_URL"} & {entry["name"] for entry in env_of(options, "ephemeral")}


def test_no_two_targets_share_an_app_or_a_database() -> None:
    configs = [merged(bundle(()), target) for target in TARGETS]
    names = [default(config, "app_name") for config in configs]
    projects = [default(config, "lakebase_project") for config in configs[:2]]
    assert all(re.fullmatch(r"[a-z][a-z0-9-]{1,25}", name) for name in names)
    assert all(re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", project) for project in projects)
    assert len(set(names)) == len(names)
    assert len(set(projects)) == len(projects)


def test_production_deploys_to_one_root_path() -> None:
    prod = bundle(())["targets"]["prod"]
    assert prod["mode"] == "production"
    assert prod["workspace"]["root_path"].endswith("/${bundle.name}/${bundle.target}")


def test_the_app_is_started_by_streamlit_alone() -> None:
    # Under plain uvicorn the platform's STREAMLIT_* presets are ignored; a command in the bundle would win.
    assert APP_YAML["command"] == ["streamlit", "run", "app.py"]
    assert all("command" not in app_of((), target)["config"] for target in TARGETS)


def test_each_file_spells_its_bindings_in_its_own_way() -> None:
    # The other file's spelling is ignored with a warning, and the variable is missing at run time.
    assert "value_from" not in yaml.dump(APP_YAML)
    assert "valueFrom" not in yaml.dump(bundle(OPTIONS))


def test_app_yaml_binds_only_resources_that_every_target_has() -> None:
    everywhere = set.intersection(
        *({resource["name"] for resource in app_of((), target)["resources"]} for target in TARGETS)
    )
    assert {entry["valueFrom"] for entry in APP_YAML["env"] if "valueFrom" in entry} <= everywhere


def test_the_deployed_folder_has_everything_the_app_needs_and_no_tools() -> None:
    excluded = bundle(())["sync"]["exclude"]
    assert {"local/**", "tests/**", "bench/**"} <= set(excluded)
    tops = {pattern.split("/")[0] for pattern in excluded}
    assert not tops & {"app.py", "app.yaml", "lib", "pages", "sql", ".streamlit", "requirements.txt"}


def test_no_file_makes_the_platform_treat_the_app_as_a_node_app() -> None:
    assert not (ROOT / "package.json").exists()


def test_every_variable_that_the_code_reads_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(VARIABLES)


def test_the_deploy_guide_speaks_of_every_option_and_target() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    assert [option for option in OPTIONS if f"`#{option}: `" not in guide] == []
    assert [target for target in TARGETS if f"`{target}`" not in guide] == []
    assert set(re.findall(r"--var (\w+)=", guide)) <= set(bundle(OPTIONS)["variables"])


def requirements(name: str) -> list[Requirement]:
    """The packages that `name` itself lists, without comments and included files."""
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def pin(requirement: Requirement) -> str:
    """The version of an exact pin. Raises ValueError when it is anything else."""
    (specifier,) = requirement.specifier
    if specifier.operator != "==" or "*" in specifier.version:
        raise ValueError(f"{requirement} is not pinned")
    return specifier.version


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_that_version_is_installed(name: str) -> None:
    here = [
        requirement for requirement in requirements(name) if not requirement.marker or requirement.marker.evaluate()
    ]
    assert {each.name: pin(each) for each in here} == {each.name: version(each.name) for each in here}
    assert len(here) == len({each.name for each in here})
    assert all(pin(requirement) for requirement in requirements(name))


@pytest.mark.parametrize(("name", "module"), [("mlflow", "mlflow"), ("agents", "agents"), ("litellm", "litellm")])
def test_the_packages_of_servers_are_pinned_and_stand_apart(name: str, module: str) -> None:
    pinned = {canonicalize_name(each.name): pin(each) for each in requirements(f"requirements-{name}.txt")}
    installed = {canonicalize_name(each.name): each.version for each in distributions(path=[str(packages(name))])}
    # `make setup` leaves LiteLLM out, `make test-agents` installs it.
    assert installed == pinned or (name == "litellm" and not installed)
    assert all(pinned.values())
    assert find_spec(module) is None


def test_no_tool_is_deployed() -> None:
    deployed, tools = requirements("requirements.txt"), requirements("requirements-dev.txt")
    assert not {each.name for each in deployed} & {each.name for each in tools}


def test_git_hides_no_file_that_is_deployed_and_every_secret(tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git, "this test asks git itself"
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run([git, "init", "--quiet", tmp_path], check=True)  # noqa: S603
    kept = ["lib/db/x.py", "lib/build/x.py", "pages/x.py", "sql/migrations/0001_x.sql", ".streamlit/x.toml"]
    secret = [".env", ".local/x", ".venv/x", ".databricks/x"]
    command = [git, "-C", str(tmp_path), "-c", "core.excludesFile=/dev/null", "check-ignore", *kept, *secret]
    hidden = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    assert hidden == secret

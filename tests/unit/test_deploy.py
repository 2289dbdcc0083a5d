"""The deployed files agree with each other: app.yaml, databricks.yml, ignored files and documents."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from local.bundle.catalogue import OPTIONS
from local.bundle.merging import joined, merged
from local.bundle.reading import bundle, minimum_cli_version
from local.bundle.validate import target_problems

ROOT = Path(__file__).parents[2]
APP_YAML = yaml.safe_load((ROOT / "app.yaml").read_text())
TARGETS = ("dev", "prod", "ephemeral")
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]


def app_of(target: str) -> dict[str, Any]:
    return dict(merged(bundle(), target)["resources"]["apps"]["lakechat"])


def env_of(target: str) -> list[dict[str, str]]:
    return list(app_of(target)["config"]["env"])


def default(config: dict[str, Any], name: str) -> str:
    return str(config["variables"][name]["default"])


def test_every_target_of_the_bundle_is_tested_here() -> None:
    targets = bundle()["targets"]
    assert set(targets) == set(TARGETS)
    assert [name for name, target in targets.items() if target.get("default")] == ["dev"]


@pytest.mark.parametrize("target", ["dev", "prod"])
def test_a_target_with_lakebase_can_mint_its_password_and_keeps_its_chats(target: str) -> None:
    app, resources = app_of(target), merged(bundle(), target)["resources"]
    postgres = {resource["name"]: resource for resource in app["resources"]}["postgres"]["postgres"]
    assert postgres["permission"] == "CAN_CONNECT_AND_CREATE"
    assert {"name": "LAKEBASE_ENDPOINT", "value_from": "postgres"} in app["config"]["env"]
    kept = [
        *(resources["postgres_projects"]["chats_project"], resources["postgres_databases"]["chats"]),
        resources["postgres_roles"]["chats_owner"],
    ]
    assert all(each["lifecycle"] == {"prevent_destroy": True} for each in kept)


@pytest.mark.parametrize("target", TARGETS)
def test_no_two_resources_have_the_same_key(target: str) -> None:
    """`bundle deployment bind` takes a key without its kind, and refuses one that two resources have."""
    keys = [key for group in merged(bundle(), target)["resources"].values() for key in group]
    assert len(set(keys)) == len(keys)


def test_the_ephemeral_target_knows_no_database() -> None:
    resources = merged(bundle(), "ephemeral")["resources"]
    assert set(resources) == {"apps"}
    bound = resources["apps"]["lakechat"]["resources"]
    assert not any("postgres" in resource or "database" in resource for resource in bound)
    assert not {"LAKEBASE_ENDPOINT", "DATABASE_URL"} & {entry["name"] for entry in env_of("ephemeral")}


def test_no_two_targets_share_an_app_or_a_database() -> None:
    configs = [merged(bundle(), target) for target in TARGETS]
    names = [default(config, "app_name") for config in configs]
    projects = [default(config, "lakebase_project") for config in configs[:2]]
    assert all(re.fullmatch(r"[a-z][a-z0-9-]{1,25}", name) for name in names)
    assert all(re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", project) for project in projects)
    assert len(set(names)) == len(names)
    assert len(set(projects)) == len(projects)


def test_production_deploys_to_one_root_path() -> None:
    prod = bundle()["targets"]["prod"]
    assert prod["mode"] == "production"
    assert prod["workspace"]["root_path"].endswith("/${bundle.name}/${bundle.target}")


def test_the_app_is_started_by_streamlit_alone() -> None:
    # Under plain uvicorn the platform's STREAMLIT_* presets are ignored; a command in the bundle would win.
    assert APP_YAML["command"] == ["streamlit", "run", "app.py"]
    assert all("command" not in app_of(target)["config"] for target in TARGETS)


def test_each_file_spells_its_bindings_in_its_own_way() -> None:
    # The other file's spelling is ignored with a warning, and the variable is missing at run time.
    assert "value_from" not in yaml.dump(APP_YAML)
    assert "valueFrom" not in yaml.dump(bundle())


def test_app_yaml_binds_only_resources_that_every_target_has() -> None:
    everywhere = set.intersection(
        *({resource["name"] for resource in app_of(target)["resources"]} for target in TARGETS)
    )
    assert {entry["valueFrom"] for entry in APP_YAML["env"] if "valueFrom" in entry} <= everywhere


def test_the_deployed_folder_has_everything_the_app_needs_and_no_tools() -> None:
    hidden = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()} | {".git"}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - hidden
    excluded = {pattern.removesuffix("/**") for pattern in bundle()["sync"]["exclude"]}
    # A new folder is either listed here, because the app needs it, or excluded in databricks.yml.
    assert folders - excluded == {"lib", "pages", "sql", "assets", ".streamlit"}
    assert not excluded & {"app.py", "app.yaml", "requirements.txt"}


def test_no_file_makes_the_platform_treat_the_app_as_a_node_app() -> None:
    assert not (ROOT / "package.json").exists()


def guide() -> str:
    return (ROOT / "docs" / "deploy.md").read_text()


def test_the_deploy_guide_has_every_target_and_names_only_variables_that_exist() -> None:
    assert [target for target in TARGETS if f"`{target}`" not in guide()] == []
    named = {name for each in DOCUMENTS for name in re.findall(r"--var (\w+)=|BUNDLE_VAR_(\w+)=", each.read_text())}
    set_there = re.findall(r'SET="([^"]+)"', "".join(each.read_text() for each in DOCUMENTS))
    given = {word.split("=")[0] for words in set_there for word in words.split()}
    assert {one or other for one, other in named} | given <= set(bundle()["variables"])


def test_the_deploy_guide_has_every_option_with_what_it_needs_and_may_be_given() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| .*\|([^|]*)\|$", guide().partition("| option |")[2], re.MULTILINE)
    needs = {name: set(re.findall(r"`(\w+)`", cell.partition("(")[0])) for name, cell in rows[: len(OPTIONS)]}
    may = {name: set(re.findall(r"`(\w+)`", cell.partition("(")[2])) for name, cell in rows[: len(OPTIONS)]}
    variables = set(bundle()["variables"])
    assert {name: cell & variables for name, cell in needs.items()} == {
        name: set(option.needs) for name, option in OPTIONS.items()
    }
    assert {name: cell & variables for name, cell in may.items()} == {
        name: set(option.takes) for name, option in OPTIONS.items()
    }


def test_the_lines_that_one_may_add_by_hand_are_what_the_option_binds() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", guide(), re.DOTALL)
    whole = joined(bundle(), yaml.safe_load(block))
    assert list(target_problems(ROOT, whole, "dev", {})) == []
    own = whole["targets"]["dev"]["resources"]["apps"]["lakechat"]
    (added,) = OPTIONS["feedback"].resources
    assert {"description": added["description"], **own["resources"][-1]} == added
    assert own["config"]["env"][-1:] == list(OPTIONS["feedback"].env)


def test_the_guide_names_the_oldest_cli() -> None:
    assert f"CLI {minimum_cli_version().removesuffix('.0')} or newer" in guide()


def test_nobody_is_told_to_drop_a_schema_without_an_export() -> None:
    told = [*DOCUMENTS, *(path for folder in ("lib", "local", "pages", "sql") for path in (ROOT / folder).rglob("*.*"))]
    texts = [(path, path.read_text()) for path in told if path.suffix in (".md", ".py", ".sql", ".po", ".yml")]
    advised = [(path, part) for path, text in texts for part in text.split("\n\n") if "DROP SCHEMA" in part]
    assert [path for path, part in advised if "pg_dump" not in part] == []


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


def test_uv_installs_what_the_app_needs() -> None:
    """setuptools reads the list that pyproject.toml names; it knows no hashes, so that cannot be the lock file."""
    [name] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["dynamic"]["dependencies"][
        "file"
    ]
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    named = {str(Requirement(line)) for line in lines}
    locked = re.findall(r"^([\w.-]+==[^ \\]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert {line.split(";")[0].strip() for line in named} <= set(locked)
    assert "streamlit" in {Requirement(line).name for line in lines}

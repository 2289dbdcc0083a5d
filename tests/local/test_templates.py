"""The three projects that people start from this repository: what is in them, under which name, and that they work."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from lib.settings.groups import VARIABLES
from local.bundle.merging import merged
from local.bundle.reading import bundle, minimum_cli_version
from local.bundle.validate import problems
from local.templates import apps_init as module
from local.templates.apps_init import MightChange, apps_init
from local.templates.bundle_init import SCHEMA, BadAnswer, answered, bundle_init, matches
from local.templates.checkout import ROOT, checkout, tracked

pytestmark = [
    pytest.mark.skipif(
        not (ROOT / SCHEMA).exists() or not (ROOT / ".git").exists(),
        reason="this is a project made from the template, or no git repository",
    ),
    pytest.mark.xdist_group("templates"),
]
ANSWERS = {"project_name": "my-chat", "serving_endpoint": "my-agent", "options": "titles feedback"}
MADE = {"targets/all.yml.tmpl": "targets/all.yml"}
OF_THE_TEMPLATE_ALONE = {SCHEMA, "dist/template", "not_in_projects.tmpl"}
MAX_FILE_BYTES = 10_000_000
"""The largest file that Databricks Apps takes."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def from_bundle_init(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The project, and what the CLI says at the end."""
    project = tmp_path_factory.mktemp("bundle_init")
    return project, bundle_init(repository, project, ANSWERS)


@pytest.fixture(scope="module")
def from_apps_init(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("apps_init")
    apps_init(repository, project, "my-chat")
    return project


def files(project: Path) -> dict[str, tuple[bytes, bool]]:
    """Each file's content, and whether it can be executed."""
    return {
        path.relative_to(project).as_posix(): (path.read_bytes(), os.access(path, os.X_OK))
        for path in project.rglob("*")
        if path.is_file()
    }


def expected(left_out: set[str]) -> dict[str, tuple[bytes, bool]]:
    """The tracked files, without those and without what a project has instead of a template."""
    names = set(tracked()) - left_out - set(MADE)
    return {name: ((ROOT / name).read_bytes(), os.access(ROOT / name, os.X_OK)) for name in names}


def names_of(project: Path) -> dict[str, tuple[str, str]]:
    """The app and the Lakebase project of each target."""
    whole = bundle(project)
    chosen = {target: merged(whole, target)["variables"] for target in whole["targets"]}
    return {name: (of["app_name"]["default"], of["lakebase_project"]["default"]) for name, of in chosen.items()}


def test_bundle_init_copies_everything_but_what_is_of_the_template_alone(from_bundle_init: tuple[Path, str]) -> None:
    made = files(from_bundle_init[0])
    assert {made.pop(name) and name for name in MADE.values()} == set(MADE.values())
    assert made == expected(OF_THE_TEMPLATE_ALONE)


def test_apps_init_copies_everything_but_documents_unchanged(from_apps_init: Path) -> None:
    documents = {name for name in tracked() if name.startswith("docs/")}
    made = files(from_apps_init)
    assert {made.pop(name) and name for name in MADE.values()} == set(MADE.values())
    assert made == expected(OF_THE_TEMPLATE_ALONE | documents)


def test_both_give_every_target_the_chosen_name(from_bundle_init: tuple[Path, str], from_apps_init: Path) -> None:
    for project in (from_bundle_init[0], from_apps_init):
        names = names_of(project)
        assert bundle(project)["bundle"]["name"] == "my-chat"
        assert names["prod"] == ("my-chat", "my-chat")
        assert names["dev"] == ("my-chat-dev", "my-chat-dev")
        assert not [name for name in names.values() if not name[0].startswith("my-chat") or len(name[0]) > 30]
        assert len({app for app, _ in names.values()}) == len(names)


def test_the_bundle_of_both_is_good(from_bundle_init: tuple[Path, str], from_apps_init: Path) -> None:
    assert problems(root=from_bundle_init[0], environ={}, offline=True) == []
    assert problems(root=from_apps_init, environ={}, offline=True) == []


def test_the_agent_is_the_one_that_was_named(from_bundle_init: tuple[Path, str], from_apps_init: Path) -> None:
    assert bundle(from_bundle_init[0])["variables"]["serving_endpoint"]["default"] == "my-agent"
    assert "default" not in bundle(from_apps_init)["variables"]["serving_endpoint"]


def test_bundle_init_ends_with_commands_that_exist(from_bundle_init: tuple[Path, str]) -> None:
    said = from_bundle_init[1]
    assert 'make options TARGET=dev OPTIONS="titles feedback"' in said and "AGENT" not in said
    declared = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared and set(re.findall(r"make ([a-z-]+)", said)) <= set(declared[1].split())


@pytest.mark.parametrize(
    "given",
    [
        {"project_name": "My Chat"},
        {"project_name": "9chat"},
        {"project_name": "a" * 27},
        {"project_name": "my-chat-"},
        {"serving_endpoint": "two words"},
        {"options": "titles,feedback"},
        {"colour": "blue"},
    ],
)
def test_an_answer_that_would_not_do_is_refused(given: Mapping[str, str]) -> None:
    with pytest.raises(BadAnswer):
        answered(schema(), given)


def test_the_longest_name_is_good_in_all_targets(repository: Path, tmp_path: Path) -> None:
    bundle_init(repository, tmp_path, ANSWERS | {"project_name": "a" * 26})
    assert problems(root=tmp_path, environ={}, offline=True) == []


def schema() -> dict[str, Any]:
    return dict(json.loads((ROOT / SCHEMA).read_text()))


def test_every_question_has_a_description_an_order_and_a_default_that_is_allowed() -> None:
    questions = schema()["properties"].values()
    assert all(question["description"] and question["type"] == "string" for question in questions)
    assert sorted(question["order"] for question in questions) == list(range(1, len(questions) + 1))
    assert answered(schema(), {})["project_name"]
    assert schema()["min_databricks_cli_version"] == f"v{minimum_cli_version()}"


def skipped() -> list[str]:
    return re.findall(r'skip "([^"]+)"', (ROOT / "not_in_projects.tmpl").read_text())


def test_bundle_init_leaves_out_whatever_git_ignores(repository: Path) -> None:
    lines = [line for line in (ROOT / ".gitignore").read_text().split("\n") if line and not line.startswith("#")]
    ignored = {line.strip("/").removesuffix(".tmpl") for line in lines}
    assert ignored <= set(skipped())
    modules = [path.parent for path in repository.rglob("*.py")]
    folders = {(path / "__pycache__").relative_to(repository).as_posix() for path in modules}
    assert not [folder for folder in folders if not any(matches(folder, pattern) for pattern in skipped())]


def test_no_name_of_a_file_is_a_template_itself() -> None:
    assert not [name for name in tracked() if "{" in name]


@pytest.mark.parametrize("text", ["x = rf'[0-9]<36>'", "<if .x>", "a <.project_name> b"])
def test_text_that_apps_init_might_change_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    template = text.replace("<", "{" * 2).replace(">", "}" * 2)
    source = checkout(tmp_path / "source", small_repository(tmp_path / "small"))
    (source / "x.py").write_text(f"\n{template}\n")
    with pytest.raises(MightChange, match=r"^x\.py, line 2: "):
        apps_init(source, tmp_path / "project", "my-chat")


def small_repository(folder: Path) -> Path:
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", folder], check=True)  # noqa: S603, S607
    (folder / "kept.py").write_text("x = 1\n")
    return folder


def test_apps_init_leaves_out_empty_files_and_reads_no_link_to_a_folder(tmp_path: Path) -> None:
    source = small_repository(tmp_path / "small")
    (source / "empty.py").write_text(" \n")
    (source / "_gitignore").write_text("x\n")
    apps_init(source, tmp_path / "project", "my-chat")
    assert set(files(tmp_path / "project")) == {"kept.py", ".gitignore"}
    (source / "link").symlink_to(".")
    with pytest.raises(IsADirectoryError):
        apps_init(source, tmp_path / "other", "my-chat")


def test_no_file_of_the_repository_is_empty(repository: Path) -> None:
    copied = {path: (repository / path).read_bytes().strip() for path in module.files(repository)}
    assert [path for path, content in copied.items() if not content] == []


def test_no_test_reads_a_document_while_it_is_imported() -> None:
    """Otherwise it could not even be collected in a project from `apps init`, which has no docs/."""
    sources = {path: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    early = re.compile(r"^\w.*\bdocs\b.*\.read_(text|bytes)\(", re.MULTILINE)
    assert [path.name for path, source in sources.items() if early.search(source)] == []


def test_the_gallery_has_people_choose_what_app_yaml_and_the_app_bind() -> None:
    manifest, app = (yaml.safe_load((ROOT / name).read_text()) for name in ("manifest.yaml", "app.yaml"))
    chosen = {spec["name"]: spec for spec in manifest["resource_specs"]}
    assert {entry["valueFrom"] for entry in app["env"] if "valueFrom" in entry} <= set(chosen)
    assert {entry["name"] for entry in app["env"]} <= set(VARIABLES)
    bound = merged(bundle(), "prod")["resources"]["apps"]["lakechat"]["resources"]
    assert {of["name"]: permission_of(of) for of in bound} == {name: permission_of(of) for name, of in chosen.items()}
    assert manifest["version"] == 1 and manifest["name"] and len(manifest["description"]) <= 200
    assert all(spec["description"] for spec in chosen.values())


def permission_of(resource: Mapping[str, Any]) -> tuple[str, str]:
    """Its kind and the permission on it."""
    [(kind, of)] = [(kind, of) for kind, of in resource.items() if isinstance(of, dict)]
    return kind.removesuffix("_spec"), of["permission"]


def test_no_file_is_too_large_for_databricks_apps() -> None:
    assert not [name for name in tracked() if (ROOT / name).stat().st_size > MAX_FILE_BYTES]


def run_tests(project: Path, *tests: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_tests_pass_in_a_project_from_bundle_init(from_bundle_init: tuple[Path, str]) -> None:
    run_tests(
        from_bundle_init[0], "tests/unit/test_deploy.py", "tests/unit/test_make_targets.py", "tests/unit/test_links.py"
    )


def test_the_tests_pass_in_a_project_from_apps_init_which_has_no_documents(from_apps_init: Path) -> None:
    said = run_tests(
        from_apps_init, "tests/unit/test_deploy.py", "tests/unit/test_change_feed.py", "tests/unit/test_links.py"
    )
    assert "docs/ is not here" in said

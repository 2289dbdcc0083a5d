"""The lock files: complete, with hashes, as their lists ask, and what is installed."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions, packages_distributions, requires, version
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.supply import lock
from local.supply.lock_file import DEPLOYED, FOLDER, ROOT, Locked, all_locks, blocks, read
from tests.server_process import packages

LISTS = {ROOT / "requirements.in": DEPLOYED, **{path: path.with_suffix(".txt") for path in FOLDER.glob("*.in")}}
LOCKS = pytest.mark.parametrize("path", all_locks(), ids=lambda path: path.name)


def here(path: Path) -> list[Locked]:
    return [each for each in read(path) if each.is_for_this_python]


@pytest.mark.parametrize(("source", "target"), LISTS.items(), ids=lambda path: path.name)
def test_a_lock_has_every_version_that_its_list_asks_for(source: Path, target: Path) -> None:
    asked = {(each.name, each.version) for each in read(source)}
    assert asked
    # Of what is deployed too, the lock of the tools says nothing: it includes the other file.
    locked = [*read(target), *(read(DEPLOYED) if target.name == "dev.txt" else ())]
    assert asked <= {(each.name, each.version) for each in locked}


def test_every_lock_is_written_by_make_lock() -> None:
    assert set(all_locks()) == set(LISTS.values())
    assert {path.stem for path in FOLDER.glob("*.in")} == {"dev", *lock.APART}


@LOCKS
def test_every_line_has_one_version_and_hashes(path: Path) -> None:
    for each in read(path):
        assert each.version
        assert each.hashes, each.requirement
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", digest) for digest in each.hashes), each.requirement


@LOCKS
def test_no_lock_names_a_place_to_get_packages_from(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert not [line for line in lines if "://" in line or re.match(r"-(?!r \.\./requirements\.txt$)", line)]


@pytest.mark.parametrize("path", [DEPLOYED, FOLDER / "dev.txt"], ids=lambda path: path.name)
def test_what_is_installed_is_what_is_locked(path: Path) -> None:
    assert {each.name: each.version for each in here(path)} == {each.name: version(each.name) for each in here(path)}


def test_the_deployed_lock_is_what_the_list_needs_all_of_it_and_nothing_else() -> None:
    reached = needed(Requirement(str(each.requirement)) for each in here(ROOT / "requirements.in"))
    assert reached == {each.name for each in here(DEPLOYED)}


def needed(asked: Iterator[Requirement]) -> set[str]:
    """The names of `asked` and of everything that these need on this system, as the installed packages say."""
    open_ = [(canonicalize_name(each.name), frozenset(each.extras)) for each in asked]
    seen = set(open_)
    while open_:
        name, extras = open_.pop()
        for requirement in map(Requirement, requires(name) or ()):
            reached = (canonicalize_name(requirement.name), frozenset(requirement.extras))
            if reached not in seen and applies(requirement, extras):
                seen.add(reached)
                open_.append(reached)
    return {name for name, _ in seen}


def applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def test_what_the_deployed_code_imports_is_on_its_list() -> None:
    listed = {each.name for each in read(ROOT / "requirements.in")}
    providers = packages_distributions()
    files = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "lib").rglob("*.py")]
    modules = {module for path in files for module in imported(path)} - sys.stdlib_module_names - {"lib", "pages"}
    assert {"streamlit", "sqlalchemy"} <= modules
    assert {m for m in modules if not listed & {canonicalize_name(name) for name in providers[m]}} == set()


def imported(path: Path) -> Iterator[str]:
    """The first part of the name of each module that the file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_no_tool_is_deployed() -> None:
    assert not {each.name for each in read(DEPLOYED)} & {each.name for each in read(FOLDER / "dev.txt")}


@pytest.mark.parametrize("name", ["mlflow", "agents", "litellm"])
def test_the_packages_of_servers_stand_apart(name: str) -> None:
    pinned = {each.name: each.version for each in read(FOLDER / f"{name}.txt")}
    installed = {canonicalize_name(each.name): each.version for each in distributions(path=[str(packages(name))])}
    # `make setup` leaves LiteLLM out, `make test-agents` installs it.
    assert installed == pinned or (name == "litellm" and not installed)
    assert find_spec(name) is None


def test_the_versions_of_python_are_the_same_everywhere() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert tools["ruff"]["target-version"] == "py" + lock.OLDEST_PYTHON.replace(".", "")
    assert tools["mypy"]["python_version"] == lock.OLDEST_PYTHON
    newest = lock.PYTHONS[-1]
    for document in ("README.md", "docs/supply-chain.md"):
        assert f"Python {lock.OLDEST_PYTHON} to {newest}" in (ROOT / document).read_text(), document


@LOCKS
def test_the_blocks_of_a_lock_are_its_packages(path: Path) -> None:
    found = blocks(path.read_text())
    assert len(found) == len(read(path))
    assert path.read_text().endswith("".join(found))


@pytest.mark.parametrize("line", ["a>=1", "a==1.*", "a", "a==1,!=2"])
def test_a_line_that_allows_several_versions_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not pinned"):
        _ = Locked(Requirement(line), frozenset()).version


def test_a_line_is_read_with_its_hashes_and_marker(tmp_path: Path) -> None:
    path = tmp_path / "lock.txt"
    pinned = "A_b==1.0 ; python_version < '3' \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\n"
    path.write_text(f"# comment\n-r other.txt\n{pinned}    # via x\n")
    (only,) = read(path)
    assert (only.name, only.version, only.hashes) == ("a-b", "1.0", {"sha256:1", "sha256:2"})
    assert not only.is_for_this_python

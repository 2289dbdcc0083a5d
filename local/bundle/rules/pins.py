"""What the app imports is in requirements.txt, at an exact version."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

FILE = "requirements.txt"
LIST = "requirements.in"
DEPLOYED = ("app.py", "pages", "lib")
_LINE = re.compile(r"^\s*(?:from\s+(\w[\w.]*)\s+import\b|import\s+([\w., ]+))", re.MULTILINE)


def problems(root: Path) -> Iterator[str]:
    if not (root / FILE).is_file():
        yield f"{FILE} is missing; the app would start with the old packages that the platform has."
        return
    pinned: set[str] = set()
    for line in _lines(root / FILE):
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            yield f"{FILE} has a line that names no package: {line!r}."
            continue
        pinned.add(canonicalize_name(requirement.name))
        exact = [each for each in requirement.specifier if each.operator == "==" and "*" not in each.version]
        if len(exact) != 1:
            yield f"{FILE} does not pin {requirement.name}; write its version into {LIST}, then `make lock`."
    yield from _imports(root, pinned)


def _lines(path: Path) -> Iterator[str]:
    """The requirements, without comments, options and hashes."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        own = line.split("#")[0].split(" --")[0].strip()
        if own and not own.startswith("-"):
            yield own


def _imports(root: Path, pinned: set[str]) -> Iterator[str]:
    brought = pinned | {name for each in pinned for name in _requirements_of(each)}
    said: set[str] = set()
    for path in _deployed(root):
        text = path.read_text(encoding="utf-8")
        # Reading the tree of every file takes seconds, so only files with a doubtful line are read that way.
        doubtful = {module for module in _likely_modules(text) if not _is_brought(module, brought)}
        for module in sorted((doubtful & set(_modules(text))) - said) if doubtful else ():
            said.add(module)
            file = path.relative_to(root).as_posix()
            yield f"{file} imports {module}, which no package in {FILE} brings; add it to {LIST}, then `make lock`."


def _is_brought(module: str, brought: set[str]) -> bool:
    own = module in ("app", "pages", "lib") or module in sys.stdlib_module_names
    return own or bool({canonicalize_name(name) for name in _distributions().get(module, ())} & brought)


def _deployed(root: Path) -> Iterator[Path]:
    for name in DEPLOYED:
        path = root / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else filter(Path.is_file, [path])


def _likely_modules(text: str) -> Iterator[str]:
    """What `_modules` would find, and perhaps words of a docstring."""
    for one, several in _LINE.findall(text):
        yield from (name.split()[0].split(".")[0] for name in (one or several).split(",") if name.strip())


def _modules(text: str) -> Iterator[str]:
    """The modules at the top of all imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.split(".")[0]


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


@cache
def _requirements_of(name: str) -> tuple[str, ...]:
    try:
        found = [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:
        return ()
    return tuple(canonicalize_name(each.name) for each in found if not (each.marker and "extra" in str(each.marker)))

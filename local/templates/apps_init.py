"""`databricks apps init --template`, by the rules by which the CLI copies a template that has no manifest of plugins.

It leaves out what git ignores, folders such as docs, and empty files, and reads every text file as a Go template. One
that Go refuses is copied as it is. Since only Go knows for sure what it refuses, text that it might carry out is an
error here.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from local.templates.checkout import git
from local.templates.go_text import OPENING, is_surely_refused, render

LEFT_OUT_FOLDERS = frozenset({"docs", "node_modules", "dist", ".git"})
LEFT_OUT_FILES = frozenset({"CLAUDE.md", "AGENTS.md", "databricks_template_schema.json"})
RENAMED = {f"_{name}": f".{name}" for name in ("gitignore", "env", "env.local", "npmrc", "prettierrc", "eslintrc")}
TEXT_SUFFIXES = frozenset(
    (
        *(".ts", ".tsx", ".js", ".jsx", ".json", ".yaml", ".yml", ".md", ".txt", ".html", ".css", ".scss"),
        *(".less", ".sql", ".sh", ".bash", ".zsh", ".py", ".go", ".rs", ".toml", ".ini", ".cfg", ".env"),
        *(".gitignore", ".npmrc", ".prettierrc", ".eslintrc", ".tmpl"),
    )
)
TEXT_NAMES = frozenset(
    (
        *("Makefile", "Dockerfile", "LICENSE", "README", ".gitignore", ".env", ".nvmrc", ".node-version"),
        *("_gitignore", "_env", "_npmrc"),
    )
)


class MightChange(Exception):
    """A file of ours that the CLI might change on its way."""


def apps_init(repository: Path, target: Path, name: str) -> None:
    """Make the project `name` in `target`. Raises MightChange, and BadTemplate for a `.tmpl` that is not understood."""
    answers = {"project_name": name}
    for path in sorted(files(repository)):
        content = (repository / path).read_bytes()
        if path.suffix == ".tmpl":
            content = render(content.decode(), answers, must_exist=False).encode()
        elif is_text(path):
            _check(path, content.decode())
        if content.strip():
            _write(repository / path, target / path.parent / _name(path), content)


def files(repository: Path) -> list[Path]:
    """Which files are copied, relative to the repository."""
    found = [path.relative_to(repository) for path in _walk(repository)]
    ignored = git(repository, "check-ignore", "--no-index", "--stdin", entered="\n".join(map(str, found))).splitlines()
    return [path for path in found if str(path) not in ignored]


def is_text(path: Path) -> bool:
    return path.name in TEXT_NAMES or Path(f"x{path.name}").suffix.lower() in TEXT_SUFFIXES


def _walk(repository: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(repository):
        # A link to a folder counts as a file, which cannot be read as one.
        yield from (Path(folder, name) for name in folders if Path(folder, name).is_symlink())
        folders[:] = [name for name in folders if name not in LEFT_OUT_FOLDERS]
        yield from (Path(folder, name) for name in names if name not in LEFT_OUT_FILES)


def _check(path: Path, text: str) -> None:
    if OPENING in text and not is_surely_refused(text):
        line = text.partition(OPENING)[0].count("\n") + 1
        raise MightChange(f"{path}, line {line}: Go might carry out what stands in two braces. Write it otherwise.")


def _name(path: Path) -> str:
    name = path.name.removesuffix(".tmpl")
    return RENAMED.get(name, name)


def _write(source: Path, target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    target.chmod(source.stat().st_mode & 0o777)

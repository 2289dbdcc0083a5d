"""A copy of the repository's files as they stand, as git would clone them once they are committed."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


class NoRepository(Exception):
    """Not a git repository, so nobody can say which of its files belong to it."""


def checkout(target: Path, root: Path = ROOT) -> Path:
    """Copy what git tracks or would add into `target`, which becomes a repository too. Raises NoRepository."""
    for name in tracked(root):
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, copy, follow_symlinks=False)
    git(target, "init", "--quiet")
    return target


def tracked(root: Path = ROOT) -> list[str]:
    """What git tracks or would add, without what was removed. Raises NoRepository."""
    if not (root / ".git").exists():
        raise NoRepository(f"{root} is not a git repository.")
    names = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return [name for name in names if name and ((root / name).exists() or (root / name).is_symlink())]


def git(folder: Path, *arguments: str, entered: str = "") -> str:
    command = ["git", "-C", str(folder), "-c", "core.excludesFile=/dev/null", *arguments]
    ended = subprocess.run(command, input=entered, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode > 1:
        raise NoRepository(ended.stderr.strip())
    return ended.stdout

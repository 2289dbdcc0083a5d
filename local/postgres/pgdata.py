"""Create the data directory of a Postgres cluster under another name, then rename it: it is whole or not there."""

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
HOST = "127.0.0.1"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class PgData:
    """The paths of one cluster: Postgres' own directory, and our files beside it."""

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
        """The lines of a running or killed server's pid file: the pid is the first, the state the eighth."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def settings(self, *, durable: bool) -> dict[str, str]:
        """All server settings but the port; `durable=False` gives up what only a crash of the machine needs."""
        tls = {"ssl": "on", "ssl_cert_file": str(self.certificate), "ssl_key_file": str(self.key)}
        return SETTINGS | ({} if durable else NOT_DURABLE) | (tls if self.has_tls else {})


def majors_in(directory: Path) -> list[int]:
    """The major versions whose clusters are in the directory, newest first."""
    return sorted((int(home.name[2:]) for home in directory.glob("pg[0-9][0-9]")), reverse=True)


def create(home: Path, binaries: Binaries, os_user: OsUser, *, durable: bool) -> PgData:
    """The cluster at `home`, created if it is not there; raises PostgresError."""
    if not home.exists():
        for killed in home.parent.glob(f"{home.name}.init*"):
            shutil.rmtree(killed, ignore_errors=True)
        # Named by our pid: a process that a killed initdb left behind does not write into this one.
        begun = PgData(home.with_name(f"{home.name}.init{os.getpid()}"))
        begun.home.mkdir(mode=0o700)
        _fill(begun, binaries, os_user, durable=durable)
        begun.home.rename(home)
    return PgData(home)


def _fill(cluster: PgData, binaries: Binaries, os_user: OsUser, *, durable: bool) -> None:
    _write_secret(cluster.password_file, secrets.token_urlsafe(24))
    os_user.take(cluster.home)
    _initdb(cluster, binaries, os_user, durable=durable)
    tls = _speaks_tls(cluster, binaries, os_user) and _make_certificate(cluster)
    # A password for every login: what works here without one would fail on Lakebase.
    rule = f"{'hostssl' if tls else 'host'} all all 127.0.0.1/32 scram-sha-256\n"
    (cluster.data / "pg_hba.conf").write_text(rule)
    os_user.take(cluster.home)


def _initdb(cluster: PgData, binaries: Binaries, os_user: OsUser, *, durable: bool) -> None:
    # On PG 17 full-text search folds case by LC_CTYPE whatever the provider: with C, 'Привет' is not folded.
    ctype = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    command = [binaries.tool("initdb"), "-D", str(cluster.data), "-U", ADMIN, "-E", "UTF8"]
    command += ["-A", "scram-sha-256", "--pwfile", str(cluster.password_file)]
    command += [*provider, "--locale=C", f"--lc-ctype={ctype}", *([] if durable else ["--no-sync"])]
    done = os_user.run(command, binaries.environment(), signal.SIGKILL)
    if done.returncode != 0:
        raise PostgresError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")


def _speaks_tls(cluster: PgData, binaries: Binaries, os_user: OsUser) -> bool:
    command = [binaries.tool("postgres"), "-D", str(cluster.data), "-C", "ssl_library"]
    return bool(os_user.run(command, binaries.environment()).stdout.strip())


def _make_certificate(cluster: PgData) -> bool:
    """Whether a certificate was made; without the development packages there is no `trustme`."""
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

"""The system user that runs Postgres: Postgres refuses to run as root."""

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PARENT_DEATH = Path(__file__).with_name("parent_death.py")


@dataclass(frozen=True)
class OsUser:
    """An existing user of this machine; with `uid` -1 the one that runs this process."""

    name: str
    uid: int = -1
    gid: int = -1

    @property
    def is_other(self) -> bool:
        return self.uid >= 0

    def may(self, flags: str, path: Path) -> bool:
        """Whether this user passes `test -FLAG path` for every flag; asked of the system, so groups and ACLs count."""
        script = " && ".join(f'test -{flag} "$1"' for flag in flags)
        return self.run(["/bin/sh", "-c", script, "sh", str(path)]).returncode == 0

    def run(
        self, command: list[str], env: dict[str, str] | None = None, death_signal: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as this user, in `/` because the user may not reach our directory."""
        arguments = self.arguments(command, death_signal)
        return subprocess.run(**arguments, cwd="/", env=env, capture_output=True, text=True, check=False)

    def arguments(self, command: list[str], death_signal: int = 0) -> dict[str, Any]:
        """The arguments of `subprocess.Popen` that run the command as this user.

        On Linux, the command receives the death signal when the calling *thread* ends, also by `kill -9`.
        """
        if death_signal and sys.platform == "linux":
            tie = [os.getpid(), death_signal, self.uid, self.gid]
            return {"args": [sys.executable, "-I", "-S", str(PARENT_DEATH), *map(str, tie), *command]}
        if not self.is_other:
            return {"args": command}
        return {"args": command, "user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, directory: Path) -> None:
        """Make this user the owner of one of our directories and of everything in it."""
        if self.is_other:
            for path in (directory, *directory.rglob("*")):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def os_user_for(directory: Path) -> OsUser:
    """The current user; for root the directory's owner, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return OsUser(pwd.getpwuid(os.geteuid()).pw_name if _is_known(os.geteuid()) else "this os_user")
    owner = directory.stat().st_uid if directory.exists() else 0
    if owner and _is_known(owner):
        return _from_entry(pwd.getpwuid(owner))
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return _from_entry(known.get("postgres") or known["nobody"])


def _from_entry(entry: pwd.struct_passwd) -> OsUser:
    return OsUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True

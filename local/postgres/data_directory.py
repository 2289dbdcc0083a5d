"""Choose a data directory that the server's user can reach; permissions of parent directories are never changed."""

import hashlib
import os
from pathlib import Path

from local.os_user import OsUser
from local.postgres.binaries import STAGING, PostgresError


def usable_directory(data: Path, os_user: OsUser) -> Path:
    """`data`, created if missing; where root's helper user cannot reach it, a directory in /var/tmp, with a notice."""
    try:
        if _is_reachable(data, os_user):
            return data
        if os_user.is_other:
            return _stand_in(data, os_user)
    except OSError as error:
        raise PostgresError(f"No Postgres can be kept in {data}: {error.strerror}.") from error
    raise PostgresError(f"No Postgres can be kept in {data}: it belongs to somebody else.")


def _stand_in(data: Path, os_user: OsUser) -> Path:
    key = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    place = STAGING / f"lakechat-{key}"
    # Anyone may write to /var/tmp, so the directory may be somebody else's.
    if not _is_reachable(place, os_user) or place.is_symlink() or place.stat().st_uid != os.geteuid():
        raise PostgresError(f"{place} is not ours: remove it and start again.")
    print(f"The user {os_user.name} cannot reach {data}: the database is kept in {place}.")
    return place


def _is_reachable(data: Path, os_user: OsUser) -> bool:
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    if os_user.is_other and not any(data.iterdir()):
        data.chmod(0o711)  # whatever the umask: the user passes through to its own directory below
    return os_user.may("x" if os_user.is_other else "wx", data)

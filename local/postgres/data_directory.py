"""Choose the directory of a Postgres that its account can reach; no parent's permissions are ever changed."""

import hashlib
import os
from pathlib import Path

from local.os_user import OsUser
from local.postgres.binaries import STAGING, PostgresError


def usable_directory(data: Path, account: OsUser) -> Path:
    """`data`, made if missing, or what stands in for it where root's helper account cannot reach; says so."""
    try:
        if _is_reachable(data, account):
            return data
        if account.is_other:
            return _stand_in(data, account)
    except OSError as error:
        raise PostgresError(f"No Postgres can be kept in {data}: {error.strerror}.") from error
    raise PostgresError(f"No Postgres can be kept in {data}: it belongs to somebody else.")


def _stand_in(data: Path, account: OsUser) -> Path:
    key = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    place = STAGING / f"lakechat-{key}"
    # Anyone may write there, so what lies there may be anyone's.
    if not _is_reachable(place, account) or place.is_symlink() or place.stat().st_uid != os.geteuid():
        raise PostgresError(f"{place} is not ours: remove it and start again.")
    print(f"The account {account.name} cannot reach {data}: the database is kept in {place}.")
    return place


def _is_reachable(data: Path, account: OsUser) -> bool:
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    if account.is_other and not any(data.iterdir()):
        data.chmod(0o711)  # whatever the umask: the account passes through to what it owns in it
    return account.may("x" if account.is_other else "wx", data)

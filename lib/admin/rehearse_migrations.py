"""The command that tries the missing migrations on a copy of the database: `python -m lib.admin.rehearse_migrations`.

It applies them in one transaction, says how long each took, and takes everything back. docs/operate.md says how to make
a copy.
"""

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence

from lib.admin.app_database import app_database
from lib.db.database import Database
from lib.db.diagnosis import diagnose
from lib.db.failures import StatementFailed
from lib.db.migrate import MIGRATE_SECONDS, rehearse
from lib.db.replicas import Replicas
from lib.errors import DatabaseUnavailable, NotConfigured

log = logging.getLogger("lakechat.admin")
DONE, WRONG_USE, IMPOSSIBLE = 0, 2, 3
IN_USE = (
    "Other sessions of this role are in the database, so it does not look like a copy. While migrations run, all chats "
    "are locked. Make a branch of the database and name its endpoint."
)
REFUSED = "The database refused a migration, so starting this version there would fail, too: {error}"


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Returns the exit code."""
    _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    try:
        with app_database(environ) as database:
            return _rehearse(database)
    except NotConfigured as error:
        return _failed(str(error), WRONG_USE)
    except DatabaseUnavailable as error:
        return _failed(diagnose(error).reason, IMPOSSIBLE)
    except StatementFailed as error:
        return _failed(REFUSED.format(error=error), IMPOSSIBLE)


def _parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog="python -m lib.admin.rehearse_migrations",
        description="Apply the missing migrations to a copy of the app's database, say how long each takes, and take "
        "them back. The copy is named by the same variables as the app's database.",
        epilog="Exit codes: 0 all can be applied, 2 wrong use or settings, 3 the database cannot be used, is no copy, "
        "or refuses a migration.",
    )


def _rehearse(database: Database) -> int:
    if Replicas(database).exist():
        return _failed(IN_USE, IMPOSSIBLE)
    took = database.run(rehearse, MIGRATE_SECONDS)
    sys.stdout.writelines(f"{seconds:8.1f} s  {name}\n" for name, seconds in took)
    total = sum(seconds for _, seconds in took)
    sys.stdout.write(f"{total:8.1f} s  in all; nothing was kept.\n" if took else "No migration is missing.\n")
    return DONE


def _failed(sentence: str, code: int) -> int:
    log.error("%s", sentence)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

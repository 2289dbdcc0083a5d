"""The command that imports the chats of Databricks' chat template: `python -m lib.admin.import_template --help`.

It reads the schema `ai_chatbot` of the database that the app uses. docs/import.md says how to move from the template.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lib.admin.app_database import app_database
from lib.admin.template_chats import TemplateChats
from lib.admin.template_import import Summary, TemplateImport
from lib.admin.users_file import read_users
from lib.db.database import Database
from lib.db.diagnosis import diagnose
from lib.db.grants import diagnose_access
from lib.db.migrate import is_behind
from lib.db.retry import with_cold_start_retry
from lib.db.template_schema import TemplateSchema
from lib.errors import BadInput, DatabaseUnavailable, NotConfigured
from lib.store.admin_imports import AdminImports

log = logging.getLogger("lakechat.admin")
DONE, SOME_REFUSED, WRONG_USE, IMPOSSIBLE, INTERRUPTED = 0, 1, 2, 3, 130
PROGRESS_SECONDS = 5.0
NO_SCHEMA = (
    "The schema chat is not there, or older than this version. Start the app once: it creates its schema itself."
)
UNFINISHED = "Run the import again to go on: what has been imported stays."
OUTCOMES = {
    "new": "new",
    "longer": "with more messages than here",
    "unchanged": "here already",
    "in_trash": "in the trash here; left there",
    "deleted": "deleted here by their owners; left out",
    "left out": "of users without an address in the list; left out",
    "empty": "without messages; left out",
    "refused": "refused; see above",
}


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("lakechat").setLevel(logging.INFO)
    try:
        users = read_users(options.users) if options.users else {}
        with app_database(environ) as database:
            return _import(database, users, options)
    except (BadInput, NotConfigured) as error:
        return _failed(str(error), WRONG_USE)
    except DatabaseUnavailable as error:
        return _failed(f"{diagnose(error).reason} {UNFINISHED}", IMPOSSIBLE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lib.admin.import_template",
        description="Import the chats of Databricks' chat template from the schema ai_chatbot of the app's database. "
        "It can be repeated: chats that are here are only completed.",
        epilog="Exit codes: 0 done, 1 some chats could not be taken, 2 wrong use or settings, 3 the database cannot be "
        "used, 130 interrupted.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done; write nothing")
    parser.add_argument("--users", type=Path, metavar="CSV", help="a file with the columns userId and email")
    parser.add_argument("--private", action="store_true", help="make public chats private")
    return parser


def _import(database: Database, users: Mapping[str, str | None], options: argparse.Namespace) -> int:
    schema = TemplateSchema(database)
    if problem := with_cold_start_retry(lambda: _problem(database, schema)):
        return _failed(problem, IMPOSSIBLE)
    work = TemplateImport(
        TemplateChats(schema),
        AdminImports(database),
        users,
        is_dry_run=options.dry_run,
        keeps_public=not options.private,
        retry=with_cold_start_retry,
    )
    try:
        work.run(_Progress())
    except KeyboardInterrupt:
        return _failed(f"Interrupted. {UNFINISHED}", INTERRUPTED)
    finally:
        _report(work.summary, is_dry_run=options.dry_run)
    return SOME_REFUSED if work.summary.refused else DONE


def _problem(database: Database, schema: TemplateSchema) -> str | None:
    """The migrations are the app's own: whoever else ran them would own its tables."""
    diagnosis = schema.diagnose()
    if diagnosis is None and database.run(is_behind):
        return NO_SCHEMA
    diagnosis = diagnosis or database.run(diagnose_access)
    return diagnosis.reason if diagnosis else None


class _Progress:
    def __init__(self) -> None:
        self._next = time.monotonic() + PROGRESS_SECONDS

    def __call__(self, summary: Summary) -> None:
        if time.monotonic() >= self._next:
            log.info("%s chats so far, %s messages.", f"{summary.chats:,}", f"{summary.messages:,}")
            self._next = time.monotonic() + PROGRESS_SECONDS


def _report(summary: Summary, *, is_dry_run: bool) -> None:
    rows = [(summary.chats, "chats read, of which are")]
    rows += [(count, f"  {words}") for name, words in OUTCOMES.items() if (count := summary.counts[name])]
    rows += [(summary.messages, f"messages {'to be ' if is_dry_run else ''}stored")]
    sys.stdout.writelines(f"{count:>12,} {words}\n" for count, words in rows)
    if is_dry_run:
        sys.stdout.write("Dry run: nothing was written.\n")


def _failed(sentence: str, code: int) -> int:
    log.error("%s", sentence)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

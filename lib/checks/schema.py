"""The database from within: the login, the schema's owner, the grants and the migrations."""

from collections.abc import Callable, Iterator

from lib.checks.finding import Finding
from lib.db.database import Database
from lib.db.diagnosis import Diagnosis, diagnose
from lib.db.failures import Kind, kind_of
from lib.db.grants import diagnose_access, diagnose_ownership
from lib.db.migrate import is_behind
from lib.db.query_check import diagnose_queries
from lib.errors import LakechatError

DATABASE, SCHEMA = "Database", "Schema chat"
GOOD: dict[Callable[..., Diagnosis | None], str] = {
    diagnose_access: "The app's role may read and write all its tables.",
    diagnose_queries: "Everything that the app's statements need is there.",
}


def schema(database: Database) -> Iterator[Finding]:
    """What the app's role may do there, up to what makes the rest pointless."""
    try:
        foreign = database.run(diagnose_ownership)
        yield Finding(DATABASE, "good", "The app may log in, and the database answers.")
        if foreign:
            yield _of(foreign)
            return
        yield Finding(SCHEMA, "good", "The app's role may make it and change it.")
        if database.run(is_behind):
            says = "Migrations are missing. The app applies them when it starts, so restart it."
            yield Finding(SCHEMA, "bad", says)
            return
        for check, says in GOOD.items():
            diagnosis = database.run(check)
            yield _of(diagnosis) if diagnosis else Finding(SCHEMA, "good", says)
    except LakechatError as error:
        yield _of(diagnose(error))


def _of(diagnosis: Diagnosis) -> Finding:
    name = SCHEMA if kind_of(diagnosis.code) is Kind.NOT_READY else DATABASE
    return Finding(name, "bad", diagnosis.sentence, "\n".join(diagnosis.remedy))

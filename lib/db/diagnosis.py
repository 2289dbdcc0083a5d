"""Why the database cannot be used, as a sentence for people and as statements that an admin can run."""

from dataclasses import dataclass

from lib.db.failures import (
    AUTHENTICATION_FAILED,
    NO_CREDENTIAL,
    NO_PRIVILEGE,
    POOL_TIMEOUT,
    READ_ONLY,
    Kind,
    failure_code,
    kind_of,
)
from lib.errors import DatabaseUnavailable

_SENTENCES = {
    "57P03": "Lakebase does not answer: it is starting, moving or stopped, or the network to it is down.",
    "53300": "Lakebase has no connection left for this app.",
    "3D000": "The database that the app is bound to does not exist.",
    AUTHENTICATION_FAILED: "Lakebase refuses the app's login.",
    "28000": "The app's role may not connect to the database.",
    NO_CREDENTIAL: "Databricks gives the app no credential for Lakebase.",
    NO_PRIVILEGE: "The app's role lacks a privilege in the database.",
    POOL_TIMEOUT: "All of this process's connections to Lakebase are busy.",
    READ_ONLY: "Lakebase takes no changes at the moment.",
    "53100": "Lakebase has no disk space left.",
    "53200": "Lakebase has no memory left.",
}
_CUT = "The connection to Lakebase was cut."
_BUSY = "Something else in Lakebase is in the way: a lock, or too much work at once."
_PASSING = ("40", "53", "54", "55", "57", "58", "XX")
_INCOMPLETE = "The schema chat is not as this version of the app needs it."
_REFUSED = "Lakebase refuses what the app needs."


@dataclass(frozen=True)
class Diagnosis:
    """`remedy`: SQL for somebody with the rights to run it; empty when no SQL would help."""

    code: str | None
    sentence: str
    remedy: tuple[str, ...] = ()

    @property
    def is_not_ready(self) -> bool:
        """The database answers, but something in it is missing."""
        return kind_of(self.code) is Kind.NOT_READY

    @property
    def reason(self) -> str:
        """Sentence and remedy on one line."""
        return f"{self.sentence} An admin can run: {' '.join(self.remedy)}" if self.remedy else self.sentence


class NotReady(DatabaseUnavailable):
    """The database answers, but it is not as the app needs it."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(failure=diagnosis.code)
        self.diagnosis = diagnosis


def diagnose(error: BaseException) -> Diagnosis:
    if isinstance(error, NotReady):
        return error.diagnosis
    code = failure_code(error)
    return Diagnosis(code, _SENTENCES.get(code or "") or _unnamed(code))


def schema_incomplete(code: str | None, what: str | None = None) -> Diagnosis:
    """Something is missing in the schema: `what`, in Postgres' words."""
    return Diagnosis(code, f"{_INCOMPLETE[:-1]}: {what}." if what else _INCOMPLETE)


def _unnamed(code: str | None) -> str:
    match kind_of(code):
        case Kind.AWAY:
            return _CUT
        case Kind.NOT_READY:
            return _INCOMPLETE
    return _BUSY if code is None or code.startswith(_PASSING) else _REFUSED

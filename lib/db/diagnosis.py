"""Explains why the database cannot be used: a sentence to show, and SQL that an admin can run."""

from dataclasses import dataclass

from lib.db.failures import (
    AUTHENTICATION_FAILED,
    ENDPOINT_NOT_ALLOWED,
    ENDPOINT_NOT_FOUND,
    ENDPOINT_TOO_MANY,
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
    "53300": "Lakebase accepts no more connections.",
    "3D000": "The database that the app is bound to does not exist.",
    AUTHENTICATION_FAILED: "Lakebase refuses the app's login.",
    "28000": "The app's role may not connect to the database.",
    NO_CREDENTIAL: "Databricks does not issue a credential for Lakebase to the app.",
    ENDPOINT_NOT_ALLOWED: "The app may not look up which Lakebase has the host in PGHOST: in app.yaml, set "
    "LAKEBASE_ENDPOINT with valueFrom: postgres (the key of the app's database resource), and deploy again.",
    ENDPOINT_NOT_FOUND: "No Lakebase that the app may see has the host in PGHOST: in app.yaml, set "
    "LAKEBASE_ENDPOINT with valueFrom: postgres (the key of the app's database resource), and deploy again.",
    ENDPOINT_TOO_MANY: "The workspace has too many Lakebase branches to find the host in PGHOST: in app.yaml, set "
    "LAKEBASE_ENDPOINT with valueFrom: postgres (the key of the app's database resource), and deploy again.",
    NO_PRIVILEGE: "The app's role lacks a privilege in the database.",
    POOL_TIMEOUT: "All of this process's connections to Lakebase are busy.",
    READ_ONLY: "Lakebase is read-only at the moment.",
    "53100": "Lakebase has no disk space left.",
    "53200": "Lakebase has no memory left.",
}
_CUT = "The connection to Lakebase was cut."
_BUSY = "Lakebase is busy: a lock is held, or the load is too high."
_TEMPORARY = ("40", "53", "54", "55", "57", "58", "XX")
_INCOMPLETE = "The schema chat does not match this version of the app."
_REFUSED = "Lakebase refuses the app's statements."


@dataclass(frozen=True)
class Diagnosis:
    """`remedy` is SQL for an admin to run; empty if no SQL would help."""

    code: str | None
    sentence: str
    remedy: tuple[str, ...] = ()

    @property
    def is_not_ready(self) -> bool:
        """Whether the database answers but lacks something that the app needs."""
        return kind_of(self.code) is Kind.NOT_READY

    @property
    def reason(self) -> str:
        """Sentence and remedy on one line."""
        return f"{self.sentence} An admin can run: {' '.join(self.remedy)}" if self.remedy else self.sentence


class NotReady(DatabaseUnavailable):
    """The database answers, but lacks a grant, the schema or a part of it."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(failure=diagnosis.code)
        self.diagnosis = diagnosis


def diagnose(error: BaseException) -> Diagnosis:
    if isinstance(error, NotReady):
        return error.diagnosis
    code = failure_code(error)
    return Diagnosis(code, _SENTENCES.get(code or "") or _general_sentence(code))


def schema_incomplete(code: str | None, postgres_message: str | None = None) -> Diagnosis:
    """The diagnosis for a schema that lacks something; the message of Postgres says what."""
    return Diagnosis(code, f"{_INCOMPLETE[:-1]}: {postgres_message}." if postgres_message else _INCOMPLETE)


def _general_sentence(code: str | None) -> str:
    match kind_of(code):
        case Kind.AWAY:
            return _CUT
        case Kind.NOT_READY:
            return _INCOMPLETE
    return _BUSY if code is None or code.startswith(_TEMPORARY) else _REFUSED

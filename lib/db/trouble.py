"""What keeps the app from its database, in a person's words, and what an admin can run against it."""

from dataclasses import dataclass

from lib.db.failures import AUTHENTICATION_FAILED, NO_CREDENTIAL, NO_PRIVILEGE, POOL_TIMEOUT, failure_code, is_busy
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
    "25006": "Lakebase takes no changes at the moment.",
}
_CUT = "The connection to Lakebase was cut."
_BUSY = "Something else in Lakebase is in the way: a lock, or too much work at once."
_REFUSED = "Lakebase refuses what the app needs to begin."


@dataclass(frozen=True)
class Trouble:
    """`remedy`: the statements to run, by somebody who may; empty when there is nothing to run."""

    code: str | None
    sentence: str
    remedy: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """All of it on one line."""
        return f"{self.sentence} An admin can run: {' '.join(self.remedy)}" if self.remedy else self.sentence


class NotReady(DatabaseUnavailable):
    """The database answers, but it is not as the app needs it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(failure=trouble.code)
        self.trouble = trouble


def trouble_of(error: BaseException) -> Trouble:
    if isinstance(error, NotReady):
        return error.trouble
    code = failure_code(error)
    unnamed = _BUSY if is_busy(code) else _CUT if isinstance(error, DatabaseUnavailable) else _REFUSED
    return Trouble(code, _SENTENCES.get(code or "", unnamed))

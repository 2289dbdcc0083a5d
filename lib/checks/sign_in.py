"""Who the workspace takes the app, or whoever deploys it, for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

from lib.checks.asking import Answer, Asking, NoAnswer, listed, unexplained
from lib.checks.finding import Finding
from lib.checks.running import Check

NAME = "Sign-in"
EVERYBODY = frozenset({"users", "account users"})
"""The groups that everyone is in, which the workspace may leave out of a list."""


@dataclass(frozen=True)
class Principal:
    """`name` is an e-mail address, or the client id of a service principal."""

    name: str
    groups: frozenset[str]


class SignIn:
    """Signs in once for all checks that need it; the first that asks does it, and the others wait.

    `auth_type` is the SDK's word for how: a personal access token ("pat") cannot do all that is needed. `login` is the
    command that signs in again.
    """

    def __init__(self, asking: Asking, auth_type: Callable[[], str], login: str = "") -> None:
        self._asking = asking
        self._auth_type = auth_type
        self._login = login
        self._lock = Lock()
        self._result: tuple[Finding, Principal | None] | None = None

    @property
    def check(self) -> Check:
        return Check(NAME, lambda: [self.result[0]])

    @property
    def result(self) -> tuple[Finding, Principal | None]:
        """What was found, and who it is; None if the sign-in cannot be used."""
        with self._lock:
            if self._result is None:
                self._result = self._signed_in()
            return self._result

    def then(self, name: str, find: Callable[[Principal], Iterable[Finding]]) -> Check:
        """A check that finds nothing where the sign-in cannot be used, because that says why, and says it once."""

        def found() -> Iterable[Finding]:
            principal = self.result[1]
            return () if principal is None else find(principal)

        return Check(name, found)

    def _signed_in(self) -> tuple[Finding, Principal | None]:
        try:
            answer = self._asking.get("/api/2.0/preview/scim/v2/Me")
        except NoAnswer as error:
            return self._failed(str(error)), None
        name = answer.body.get("userName")
        if answer.status in (400, 401, 403):
            return self._failed("The workspace refuses this sign-in."), None
        if answer.status != 200 or not isinstance(name, str) or not name:
            return unexplained(NAME, answer), None
        return self._of(name), Principal(name, _groups(answer) | EVERYBODY)

    def _failed(self, why: str) -> Finding:
        return Finding(NAME, "bad", f"{why} So nothing else of the workspace can be checked.", self._login)

    def _of(self, name: str) -> Finding:
        if self._auth_type() != "pat":
            return Finding(NAME, "good", f"Signed in as {name}, with OAuth.")
        says = f"Signed in as {name} with a personal access token, but some of what is needed works with OAuth only."
        return Finding(NAME, "warning", says, self._login)


def _groups(answer: Answer) -> frozenset[str]:
    return frozenset(str(group.get("display")) for group in listed(answer.body.get("groups")))

"""Sends ratings of Genie's answers to Genie.

Genie lets people rate what they asked themselves. So a rating is sent with the rights with which the question was
asked: with the person's token, which this process keeps in memory for some minutes from the vote on; where there is
none, or AGENT_AUTH is `app`, as the app. A rating can be sent again without harm: an answer has one.
"""

import time
from contextlib import suppress
from threading import Lock
from uuid import UUID

from lib.feedback.failures import Forbidden, NotThere, Refused, SignInRefused
from lib.feedback.workspace_calls import Json, call, dict_or_empty
from lib.identity import AccessToken, Asker
from lib.messages.genie_id import GenieId
from lib.store.assessments import Assessment
from lib.workspace import Workspace

TOKEN_SECONDS = 300.0
_RATINGS = {True: "POSITIVE", False: "NEGATIVE"}


class Genie:
    """Every call blocks. Raises the errors of `lib.feedback.failures`."""

    def __init__(self, workspace: Workspace, *, as_app: bool) -> None:
        self._workspace = workspace
        self._as_app = as_app
        self._tokens: dict[tuple[UUID, str], tuple[AccessToken, float]] = {}
        """By the answer and who voted, empty if a vote was taken back; and until when."""
        self._lock = Lock()

    def remember(self, message_id: UUID, voter: Asker, *, is_withdrawn: bool) -> None:
        now = time.monotonic()
        with self._lock:
            self._tokens = {vote: each for vote, each in self._tokens.items() if each[1] > now}
            if voter.access_token and not self._as_app:
                vote = message_id, "" if is_withdrawn else voter.user.source_id
                self._tokens[vote] = voter.access_token, now + TOKEN_SECONDS

    def create(self, wanted: Assessment) -> str:
        """A rating has no id: the answer has one rating."""
        return self._rate(wanted)

    def update(self, wanted: Assessment, id: str) -> None:
        self._rate(wanted)

    def delete(self, wanted: Assessment, id: str) -> None:
        """Without the person's rights it stays there, as the conversation does."""
        with suppress(Forbidden):
            self._rate(wanted)

    def find(self, wanted: Assessment) -> str | None:
        """Looked for because a comment that is sent again would stand there twice."""
        said = dict_or_empty(self._call("GET", wanted).get("feedback"))
        if wanted.is_upvoted is None:
            has = said.get("rating") in _RATINGS.values()
        else:
            has = said.get("rating") == _RATINGS[wanted.is_upvoted] and (said.get("comment") or "") == _comment(wanted)
        return wanted.trace_id if has else None

    def _rate(self, wanted: Assessment) -> str:
        rating = "NONE" if wanted.is_upvoted is None else _RATINGS[wanted.is_upvoted]
        comment = _comment(wanted)
        self._call("POST", wanted, "/feedback", {"rating": rating} | ({"comment": comment} if comment else {}))
        return wanted.trace_id

    def _call(self, method: str, wanted: Assessment, path: str = "", body: Json | None = None) -> Json:
        id = GenieId.read(wanted.trace_id)
        if id is None:
            raise Refused("Not an id of Genie's.")
        try:
            return call(self._workspace, method, f"{id.path}{path}", body, headers=self._headers(wanted))
        except (NotThere, SignInRefused) as failure:
            # A conversation that one may not use is not there for one, and neither of these passes by itself.
            raise Forbidden from failure

    def _headers(self, wanted: Assessment) -> dict[str, str] | None:
        """None for those of the app."""
        with self._lock:
            token, until = self._tokens.get((wanted.message_id, wanted.source_id), (None, 0.0))
        return {"Authorization": f"Bearer {token.value}"} if token and until > time.monotonic() else None


def _comment(wanted: Assessment) -> str:
    """The reasons, then the comment. Genie has no field for reasons."""
    return "\n".join(filter(None, (", ".join(wanted.tags), wanted.comment)))

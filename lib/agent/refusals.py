"""How a call to an agent fails before anything of an answer has come, and what a person is told of it."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lib.agent.text import name_of, one_sentence
from lib.errors import AgentFailed
from lib.identity import AskedAs

DETAIL_CHARS = 300

SIGN_IN_EXPIRED = "Your sign-in has expired: reload the page, then try again. Your question is kept."
NOT_GIVEN = (
    "This agent works on your behalf, but the app was not given your sign-in. "
    "Ask its administrator to turn on user authorization for the app."
)
NOT_THE_APP = "The agent did not accept this app's sign-in. Ask the app's administrator to check it."
NOT_YOU = "You may not use this agent. Ask its owner for the permission to query it."
NOT_THIS_APP = "This app may not use the agent. Ask the agent's owner to let the app's service principal query it."
ASKS_FOR_SIGN_IN = (
    "The agent's address asks for a sign-in that this app cannot give. "
    "An agent on Databricks Apps takes OAuth tokens only, and the app needs the permission to use it."
)
UNREACHABLE = "The agent cannot be reached right now. Your question is kept: try again in a minute."
SENTENCES = {
    404: "The agent was not found. It may have been renamed or removed.",
    408: "The agent took too long to answer.",
    413: "This conversation is too long for the agent. Start a new chat.",
    429: "The agent is busy and takes no more questions for the moment. Try again in a minute.",
    502: "The agent could not be reached behind its gateway. Try again in a minute.",
    503: "The agent is not ready. Try again in a minute.",
    504: "The agent took too long to answer.",
}
_EXPIRED = re.compile(r"expired|revoked|invalid[ _](access[ _])?token|token (is )?(invalid|not valid)", re.IGNORECASE)
_SCOPE = re.compile(r"required scopes?:?\s*\[?[\"'`]?([\w.:-]+)", re.IGNORECASE)
_NO_STREAM = re.compile(r"not|unsupported|unknown|disabled|unrecognized|invalid|extra", re.IGNORECASE)
# What a gateway says when the connection broke off after the question was sent: the agent may be running.
_LOST = re.compile(r"disconnect|reset", re.IGNORECASE)


class Unreached(AgentFailed):
    """No connection was made, so the agent has not run."""

    sentence = UNREACHABLE


class Refused(AgentFailed):
    """The agent, or what stands in front of it, answered with an error; nothing of an answer has come.

    `detail` is what it said of it, in one line, without a web page's source.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        asked_as: AskedAs = "app",
        signed_in_as: AskedAs = "app",
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.detail = detail
        self.retry_after_seconds = retry_after
        self.asked_as = asked_as
        self.signed_in_as = signed_in_as
        super().__init__(self._sentence())

    @property
    def missing_scope(self) -> str | None:
        found = _SCOPE.search(self.detail) if self.status == 403 else None
        return found[1].rstrip(".") if found else None

    @property
    def is_stale_user_token(self) -> bool:
        """The platform hands a token on once; it lives for an hour, a page for longer.

        An agent on Databricks Apps is handed it beside this app's own sign-in, which the platform checks and answers
        with its sign-in page: a 401 there is the agent's word on the person's token.
        """
        says_so = self.status == 403 and self.missing_scope is None and _EXPIRED.search(self.detail)
        return self.asked_as == "user" and (self.status == 401 or bool(says_so))

    @property
    def may_pass(self) -> bool:
        """Refused without having run, for a reason that goes away: too many questions, or scaled to zero."""
        return self.status == 429 or (self.status == 503 and not _LOST.search(self.detail))

    @property
    def is_of_streaming(self) -> bool:
        return self.status in (400, 405, 406, 415, 422, 501) and refuses_streaming(self.detail)

    def _sentence(self) -> str:
        if 300 <= self.status < 400:
            return ASKS_FOR_SIGN_IN
        if self.is_stale_user_token:
            return SIGN_IN_EXPIRED
        if self.missing_scope:
            return (
                f"The agent needs the scope `{self.missing_scope}`, which your sign-in does not have. "
                "Ask the app's administrator to add it to the app's user authorization."
            )
        sentence = self._general()
        return f"{sentence} It said: {self.detail}" if self.detail else sentence

    def _general(self) -> str:
        if self.status == 401:
            return NOT_THE_APP
        if self.status == 403:
            return NOT_YOU if self.signed_in_as == "user" else NOT_THIS_APP
        return SENTENCES.get(self.status, f"The agent answered with an error ({self.status}).")


def refuses_streaming(message: str) -> bool:
    return "stream" in message.lower() and bool(_NO_STREAM.search(message))


def detail_of(body: bytes) -> str:
    """What an error's body says; nothing for a web page."""
    text = body.decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return one_sentence(text, DETAIL_CHARS)
    if not isinstance(data, dict):
        return ""
    error = data.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    said = name_of(error) or name_of(data.get("message")) or name_of(data.get("detail"))
    return one_sentence(said, DETAIL_CHARS)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """In either of the header's two forms; None when it is missing or unreadable."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())

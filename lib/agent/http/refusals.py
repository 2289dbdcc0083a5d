"""Failures of a request before the answer has begun, and the sentences that users see for them."""

import math
import re

from lib.agent.formats.registry import REQUEST_FORMATS, RequestFormat
from lib.agent.http.scope_refusals import UNKNOWN_SCOPE, is_unknown_scope, missing_scope, sentence_of_missing
from lib.agent.http.server_error import TOO_LONG, read
from lib.errors import AgentFailed, AgentFailure
from lib.identity import AskedAs

REASON_CHARS = 2_000
MOST_MINUTES = 120
"""Whoever is asked to wait for longer does not wait for minutes."""

SIGN_IN_EXPIRED = "Your sign-in has expired: reload the page, then try again. Your question is not lost."
USER_SIGN_IN_MISSING = (
    "This agent works on your behalf, but the app did not receive your sign-in. "
    "Ask its administrator to turn on user authorization for the app."
)
APP_SIGN_IN_REFUSED = "The agent did not accept this app's sign-in. Ask the app's administrator to check it."
USER_NOT_PERMITTED = "You may not use this agent. Ask its owner for the permission to query it."
APP_NOT_PERMITTED = "This app may not use the agent. Ask the agent's owner to let the app's service principal query it."
REDIRECTED = (
    "The agent's address requires a sign-in that this app cannot provide. "
    "An agent on Databricks Apps accepts OAuth tokens only, and the app needs the permission to use it."
)
WRONG_FORMAT = "The agent did not accept the format in which the question was sent."
FILTERED = "The agent's content filter refused the question. Change it and ask again."
QUOTA_EXCEEDED = "The agent's quota is used up. Ask the app's administrator."
UNREACHABLE = "The agent cannot be reached right now. Your question is not lost: try again in a minute."
SENTENCES = {
    404: "The agent was not found. It may have been renamed or removed.",
    408: "The agent took too long to answer.",
    413: TOO_LONG,
    422: WRONG_FORMAT,
    429: "The agent is busy and accepts no more questions right now. Try again in a minute.",
    502: "The agent could not be reached behind its gateway. Try again in a minute.",
    503: "The agent is not ready. Try again in a minute.",
    529: "The agent is not ready. Try again in a minute.",
    504: "The agent took too long to answer.",
}
FAILURES: dict[int, AgentFailure] = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    408: "timeout",
    413: "context_too_long",
    429: "rate_limited",
    502: "unavailable",
    503: "unavailable",
    504: "timeout",
    529: "unavailable",
}
_EXPIRED = re.compile(r"expired|revoked|invalid[ _](access[ _])?token|token (is )?(invalid|not valid)", re.IGNORECASE)
_UNKNOWN_FIELD = re.compile(r"\b(unknown|unrecognized|unexpected|extra|not permitted)\b", re.IGNORECASE)
_BY_FIELD = {request_format.field: request_format for request_format in REQUEST_FORMATS.values()}
# Python's error when an agent reads the conversation's field and the request has no such field.
_MISSING_KEY = re.compile(rf"(?:KeyError\W*)?['\"]({'|'.join(_BY_FIELD)})['\"]\W*")
_FILTERED = re.compile(r"content[ _]?filter|content (management )?policy|ResponsibleAI|guardrail", re.IGNORECASE)
_QUOTA_EXCEEDED = re.compile(r"insufficient_quota|current quota|billing", re.IGNORECASE)
_NO_STREAM = re.compile(r"not|unsupported|unknown|disabled|unrecognized|invalid|extra", re.IGNORECASE)
# A gateway lost its connection to the agent after it had sent the request, so the agent may be running.
_CONNECTION_LOST = re.compile(r"disconnect|reset", re.IGNORECASE)


def _asks_for(field: str) -> re.Pattern[str]:
    """Matches a server's message that this field is missing, or that the field of another format is unknown."""
    other = f"(?:{'|'.join(name for name in _BY_FIELD if name != field)})"
    near = r"\b[^;.\n]{0,40}\b"
    return re.compile(
        rf"\b{field}{near}(required|missing|must|expected)\b"
        rf"|\b(missing|requires?|required|expect(s|ed)?|provide|needs?){near}{field}\b"
        rf"|\b(unknown|unrecognized|unexpected|unsupported|extra){near}{other}\b"
        rf"|\b{other}{near}(not permitted|not allowed|unexpected|unknown)\b",
        re.IGNORECASE,
    )


_WANTS = {field: _asks_for(field) for field in reversed(_BY_FIELD)}
"""By field. Responses is last: requests use it first, so an agent that refuses more likely wants another format."""


class Unreached(AgentFailed):
    """No connection could be made, so the agent has not run."""

    sentence = UNREACHABLE

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence, failure="unreachable")


class Refused(AgentFailed):
    """The agent, or a gateway in front of it, responded with an error instead of an answer.

    `error` is the body of the response, `challenge` its `WWW-Authenticate`. `detail` is all text of the error; never
    show it.
    """

    def __init__(
        self,
        status: int,
        error: bytes | str = b"",
        *,
        challenge: str = "",
        asked_as: AskedAs = "app",
        signed_in_as: AskedAs = "app",
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.error = read(error)
        self.detail = self.error.search_text
        # The raw body, because the reason may also be in the source of a web page.
        body = error.decode("utf-8", "replace") if isinstance(error, bytes) else error
        self._reasons = f"{challenge}\n{body[:REASON_CHARS]}"
        self.retry_after_seconds = retry_after
        self.asked_as, self.signed_in_as = asked_as, signed_in_as
        super().__init__(self._sentence(), failure=self._failure())

    @property
    def missing_scope(self) -> str | None:
        return missing_scope(self._reasons) if self.status == 403 else None

    @property
    def is_stale_user_token(self) -> bool:
        """Whether the user's token has expired: it is valid for an hour, and a page may stay open for longer.

        An agent on Databricks Apps gets two sign-ins: the app's, which the platform checks, and the user's token. If
        the platform refuses the app's, it redirects to its sign-in page, so a 401 is about the user's token there too.
        """
        is_reported = self.status == 403 and self.missing_scope is None and _EXPIRED.search(self._reasons)
        return self.asked_as == "user" and (self.status == 401 or bool(is_reported))

    @property
    def is_temporary(self) -> bool:
        """Whether the agent has not run and may do so soon: too many requests, or scaled to zero."""
        if self.status == 429:
            return not (self.error.is_too_long or _QUOTA_EXCEEDED.search(self.detail))
        return self.status == 529 or (self.status == 503 and not _CONNECTION_LOST.search(self.detail))

    @property
    def wanted_format(self) -> RequestFormat | None:
        """The format that the agent asks for, if it does. Then it has not run, because the request had another one."""
        if missing_key := next(filter(None, map(_MISSING_KEY.fullmatch, self.error.texts)), None):
            return _BY_FIELD[missing_key[1]]
        if self.status not in (400, 422):
            return None
        return next((_BY_FIELD[field] for field, wants in _WANTS.items() if wants.search(self.detail)), None)

    @property
    def refuses_streaming(self) -> bool:
        is_refused = self.status in (400, 405, 406, 415, 422, 501) and _NO_STREAM.search(self.detail)
        # MLflow's agent server says this with a 500, before it would run the agent.
        return "stream" in self.detail.lower() and bool(is_refused or "No stream function registered" in self.detail)

    @property
    def refuses_unknown_field(self) -> bool:
        return bool(_UNKNOWN_FIELD.search(self.detail))

    def _sentence(self) -> str:
        if 300 <= self.status < 400:
            return REDIRECTED
        if self.is_stale_user_token:
            return SIGN_IN_EXPIRED
        if self.missing_scope:
            return sentence_of_missing(self.missing_scope)
        return self.error.sentence_after(self._general())

    def _failure(self) -> AgentFailure:
        """Decided as the sentence is."""
        if self.is_stale_user_token:
            return "sign_in_expired"
        if self.error.is_too_long and not self.missing_scope:
            return "context_too_long"
        if self.status == 429 and _QUOTA_EXCEEDED.search(self.detail):
            return "quota_exceeded"
        if self.status == 400 and _FILTERED.search(self.detail):
            return "content_filter"
        by_class: dict[int, AgentFailure] = {3: "unauthorized", 4: "bad_request"}
        return FAILURES.get(self.status) or by_class.get(self.status // 100, "agent_failed")

    def _general(self) -> str:
        if self.status in (400, 403) and is_unknown_scope(self.detail):
            return UNKNOWN_SCOPE
        if self.status == 401:
            return APP_SIGN_IN_REFUSED
        if self.status == 403:
            return USER_NOT_PERMITTED if self.signed_in_as == "user" else APP_NOT_PERMITTED
        if self.status == 429 and _QUOTA_EXCEEDED.search(self.detail):
            return QUOTA_EXCEEDED
        if self.status == 400 and _FILTERED.search(self.detail):
            return FILTERED
        if self.wanted_format:
            return WRONG_FORMAT
        minutes = math.ceil((self.retry_after_seconds or 0) / 60)
        if self.is_temporary and 1 < minutes <= MOST_MINUTES:
            return f"The agent is busy or not ready. It asks to wait {minutes} minutes."
        return SENTENCES.get(self.status, f"The agent answered with an error ({self.status}).")

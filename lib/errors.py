"""Every error that a user can see, with a sentence to show and a code for programs.

LakechatError
├── BadInput             the input is invalid
│   └── NotAnAnswer      a question is to follow another question
├── NotSignedIn          the platform sent no identity with the request
├── NotAdmin             it is for the admins of the app only
├── NotFound             does not exist, or belongs to somebody else; the error does not tell which
│   ├── NoSuchMessage    the chat has no such message
│   └── NoSuchFile       an attached file is not there, or not for this user
├── Gone                 the user deleted this chat of theirs
├── ChatBusy             an answer is still being written in this chat
├── NotWaiting           the agent is not waiting for this decision
├── MovedOn              the chat has messages that the client had not seen when it sent the question
├── TooMany              more requests or running answers than one user may have
├── NotConfigured        a setting is missing or incomplete
├── DatabaseUnavailable  the database does not answer, is busy, or lacks schema or grants
├── FilesUnavailable     the Volume that keeps the files does not answer, or refuses
├── TooLarge             the file has more bytes than are taken
├── NotTaken             the database refuses a value that was sent
├── NotComparable        two answers have no results that could be compared
├── NotDrawable          a result has no such chart
├── ShuttingDown         this process accepts no new questions
└── AgentFailed          the agent could not be reached, refused, or broke off
"""

from typing import ClassVar, Literal

AgentFailure = Literal[
    "agent_failed",  # the agent reported an error, or gave no reason
    "bad_answer",  # not in a format that the app can read
    "bad_input",  # a file of the question that the agent does not take
    "bad_request",  # the agent did not accept the request
    "connection_lost",
    "content_filter",
    "context_too_long",  # for the agent's model
    "files_unavailable",
    "forbidden",
    "no_answer",  # it ended without one
    "not_configured",
    "not_found",
    "quota_exceeded",
    "rate_limited",
    "sign_in_expired",
    "timeout",
    "too_large",  # a question that is too large to be sent
    "too_long",  # an answer, for the agent or for the app
    "unauthorized",
    "unavailable",  # it is not ready, or is behind a gateway that cannot reach it
    "unreachable",
]
"""Why an agent could not answer. Where an error of this file says the same, it is that error's code."""


class LakechatError(Exception):
    """The base class. `str(error)` is one sentence to show; `code` is part of the API and never changes."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "Something went wrong."
    param: str | None = None
    """The request parameter at fault, where known."""

    def __init__(self, sentence: str | None = None, *, param: str | None = None) -> None:
        super().__init__(sentence or self.sentence)
        self.param = param or self.param


class BadInput(LakechatError):
    code = "bad_input"
    sentence = "The input is not valid."


class NotSignedIn(LakechatError):
    code = "not_signed_in"
    sentence = "You are not signed in. Open the app through your Databricks workspace."


class NotFound(LakechatError):
    code = "not_found"
    sentence = "This chat was not found."


class NoSuchMessage(NotFound):
    sentence = "There is no such message in this chat."


class NoSuchFile(NotFound):
    sentence = "There is no such file. If you were attaching it, attach it again."


class NotAdmin(LakechatError):
    code = "not_admin"
    sentence = "Only admins of this app may see the figures of everybody. ADMIN_USERS names them."


class NotAnAnswer(BadInput):
    sentence = (
        "A question follows an answer or begins the chat, and the message that this one is to follow is a question."
    )


class Gone(LakechatError):
    code = "gone"
    sentence = "This chat was deleted."


class ChatBusy(LakechatError):
    code = "chat_busy"
    sentence = "An answer is still being written in this chat. Wait for it, or stop it."


class NotWaiting(LakechatError):
    code = "not_waiting"
    sentence = "The agent is not waiting for this decision: it was made already, or the answer has ended."


class MovedOn(LakechatError):
    code = "moved_on"
    sentence = "This chat has new messages from another tab or device, so your question was not sent."


class TooMany(LakechatError):
    code = "too_many"
    sentence = "Too many requests at once. Try again in a moment."

    def __init__(self, sentence: str | None = None, wait_seconds: int = 5) -> None:
        super().__init__(sentence)
        self.wait_seconds = wait_seconds


class NotConfigured(LakechatError):
    code = "not_configured"
    sentence = "The app is not fully set up."


class DatabaseUnavailable(LakechatError):
    code = "database_unavailable"
    sentence = "Your chats cannot be reached right now. Try again in a minute."

    def __init__(self, sentence: str | None = None, *, failure: str | None = None) -> None:
        """`failure` is the code of the underlying failure, from `lib.db.failures`."""
        super().__init__(sentence)
        self.failure = failure


class FilesUnavailable(LakechatError):
    code = "files_unavailable"
    sentence = "The place where files are kept cannot be reached right now. Try again in a minute."


class TooLarge(LakechatError):
    code = "too_large"
    sentence = "This is too large."


class NotTaken(LakechatError):
    code = "not_taken"
    sentence = "The database refused this content. Change it and try again."


class NotComparable(LakechatError):
    code = "not_comparable"
    sentence = "These answers have no results that can be compared."


class NotDrawable(LakechatError):
    code = "not_drawable"
    sentence = "The result cannot be drawn as that chart."


class ShuttingDown(LakechatError):
    code = "shutting_down"
    sentence = "The app is restarting. Ask again in a moment."


class AgentFailed(LakechatError):
    """`failure` is the cause, as a word for programs. It is stored, so a word never changes its meaning."""

    code = "agent_failed"
    sentence = "The agent could not answer."

    def __init__(self, sentence: str | None = None, *, failure: AgentFailure = "agent_failed") -> None:
        super().__init__(sentence)
        self.failure = failure

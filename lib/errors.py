"""Every error that a person can see, with a sentence for people and a code for programs.

LakechatError
├── BadInput             the input cannot be used
├── NotSignedIn          the platform did not say who is asking
├── NotFound             does not exist or is not theirs; nobody is told which
├── Gone                 a chat of one's own that was deleted
├── ChatBusy             an answer is still being written in this chat
├── MovedOn              the chat has gone on since the asker last saw it
├── TooMany              more requests or running answers than one user may have
├── NotConfigured        a setting is missing or half set
├── DatabaseUnavailable  Lakebase does not answer, is busy, or is incomplete
├── NotTaken             Lakebase refuses the content of what was sent
├── ShuttingDown         this process takes no new questions
└── AgentFailed          the agent could not be reached, refused, or broke off
"""

from typing import ClassVar


class LakechatError(Exception):
    """Base of all; `str(error)` is one sentence for a person, `code` a stable word for programs."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "Something went wrong."
    param: str | None = None
    """The parameter of a request that it is about, where that is known."""

    def __init__(self, sentence: str | None = None, *, param: str | None = None) -> None:
        super().__init__(sentence or self.sentence)
        self.param = param or self.param


class BadInput(LakechatError):
    code = "bad_input"
    sentence = "That could not be understood."


class NotSignedIn(LakechatError):
    code = "not_signed_in"
    sentence = "You are not signed in. Open the app through your Databricks workspace."


class NotFound(LakechatError):
    code = "not_found"
    sentence = "This chat was not found."


class Gone(LakechatError):
    code = "gone"
    sentence = "This chat was deleted."


class ChatBusy(LakechatError):
    code = "chat_busy"
    sentence = "An answer is still being written in this chat. Wait for it, or stop it."


class MovedOn(LakechatError):
    code = "moved_on"
    sentence = "This chat has moved on elsewhere, so nothing was asked. All that was said in it is here now."


class TooMany(LakechatError):
    code = "too_many"
    sentence = "That is too much at once. Try again in a moment."

    def __init__(self, sentence: str | None = None, wait_seconds: int = 5) -> None:
        super().__init__(sentence)
        self.wait_seconds = wait_seconds


class NotConfigured(LakechatError):
    code = "not_configured"
    sentence = "The app is not fully set up."


class DatabaseUnavailable(LakechatError):
    code = "database_unavailable"
    sentence = "Your history cannot be reached right now. Try again in a minute."

    def __init__(self, sentence: str | None = None, *, failure: str | None = None) -> None:
        """`failure` is the code of the underlying failure, from `lib.db.failures`."""
        super().__init__(sentence)
        self.failure = failure


class NotTaken(LakechatError):
    code = "not_taken"
    sentence = "Lakebase does not take this as it is. Change it, and try again."


class ShuttingDown(LakechatError):
    code = "shutting_down"
    sentence = "The app is restarting. Ask again in a moment."


class AgentFailed(LakechatError):
    code = "agent_failed"
    sentence = "The agent could not answer."

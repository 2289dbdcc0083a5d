"""The prompt for an agent: a question and the conversation before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from lib.identity import AccessToken, AskedAs, User
from lib.messages.parts import ContextMessage


@dataclass(frozen=True)
class Pause:
    """Why the agent is asked again, and when. Both times are of `time.monotonic`.

    `said` are the agent's own sentences, empty if it gave none.
    """

    reason: str
    said: str
    ends_at: float
    gives_up_at: float
    """From then on it is not asked again."""


Notify = Callable[[str | Pause], None]
"""Called with a sentence about how the question was sent, to be kept with the answer, or with a pause."""


@dataclass(frozen=True)
class Prompt:
    """The conversation, oldest first, the question last."""

    chat_id: UUID
    user: User
    conversation: Sequence[ContextMessage]
    access_token: AccessToken | None = None
    in_background: bool = True
    """Whether the agent may be asked to work in the background. It stores the conversation then."""
    asked_as: AskedAs | None = None
    """Whose rights an answer has that another process began; None for a new one."""

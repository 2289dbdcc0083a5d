"""Votes on answers, with the rules that the pages and the API share, and what MLflow and Genie are told of them."""

from collections.abc import Sequence
from uuid import UUID

from lib.config import Settings
from lib.errors import BadInput
from lib.feedback.delivery import Delivery
from lib.feedback.genie import Genie
from lib.feedback.mlflow import MLflow
from lib.feedback.sender import Sender
from lib.identity import Asker
from lib.store.assessments import Assessments, Backlog
from lib.store.models import Receiver
from lib.store.store import Store
from lib.telemetry.instruments import VOTES
from lib.telemetry.recording import record
from lib.workspace import Workspace


class Feedback:
    """Of one process. Without a receiver votes are kept here; the database notes what it would be told."""

    def __init__(
        self, assessments: Assessments, mlflow: MLflow | None, genie: Genie | None, tags: Sequence[str]
    ) -> None:
        self.tags = tuple(tags)
        """The reasons that may be given, in the order in which they are shown."""
        self._assessments = assessments
        self._genie = genie
        senders: dict[Receiver, Sender] = {}
        senders |= {"mlflow": mlflow} if mlflow else {}
        senders |= {"genie": genie} if genie else {}
        self._receivers = tuple(senders)
        self._delivery = Delivery(assessments, senders) if senders else None
        self._by_name = {_folded(tag): tag for tag in tags}

    @classmethod
    def of(cls, settings: Settings, workspace: Workspace, assessments: Assessments) -> "Feedback":
        mlflow = MLflow(workspace, settings.tracing_warehouse_id) if settings.mlflow_experiment_id else None
        genie = Genie(workspace, as_app=settings.agent_auth == "app") if settings.genie_spaces else None
        return cls(assessments, mlflow, genie, settings.feedback_tags)

    def tells(self, receiver: Receiver | None) -> bool:
        """Whether it is told of votes."""
        return receiver in self._receivers

    def vote(
        self,
        store: Store,
        message_id: UUID,
        is_upvoted: bool | None,
        comment: str | None = None,
        tags: Sequence[str] = (),
        *,
        voter: Asker | None = None,
    ) -> bool:
        """Vote on an answer that the user may read; None deletes the vote. Whether there is such an answer.

        Genie is told with the rights of the voter, if it is one who has a token.
        Raises BadInput for a comment that is too long or a tag that there is not, and DatabaseUnavailable.
        """
        answer = store.get_message(message_id) if self._genie and voter else None
        # Readers of a shared chat vote, too, and their token must not serve for its owner's rating.
        if self._genie and voter and answer and store.get_chat(answer.chat_id):
            self._genie.remember(message_id, voter, is_withdrawn=is_upvoted is None)
        is_there = store.vote(message_id, is_upvoted, comment, () if is_upvoted is None else self._checked(tags))
        if is_there:
            record(VOTES, vote="removed" if is_upvoted is None else "up" if is_upvoted else "down")
        self.wake()
        return is_there

    def wake(self) -> None:
        """Soon: tell what has not been told."""
        if self._delivery:
            self._delivery.wake()

    def backlog(self) -> Backlog:
        """May raise DatabaseUnavailable."""
        return self._assessments.backlog(self._receivers)

    def retry(self) -> None:
        """Try again what was given up. May raise DatabaseUnavailable."""
        self._assessments.retry()
        self.wake()

    def start(self) -> None:
        if self._delivery:
            self._delivery.start()

    def close(self) -> None:
        if self._delivery:
            self._delivery.close()

    def _checked(self, tags: Sequence[str]) -> list[str]:
        """The tags as they are configured. Capitals, hyphens and underscores make no difference."""
        unknown = [tag for tag in tags if _folded(tag) not in self._by_name]
        if unknown:
            known = ", ".join(self.tags) or "none"
            raise BadInput(f"There is no such tag. The tags of this app are: {known}.")
        return [self._by_name[_folded(tag)] for tag in tags]


def _folded(tag: str) -> str:
    return " ".join(tag.replace("_", " ").replace("-", " ").casefold().split())

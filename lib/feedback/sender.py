"""What tells MLflow, or Genie, of votes."""

from typing import Protocol

from lib.store.assessments import Assessment


class Sender(Protocol):
    """Every call blocks. Raises the errors of `lib.feedback.failures`."""

    def create(self, wanted: Assessment) -> str:
        """The id that the receiver gave it."""

    def update(self, wanted: Assessment, id: str) -> None: ...

    def delete(self, wanted: Assessment, id: str) -> None: ...

    def find(self, wanted: Assessment) -> str | None:
        """The id of an assessment that an earlier request created, if one did."""

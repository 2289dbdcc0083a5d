"""Tells MLflow of votes, and Genie of those on its own answers, in the background.

One thread a process works off the outbox of assessments. It asks the database when a vote was cast here, when the app
starts, when housekeeping runs, and when the next assessment is due. So an empty outbox lets the database sleep. Several
processes may work at once: a claim makes each assessment one process's alone, and if that one dies the claim expires.

A vote becomes one assessment, however often it is sent. The id that MLflow gives is stored; a changed vote updates that
assessment, and a deleted one deletes it. A request to create may be carried out although its reply is lost. So before
it is repeated, by any process, the trace is asked whether it has the assessment (`Assessment.may_exist`).
"""

import logging
import time
from collections.abc import Mapping
from threading import Event, Thread

from lib.errors import DatabaseUnavailable
from lib.feedback.failures import Busy, Forbidden, NotThere, Refused, Unavailable
from lib.feedback.sender import Sender
from lib.store.assessments import PROBLEMS_OF_GENIE, Assessment, Assessments, Outcome, Problem
from lib.store.models import Receiver

log = logging.getLogger("lakechat.feedback")

AGAIN_SECONDS = (2, 5, 15, 60, 300, 900, 3600)
"""After each failure that may pass; from the last on it stays the same."""
MAX_ATTEMPTS = 30
"""A day. After that an admin can have it tried again."""
MAX_AGAIN_SECONDS = 24 * 3600
MAX_REST_SECONDS = 60.0
"""Without a reply MLflow is tried again with the next assessment after that."""
DATABASE_AGAIN_SECONDS = 30.0
CLOSE_SECONDS = 2.0


class Delivery:
    """`wake` may be called from any thread."""

    def __init__(self, assessments: Assessments, senders: Mapping[Receiver, Sender]) -> None:
        """What is for another receiver waits until it has a sender."""
        self._assessments = assessments
        self._senders = senders
        self._receivers = tuple(senders)
        self._rests_until = 0.0
        self._woken = Event()
        self._is_closing = False
        self._thread = Thread(target=self._run, name="feedback", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Soon: send what is due."""
        self._woken.set()

    def close(self) -> None:
        """Begin nothing more. What is being sent may be cut off: its claim expires, and another process finds it."""
        self._is_closing = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_SECONDS)

    def deliver_due(self) -> float | None:
        """Send all that is due, one after another. In how many seconds to go on; None if nothing waits.

        When a receiver is busy or away, all others wait with the one that met it.
        """
        if (pause_seconds := self._rests_until - time.monotonic()) > 0:
            return pause_seconds
        while not self._is_closing and (assessment := self._assessments.claim(self._receivers)):
            if pause_seconds := self._deliver(assessment):
                self._rests_until = time.monotonic() + pause_seconds
                return pause_seconds
        return self._assessments.due_in_seconds(self._receivers)

    def _run(self) -> None:
        pause_seconds: float | None = 0.0
        while not self._is_closing:
            self._woken.wait(pause_seconds)
            self._woken.clear()
            try:
                pause_seconds = None if self._is_closing else self.deliver_due()
            except DatabaseUnavailable:
                pause_seconds = DATABASE_AGAIN_SECONDS
            except Exception as error:
                log.error("Sending feedback failed: %s.", type(error).__name__)
                pause_seconds = DATABASE_AGAIN_SECONDS

    def _deliver(self, assessment: Assessment) -> float:
        """For how many seconds to leave the receiver alone; mostly 0."""
        try:
            id = self._tell(assessment)
        except Exception as error:  # also what nobody has foreseen: it must not keep others from being sent
            outcome = _after(assessment, error)
            name = type(error).__name__
            log.warning("Feedback on answer %s was not sent: %s (%s).", assessment.message_id, outcome.problem, name)
            self._assessments.settle(assessment, outcome)
            return _rest_seconds(error, outcome)
        if id is None:
            self._assessments.forget(assessment)
        else:
            self._assessments.settle(assessment, Outcome(id))
        return 0.0

    def _sender(self, assessment: Assessment) -> Sender:
        return self._senders[assessment.receiver]

    def _tell(self, assessment: Assessment) -> str | None:
        """The id of the assessment that MLflow has now; None if the vote was deleted, and it has none."""
        if assessment.is_upvoted is None:
            self._delete(assessment)
            return None
        id = self._known_id(assessment)
        if id is None:
            return self._sender(assessment).create(assessment)
        self._sender(assessment).update(assessment, id)
        return id

    def _delete(self, assessment: Assessment) -> None:
        try:
            if id := self._known_id(assessment):
                self._sender(assessment).delete(assessment, id)
        except NotThere:  # the trace is gone, and the assessment with it
            return

    def _known_id(self, assessment: Assessment) -> str | None:
        if assessment.assessment_id is None and assessment.may_exist:
            return self._sender(assessment).find(assessment)
        return assessment.assessment_id


def _after(assessment: Assessment, failure: Exception) -> Outcome:
    """What a failure means for the next attempt."""
    problem, may_pass = _problem(failure)
    id = assessment.assessment_id
    # Only `unavailable` leaves it open whether MLflow has created what it was asked for.
    may_have_created = id is None and (assessment.may_exist or problem == "unavailable")
    # It does not know what it had: somebody has deleted it. The next attempt looks, and creates another.
    has_lost = id is not None and problem == "no_trace"
    again = AGAIN_SECONDS[min(assessment.attempts, len(AGAIN_SECONDS)) - 1]
    if isinstance(failure, Busy) and failure.after_seconds is not None:
        again = min(max(again, round(failure.after_seconds)), MAX_AGAIN_SECONDS)
    return Outcome(
        None if has_lost else id,
        may_exist=may_have_created or has_lost,
        problem=PROBLEMS_OF_GENIE[problem] if assessment.receiver == "genie" else problem,
        again_seconds=again if may_pass and assessment.attempts < MAX_ATTEMPTS else None,
    )


def _rest_seconds(failure: Exception, outcome: Outcome) -> float:
    again = outcome.again_seconds or 0.0
    match failure:
        case Busy():
            return again
        case Unavailable():
            return min(again, MAX_REST_SECONDS)
    return 0.0


def _problem(failure: Exception) -> tuple[Problem, bool]:
    """Its name, and whether it may pass by itself."""
    match failure:
        case NotThere():
            return "no_trace", True
        case Busy():
            return "busy", True
        case Forbidden():
            return "forbidden", False
        case Refused():
            return "refused", False
    return "unavailable", True

"""What turns tell of themselves: a log line, figures, and spans of their parts. Nothing of what is said, or by whom.

No span has the id of a chat: whoever knows the address of a shared chat may read it. The log has it beside the turn's.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lib.agent.endpoints.agent import Agent
from lib.chat.turn import Turn
from lib.log_line import log_line
from lib.messages.usage import tokens_of
from lib.store.models import Status
from lib.telemetry import instruments
from lib.telemetry.failure import failure_of
from lib.telemetry.recording import begin_span, record

log = logging.getLogger("lakechat.turns")

OPERATION: Final = "invoke_agent"
"""OpenTelemetry's name for it."""
DATABRICKS: Final = "databricks"
OTHER: Final = "_OTHER"


def asked(turn: Turn, began_ns: int) -> None:
    """Its question is stored. `began_ns`: when that began, by `time.time_ns`."""
    record(instruments.TURNS_STARTED, agent=turn.agent)
    turn.span = begin_span("lakechat.turn", began_ns, agent=turn.agent, turn=str(turn.id))
    turn.span.past_child("lakechat.turn.start", began_ns)


def goes_on(turn: Turn) -> None:
    """It was waiting, or was left by another process."""
    turn.span = begin_span("lakechat.turn", time.time_ns(), agent=turn.agent, turn=str(turn.id))


@contextmanager
def agent_request(turn: Turn, agent: Agent) -> Iterator[None]:
    """While the agent is asked and answers."""
    began, failure = time.monotonic(), None
    tags = _tags(agent)
    try:
        with turn.span.child(f"{OPERATION} {agent.name}", is_call=True, **tags):
            yield
    except BaseException as error:
        failure = failure_of(error)
        raise
    finally:
        record(instruments.AGENT_DURATION, time.monotonic() - began, failure=failure, **tags)


def waits(turn: Turn) -> None:
    """For its user."""
    record(instruments.TURNS_WAITED, agent=turn.agent)
    turn.span.end(status="waiting")
    _log(turn)


def ended(turn: Turn, agent: Agent) -> None:
    """Its answer is stored."""
    counted_end(turn.agent, turn.status, turn.failure)
    if not turn.is_resumed:
        record(instruments.TURN_DURATION, turn.age_ms / 1000, agent=turn.agent, status=turn.status)
    if turn.first_event_ms is not None:
        record(instruments.FIRST_WORD, turn.first_event_ms / 1000, agent=turn.agent)
    _count_tokens(turn, agent)
    turn.span.end(turn.failure, status=turn.status, mlflow_trace=turn.answer.trace_id)
    _log(turn)


def counted_end(agent: str | None, status: Status, failure: str | None = None) -> None:
    """Of any turn, also of one that this process has not run."""
    record(instruments.TURNS_ENDED, agent=agent, status=status, failure=failure)


def _log(turn: Turn) -> None:
    line = log_line(
        "turn",
        id=turn.id,
        chat=turn.chat_id,
        status=turn.status,
        failure=turn.failure,
        agent=turn.agent,
        first_event_ms=turn.first_event_ms,
        total_ms=turn.age_ms,
        chars=len(turn.answer.content),
        **({"trace_id": turn.span.trace_id} if turn.span.trace_id else {}),
    )
    log.info("%s", line)


def _count_tokens(turn: Turn, agent: Agent) -> None:
    if tokens := tokens_of(turn.answer.usage):
        for token, count in (("input", tokens.input), ("output", tokens.output)):
            if count is not None:
                record(instruments.TOKEN_USAGE, count, token=token, **_tags(agent))


def _tags(agent: Agent) -> dict[str, str]:
    return {"operation": OPERATION, "provider": DATABRICKS if agent.uses_workspace else OTHER, "agent": agent.name}

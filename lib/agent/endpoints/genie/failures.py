"""Puts into words why Genie did not answer."""

import re

from lib.agent.endpoints.genie.api import Json
from lib.agent.formats.shared.values import dict_or_empty, name_of
from lib.agent.http.refusals import Refused
from lib.agent.http.server_error import read
from lib.errors import AgentFailed, AgentFailure

SPACE_NOT_FOUND = (
    "The Genie space was not found: it was removed, or it is not shared with you. Ask its owner, or the app's "
    "administrator."
)
SPACE_NOT_FOUND_BY_APP = (
    "The Genie space was not found: it was removed, or this app may not use it. Ask the app's administrator to bind it "
    "to the app with the permission CAN_RUN."
)
NOT_PERMITTED = (
    "You may not use this Genie space. Ask its owner to share it with you (CAN RUN), and for access to its data and "
    "its SQL warehouse."
)
APP_NOT_PERMITTED = (
    "This app may not use the Genie space. Ask the app's administrator to bind it to the app with the permission "
    "CAN_RUN, and for access to its data and SQL warehouse."
)
CANCELLED = "The question was cancelled in Genie. Try again."
NOT_ANSWERED = "Genie could not answer."
_TOO_LONG = "This conversation is too long for Genie. Start a new chat."
_BUSY = "Genie is still working on the question before. Wait a moment, then try again."

_BY_TYPE: tuple[tuple[str, AgentFailure, str], ...] = (
    ("BLOCK_MULTIPLE_EXECUTIONS", "rate_limited", _BUSY),
    ("RATE_LIMIT", "rate_limited", "Genie accepts no more questions right now. Try again in a minute."),
    ("CONTEXT_EXCEEDED|EXCEEDED_MAX_TOKEN", "context_too_long", _TOO_LONG),
    ("CONTENT_FILTER", "content_filter", "Genie's content filter refused the question. Change it and ask again."),
    ("TIMEOUT", "timeout", "Genie took too long to answer."),
    (
        "WAREHOUSE_ACCESS_MISSING",
        "forbidden",
        "The SQL warehouse of the Genie space may not be used. Ask its owner for the permission CAN USE.",
    ),
    (
        "WAREHOUSE_NOT_FOUND",
        "not_configured",
        "The Genie space has no SQL warehouse (any more). Ask the owner of the space to choose one.",
    ),
    (
        "TABLES_MISSING|NO_TABLES_TO_QUERY|UNKNOWN_TABLE|UC_SCHEMA",
        "not_configured",
        "Genie could not read the tables of its space: they were removed, or access to them is missing.",
    ),
    ("SQL_EXECUTION|SQL_EXEC_API|DESCRIBE_QUERY", "agent_failed", "Genie's query failed."),
)
"""By what the type of Genie's error contains."""


def unanswered(message: Json) -> AgentFailed:
    """For a message that failed or was cancelled."""
    if message.get("status") == "CANCELLED":
        return AgentFailed(CANCELLED)
    error = dict_or_empty(message.get("error"))
    kind = name_of(error.get("type"))
    failures = ((failure, sentence) for pattern, failure, sentence in _BY_TYPE if re.search(pattern, kind))
    failure, sentence = next(failures, ("agent_failed", NOT_ANSWERED))
    said = read(name_of(error.get("error"))).sentence
    return AgentFailed(f"{sentence} It said: {said}" if said else sentence, failure=failure)


def refused(refusal: Refused) -> AgentFailed:
    """The same refusal, in words about Genie where the general ones would not help."""
    if refusal.is_stale_user_token or refusal.missing_scope or refusal.status not in (403, 404):
        return refusal
    is_user = refusal.asked_as == "user"
    if refusal.status == 404:
        return AgentFailed(SPACE_NOT_FOUND if is_user else SPACE_NOT_FOUND_BY_APP, failure="not_found")
    return AgentFailed(NOT_PERMITTED if is_user else APP_NOT_PERMITTED, failure="forbidden")

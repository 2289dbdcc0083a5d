"""An assessment as MLflow makes it of what it is sent, and changes it."""

import re
from datetime import UTC, datetime
from uuid import uuid4

from local.workspace.traces import Json, rfc3339

SOURCES = ("HUMAN", "LLM_JUDGE", "CODE")


def new_assessment(given: Json) -> Json:
    now = rfc3339(datetime.now(UTC))
    fields = {
        "assessment_id": given.get("assessment_id") or f"a-{uuid4().hex}",
        "assessment_name": given.get("assessment_name", ""),
        "source": _source(snake_keys(given.get("source"))),
        "create_time": given.get("create_time") or now,
        "last_update_time": given.get("last_update_time") or now,
        "valid": True,
    }
    new = changed({}, given)
    return fields | {name: new[name] for name in ("feedback", "rationale", "metadata") if new[name]}


def _source(given: Json) -> Json:
    kind, name = given.get("source_type"), given.get("source_id")
    source = {"source_type": kind if kind in SOURCES else "SOURCE_TYPE_UNSPECIFIED"}
    return source | ({"source_id": name} if name else {})


def changed(old: Json, given: Json) -> Json:
    """Every field that a mask can name, as it becomes when the mask names it. The source never changes."""
    return {
        "assessment_name": given.get("assessment_name") or "",
        "feedback": {"value": snake_keys(given.get("feedback")).get("value")},
        "rationale": given.get("rationale") or "",
        "metadata": old.get("metadata", {}) | (given.get("metadata") or {}),
    }


def snake_keys(value: object) -> Json:
    """Names in either spelling, as MLflow takes them; empty when it is no object."""
    return {snake(name): each for name, each in value.items()} if isinstance(value, dict) else {}


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)

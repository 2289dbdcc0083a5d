"""The compute behind a database of Lakebase, as the workspace tells of it."""

from typing import Literal

from lib.checks.asking import Answer, Asking, nested, unexplained
from lib.checks.finding import Finding

API = "/api/2.0/postgres"
COMPUTE = "Lakebase compute"
Status = Literal["good", "warning", "bad"]
_STATES: dict[str, tuple[Status, str]] = {
    "ACTIVE": ("good", "It runs."),
    "IDLE": ("good", "It sleeps, and wakes when it is asked."),
    "INIT": ("warning", "It is starting."),
    "DEGRADED": ("warning", "It runs, but the workspace calls it degraded."),
}
_INSTANCE_STATES: dict[str, tuple[Status, str]] = {
    "AVAILABLE": ("good", "It runs."),
    "UPDATING": ("warning", "It is being updated."),
    "STARTING": ("warning", "It is starting."),
    "FAILING_OVER": ("warning", "It is failing over."),
    "STOPPED": ("bad", "It is stopped."),
    "DELETING": ("bad", "It is being deleted."),
}


def compute(asking: Asking, name: str) -> Finding:
    """Of an endpoint by its path, `projects/…/branches/…/endpoints/…`. Raises NoAnswer."""
    return condition(name, asking.get(f"{API}/{name}"))


def condition(name: str, answer: Answer) -> Finding:
    """Of the endpoint with this path, as it was answered."""
    look = f"databricks postgres get-endpoint {name}"
    if answer.status != 200:
        return missing(COMPUTE, answer, "The compute that the app is bound to does not exist any more.", look)
    status = nested(answer.body, "status")
    if status.get("disabled"):
        return Finding(COMPUTE, "bad", "It is disabled, so nobody can connect to it.", look)
    return _of_state(COMPUTE, _STATES, status.get("current_state"), look)


def instance(asking: Asking, name: str) -> Finding:
    """Of a provisioned instance. Raises NoAnswer."""
    label, look = f"Lakebase instance: {name}", f"databricks database get-database-instance {name}"
    answer = asking.get(f"/api/2.0/database/instances/{name}")
    if answer.status != 200:
        return missing(label, answer, "The instance that the app is bound to does not exist.", look)
    return _of_state(label, _INSTANCE_STATES, answer.body.get("state"), look)


def _of_state(label: str, states: dict[str, tuple[Status, str]], state: object, look: str) -> Finding:
    if known := states.get(str(state)):
        status, says = known
        return Finding(label, status, says, "" if status == "good" else look)
    return Finding(label, "unknown", "The workspace does not say how it is, or in a word that is new.", look)


def missing(label: str, answer: Answer, says: str, fix: str) -> Finding:
    """For an answer that is no success: `says` if what was asked for does not exist."""
    return Finding(label, "bad", says, fix) if answer.is_missing else unexplained(label, answer)

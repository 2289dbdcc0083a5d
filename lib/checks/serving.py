"""Serving endpoints, of agents and of the small model: whether one is there, ready, and may be used."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from lib.checks import permissions
from lib.checks.asking import Answer, Asking, listed, nested, unexplained
from lib.checks.finding import Finding
from lib.checks.permissions import reaches
from lib.checks.sign_in import Principal

Purpose = Literal["use", "bind"]
"""An app that runs uses what it is bound to (CAN_QUERY, CAN_EDIT); whoever deploys it binds it (CAN_MANAGE)."""
UPDATING = ("IN_PROGRESS",)


@dataclass(frozen=True)
class Endpoint:
    """What the workspace tells about an endpoint that was found."""

    label: str
    name: str
    answer: Answer

    @property
    def task(self) -> str:
        return str(self.answer.body.get("task") or "")

    @property
    def id(self) -> str:
        return str(self.answer.body.get("id") or "")


def look_up(asking: Asking, label: str, name: str) -> Endpoint:
    """`label` is what the findings call it, such as "Agent: sales". Raises NoAnswer."""
    return Endpoint(label, name, asking.get(f"/api/2.0/serving-endpoints/{quote(name, safe='')}"))


def condition(endpoint: Endpoint, principal: Principal, purpose: Purpose) -> Iterator[Finding]:
    """Whether it is there and ready, and whether it may be used; one finding only if it cannot be seen."""
    label, name, answer = endpoint.label, endpoint.name, endpoint.answer
    if answer.is_missing:
        says = f"There is no serving endpoint “{name}” in this workspace."
        yield Finding(label, "bad", says, "databricks serving-endpoints list")
    elif answer.is_denied:
        yield Finding(label, "bad", _NOT_SEEN[purpose], grant(endpoint, principal, purpose))
    elif answer.status != 200:
        yield unexplained(label, answer)
    else:
        yield _readiness(endpoint)
        yield _permission(endpoint, principal, purpose)


def grant(endpoint: Endpoint, principal: Principal, purpose: Purpose) -> str:
    """The command with which whoever manages the endpoint grants what is missing."""
    id = endpoint.id or f'"$(databricks serving-endpoints get {endpoint.name} -o json | jq -r .id)"'
    return permissions.grant("serving-endpoints", id, principal, NEEDED[purpose])


NEEDED: dict[Purpose, str] = {"use": "CAN_QUERY", "bind": "CAN_MANAGE"}
_NOT_SEEN: dict[Purpose, str] = {
    "use": "The app may not see this serving endpoint, so it may not ask it either: it needs CAN_QUERY.",
    "bind": "You may not see this serving endpoint. To bind it to the app, you need CAN_MANAGE on it.",
}
_MAY: dict[Purpose, str] = {
    "use": "The app may ask it.",
    "bind": "You may bind it to the app.",
}
_MAY_NOT: dict[Purpose, str] = {
    "use": "The app may not ask it: its service principal needs CAN_QUERY.",
    "bind": "You may not bind it to the app: that needs CAN_MANAGE on the serving endpoint.",
}


def _readiness(endpoint: Endpoint) -> Finding:
    state = nested(endpoint.answer.body, "state")
    look = f"databricks serving-endpoints get {endpoint.name}"
    match state.get("ready"):
        case "READY":
            return Finding(endpoint.label, "good", "It is there and ready.")
        case "NOT_READY" if state.get("config_update") in UPDATING:
            return Finding(endpoint.label, "warning", "It is being updated and not ready yet.", look)
        case "NOT_READY":
            return Finding(endpoint.label, "bad", "It is not ready, so every question to it fails.", look)
    return Finding(endpoint.label, "unknown", "It is there. The workspace does not say whether it is ready.", look)


def _permission(endpoint: Endpoint, principal: Principal, purpose: Purpose) -> Finding:
    """The workspace adds to an endpoint which level the caller has."""
    match reaches(endpoint.answer.body.get("permission_level"), NEEDED[purpose]):
        case True:
            return Finding(endpoint.label, "good", _MAY[purpose])
        case False:
            return Finding(endpoint.label, "bad", _MAY_NOT[purpose], grant(endpoint, principal, purpose))
    look = f"databricks serving-endpoints get-permissions {endpoint.id}" if endpoint.id else ""
    return Finding(endpoint.label, "unknown", "The workspace does not say who may use it.", look)


def traces(endpoint: Endpoint) -> Finding:
    """Whether its answers have the trace ids that ratings need to reach MLflow."""
    entities = listed(nested(endpoint.answer.body, "config").get("served_entities"))
    if any(_is_on(nested(entity, "environment_vars").get("ENABLE_MLFLOW_TRACING")) for entity in entities):
        return Finding(endpoint.label, "good", "MLflow's tracing is on where it runs.")
    if endpoint.task.startswith("llm/"):
        says = "It is a foundation model, which gives no traces, so ratings of its answers stay in the app."
        return Finding(endpoint.label, "warning", says)
    says = (
        "Whether its answers have traces cannot be seen from here. Ask it a question: Details in the answer's menu "
        "names the trace."
    )
    return Finding(endpoint.label, "unknown", says)


def _is_on(value: object) -> bool:
    return str(value).lower() == "true"

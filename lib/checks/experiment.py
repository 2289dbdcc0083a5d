"""The MLflow experiment that gets people's ratings."""

from collections.abc import Iterator

from lib.checks.asking import Asking, nested, unexplained
from lib.checks.finding import Finding
from lib.checks.permissions import grant, may
from lib.checks.serving import Purpose
from lib.checks.sign_in import Principal

NEEDED: dict[Purpose, str] = {"use": "CAN_EDIT", "bind": "CAN_MANAGE"}
_MAY: dict[Purpose, str] = {"use": "The app may write ratings to it.", "bind": "You may bind it to the app."}
_MAY_NOT: dict[Purpose, str] = {
    "use": "The app may not write ratings to it: its service principal needs CAN_EDIT.",
    "bind": "You may not bind it to the app: that needs CAN_MANAGE on the experiment.",
}


def experiment(asking: Asking, id: str, principal: Principal, purpose: Purpose) -> Iterator[Finding]:
    """Raises NoAnswer."""
    label = f"MLflow experiment: {id}"
    answer = asking.get("/api/2.0/mlflow/experiments/get", experiment_id=id)
    if answer.is_missing:
        says = "There is no such experiment in this workspace."
        yield Finding(label, "bad", says, "databricks experiments list-experiments")
    elif answer.is_denied:
        yield Finding(label, "bad", _MAY_NOT[purpose], grant("experiments", id, principal, NEEDED[purpose]))
    elif answer.status != 200:
        yield unexplained(label, answer)
    elif nested(answer.body, "experiment").get("lifecycle_stage") == "deleted":
        yield Finding(label, "bad", "It was deleted.", f"databricks experiments restore-experiment {id}")
    else:
        yield _permission(asking, label, id, principal, purpose)


def _permission(asking: Asking, label: str, id: str, principal: Principal, purpose: Purpose) -> Finding:
    match may(asking, "experiments", id, principal, NEEDED[purpose]):
        case True:
            return Finding(label, "good", _MAY[purpose])
        case False:
            return Finding(label, "bad", _MAY_NOT[purpose], grant("experiments", id, principal, NEEDED[purpose]))
    says = "It is there. This sign-in may not see who may write to it."
    return Finding(label, "unknown", says, f"databricks experiments get-permissions {id}")

"""Databricks Apps before a deployment: whether the workspace has them, and whether the app's name can be used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lib.checks.asking import Answer, Asking, nested, unexplained
from lib.checks.finding import Finding

API = "/api/2.0/apps"


@dataclass(frozen=True)
class WantedApp:
    """The app that a bundle describes."""

    name: str
    is_managed: bool | None
    """Whether this bundle made the app of this name; None if that is not known."""
    bind: str
    """The command that takes over an app that is there already."""


def are_offered(asking: Asking) -> Finding:
    """Raises NoAnswer."""
    answer = asking.get(API, page_size=1)
    if answer.status == 200:
        return Finding("Databricks Apps", "good", "This workspace has Databricks Apps.")
    if answer.is_not_offered:
        says = "This workspace has no Databricks Apps, or they are not switched on. An admin of the workspace can tell."
        return Finding("Databricks Apps", "bad", says)
    return unexplained("Databricks Apps", answer)


def look_up(asking: Asking, name: str) -> Answer:
    """Raises NoAnswer."""
    return asking.get(f"{API}/{name}")


def name_is_free(answer: Answer, wanted: WantedApp) -> Finding:
    """Whether the deployment can make the app, or change the one that is there."""
    label, look = f"App: {wanted.name}", f"databricks apps get {wanted.name}"
    if answer.is_missing:
        return Finding(label, "good", "The name is free: the deployment makes the app.")
    if answer.is_denied:
        says = "An app of this name may be there, which you may not see. Choose another app_name, or ask its owner."
        return Finding(label, "bad", says, look)
    if answer.status != 200:
        return unexplained(label, answer)
    if nested(answer.body, "compute_status").get("state") == "DELETING":
        return Finding(label, "bad", "An app of this name is being deleted. Wait until it is gone.", look)
    match wanted.is_managed:
        case True:
            return Finding(label, "good", "It is there, and this bundle manages it.")
        case False:
            says = (
                "An app of this name is there, and this bundle does not manage it, so the deployment would fail. If it "
                'is somebody else\'s, choose another name with SET="app_name=…". If it is yours, take it over:'
            )
            return Finding(label, "bad", says, wanted.bind)
    return Finding(label, "unknown", "It is there. Whether this bundle manages it could not be found out.", look)


def user_authorization(answer: Answer, wanted: Sequence[str]) -> Iterator[Finding]:
    """Whether the app that is there gives people's sign-in the scopes that the bundle asks for."""
    granted = answer.body.get("effective_user_api_scopes")
    if not wanted:
        return
    if answer.status != 200 or not isinstance(granted, list):
        says = "Whether the workspace lets apps act for people shows only when the app is deployed."
        yield Finding("User authorization", "unknown", says)
    elif missing := [scope for scope in wanted if scope not in granted]:
        says = f"The app does not have these scopes yet: {', '.join(missing)}. The deployment asks for them."
        yield Finding("User authorization", "warning", says)
    else:
        yield Finding("User authorization", "good", "The app has the scopes that the bundle asks for.")

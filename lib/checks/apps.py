"""The app itself, as the workspace sees it."""

from lib.checks.asking import Asking, Json, listed
from lib.checks.finding import Finding
from lib.checks.permissions import update_permissions

PEOPLE = "Who may open the app"


def access(asking: Asking, name: str) -> Finding:
    """Who may open the app. Raises NoAnswer."""
    look = f"databricks apps get-permissions {name}"
    answer = asking.get(f"/api/2.0/permissions/apps/{name}")
    if answer.is_missing:
        return Finding(PEOPLE, "unknown", "Who may open the app can be seen once it is there.")
    if answer.status != 200:
        return Finding(PEOPLE, "unknown", "This sign-in may not see who may open the app.", look)
    allowed = sorted(filter(None, map(_added, listed(answer.body.get("access_control_list")))))
    if allowed:
        return Finding(PEOPLE, "good", f"The app may be opened by: {', '.join(allowed)}.")
    return Finding(PEOPLE, "warning", "Only those who manage the app may open it.", _everyone(name))


def _everyone(name: str) -> str:
    return update_permissions("apps", name, {"group_name": "users", "permission_level": "CAN_USE"})


def _added(entry: Json) -> str:
    """The name of a person or group that may use the app; empty for those who only manage it."""
    may_use = any(each.get("permission_level") == "CAN_USE" for each in listed(entry.get("all_permissions")))
    name = entry.get("group_name") or entry.get("user_name") or entry.get("service_principal_name")
    return str(name) if name and may_use else ""

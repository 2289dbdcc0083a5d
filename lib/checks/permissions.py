"""What somebody may do with an object of the workspace, as its list of permissions says."""

import json
import shlex
from collections.abc import Mapping

from lib.checks.asking import Asking, listed
from lib.checks.sign_in import Principal

RANKS = {
    **dict.fromkeys(("CAN_VIEW", "CAN_READ", "CAN_USE"), 1),
    **dict.fromkeys(("CAN_QUERY", "CAN_RUN", "CAN_EDIT"), 2),
    **dict.fromkeys(("CAN_MANAGE", "IS_OWNER"), 3),
}
"""The levels of serving endpoints, experiments, projects and apps, each including those below it."""


def reaches(level: object, wanted: str) -> bool | None:
    """Whether this level includes the wanted one; None if it is none that is known here."""
    rank = RANKS.get(str(level))
    return None if rank is None else rank >= RANKS[wanted]


def may(asking: Asking, kind: str, id: str, principal: Principal, wanted: str) -> bool | None:
    """Whether `principal`, or a group of theirs, has the wanted level; None if the list may not be read.

    Raises NoAnswer.
    """
    answer = asking.get(f"/api/2.0/permissions/{kind}/{id}")
    if answer.status != 200:
        return None
    return any(
        reaches(permission.get("permission_level"), wanted)
        for entry in listed(answer.body.get("access_control_list"))
        if is_for(entry, principal)
        for permission in listed(entry.get("all_permissions"))
    )


def is_for(entry: dict[str, object], principal: Principal) -> bool:
    names = (entry.get("service_principal_name"), entry.get("user_name"))
    return principal.name in names or entry.get("group_name") in principal.groups


def grant(kind: str, id: str, principal: Principal, level: str) -> str:
    """The command that grants a person or a service principal a level. `id` is a word of the shell."""
    field = "user_name" if "@" in principal.name else "service_principal_name"
    return update_permissions(kind, id, {field: principal.name, "permission_level": level})


def update_permissions(kind: str, id: str, entry: Mapping[str, str]) -> str:
    """The command that adds an entry to the list of who may use it. `kind` is the CLI's group of commands."""
    body = json.dumps({"access_control_list": [entry]}, ensure_ascii=False)
    return f"databricks {kind} update-permissions {id} --json {shlex.quote(body)}"

"""Lakebase before a deployment: the API, the project and its branch, the database, and whether it can be bound."""

from collections.abc import Iterator
from dataclasses import dataclass

from lib.checks.asking import Answer, Asking, listed, nested, unexplained
from lib.checks.finding import Finding
from lib.checks.lakebase import API, COMPUTE, condition, missing
from lib.checks.permissions import may
from lib.checks.sign_in import Principal
from local.doctor.deployed_before import NAME as BEFORE


@dataclass(frozen=True)
class Place:
    """Where a deployment is to keep the chats; `makes` are the kinds of resources that the bundle makes itself."""

    branch: str
    """projects/…/branches/…"""
    database_id: str
    makes: frozenset[str]
    is_managed: bool | None
    """Whether this bundle made the project; None if that is not known."""
    is_left: bool
    """Whether this bundle made the project by what it declared before, which it does not any more."""
    bind: str
    """The command that takes over a project that is there already."""

    @property
    def project(self) -> str:
        """Its id."""
        return self.branch.split("/")[1]


def is_offered(asking: Asking) -> Finding:
    """Raises NoAnswer."""
    answer = asking.get(f"{API}/projects", page_size=1)
    if answer.status == 200:
        return Finding("Lakebase", "good", "This workspace has Lakebase.")
    if answer.is_not_offered:
        says = "This workspace has no Lakebase, or it is not switched on. An admin of the workspace can tell."
        return Finding("Lakebase", "bad", says, "make deploy TARGET=ephemeral")
    return unexplained("Lakebase", answer)


def place(asking: Asking, where: Place, principal: Principal) -> Iterator[Finding]:
    """From the project down to the database, up to the first that is not there. Raises NoAnswer."""
    label = f"Lakebase project: {where.project}"
    answer = asking.get(f"{API}/projects/{where.project}")
    if answer.is_missing and "postgres_projects" in where.makes:
        yield Finding(label, "good", "The deployment makes it.")
        return
    if answer.status != 200:
        yield missing(label, answer, "There is no such project.", "databricks postgres list-projects")
        return
    yield _project(label, answer, where)
    yield _manages(asking, label, answer, where, principal)
    yield from _branch(asking, where)


def _project(label: str, answer: Answer, where: Place) -> Finding:
    if answer.body.get("delete_time"):
        says = "It was deleted, and its name is taken until it is gone for good."
        return Finding(label, "bad", says, f"databricks postgres get-project projects/{where.project}")
    if "postgres_projects" not in where.makes or where.is_managed:
        return Finding(label, "good", "It is there.")
    if where.is_left:
        return Finding(label, "bad", f"This bundle made it before, under another key: see “{BEFORE}”.")
    if where.is_managed is None:
        return Finding(label, "unknown", "It is there. Whether this bundle manages it could not be found out.")
    says = (
        "A project of this id is there, and this bundle does not manage it, so the deployment would fail. If it is "
        'somebody else\'s, choose another name with SET="lakebase_project=…". If it is yours, take it over:'
    )
    return Finding(label, "bad", says, where.bind)


def _manages(asking: Asking, label: str, answer: Answer, where: Place, principal: Principal) -> Finding:
    """Binding a database to an app needs CAN MANAGE on its project."""
    is_owner = nested(answer.body, "status").get("owner") == principal.name
    match is_owner or may(asking, "database-projects", where.project, principal, "CAN_MANAGE"):
        case True:
            return Finding(label, "good", "You may bind it to the app.")
        case False:
            says = "You may not bind it to the app: that needs CAN MANAGE on the project."
            return Finding(label, "bad", says, f"databricks permissions get database-projects {where.project}")
    return Finding(label, "unknown", "You may not see who manages it. To bind it to the app, you need CAN MANAGE.")


def _branch(asking: Asking, where: Place) -> Iterator[Finding]:
    label = f"Lakebase branch: {where.branch.rpartition('/')[2]}"
    answer = asking.get(f"{API}/{where.branch}")
    if answer.status != 200:
        command = f"databricks postgres list-branches projects/{where.project}"
        yield missing(label, answer, "The project has no such branch.", command)
        return
    state = nested(answer.body, "status").get("current_state")
    if state != "READY":
        says = f"It is not ready: the workspace says {state or 'nothing about it'}."
        yield Finding(label, "warning", says, f"databricks postgres get-branch {where.branch}")
    endpoint = writable_endpoint(asking, where.branch)
    yield endpoint if isinstance(endpoint, Finding) else condition(str(endpoint.body.get("name")), endpoint)
    yield _database(asking, where)


def writable_endpoint(asking: Asking, branch: str) -> Answer | Finding:
    """What the workspace says of the branch's compute for reading and writing; else why it cannot be said."""
    answer = asking.get(f"{API}/{branch}/endpoints")
    if answer.status != 200:
        return unexplained(COMPUTE, answer)
    for endpoint in listed(answer.body.get("endpoints")):
        if nested(endpoint, "status").get("endpoint_type") == "ENDPOINT_TYPE_READ_WRITE":
            return Answer(200, endpoint)
    says = "The branch has no compute that can write."
    return Finding(COMPUTE, "bad", says, f"databricks postgres list-endpoints {branch}")


def _database(asking: Asking, where: Place) -> Finding:
    label = f"Lakebase database: {where.database_id}"
    answer = asking.get(f"{API}/{where.branch}/databases/{where.database_id}")
    if answer.status == 200:
        return Finding(label, "good", "It is there.")
    if answer.is_missing and "postgres_databases" in where.makes:
        return Finding(label, "good", "The deployment makes it.")
    command = f"databricks postgres list-databases {where.branch}"
    if not answer.is_missing:
        return unexplained(label, answer)
    ids = _ids(asking, where)
    others = f" It has: {', '.join(ids)}." if ids else ""
    return Finding(label, "bad", f"The branch has no database of this id.{others}", command)


def _ids(asking: Asking, where: Place) -> list[str]:
    """The ids that could be meant. They are not the names in Postgres."""
    answer = asking.get(f"{API}/{where.branch}/databases")
    return [str(each.get("name")).rpartition("/")[2] for each in listed(answer.body.get("databases"))]

"""Whether an app that is there keeps its chats: a deployment that binds another database shows people an empty list."""

import shlex
from collections.abc import Iterator

from lib.checks.asking import Answer, listed, nested
from lib.checks.finding import Finding
from local.doctor.command_line import Managed
from local.doctor.deployed_before import keep
from local.doctor.wanted import Wanted

NAME = "Where the chats are"


def keeps_its_chats(answer: Answer, wanted: Wanted, managed: Managed) -> Iterator[Finding]:
    """`answer` is what the workspace says of the app. One that has no database has nothing to lose."""
    if answer.status != 200:
        return
    for resource in listed(answer.body.get("resources")):
        if bound := str(nested(resource, "postgres").get("database") or ""):
            yield _compared(bound, wanted, managed)


def _compared(bound: str, wanted: Wanted, managed: Managed) -> Finding:
    if bound == wanted.database:
        return Finding(NAME, "good", "They stay in the database that the app has.")
    goes_to = f"bind {wanted.database}" if wanted.database else "bind no database"
    says = f"The app keeps them in {bound}, and this deployment would {goes_to}: nobody would find their chats."
    return Finding(NAME, "bad", says, _stay(bound, wanted, managed))


def _stay(bound: str, wanted: Wanted, managed: Managed) -> str:
    """The command that chooses the database that the app has."""
    branch, _, database = bound.partition("/databases/")
    project, _, branch_id = branch.partition("/branches/")
    key = managed.key_of("postgres_projects", project)
    if key and ("postgres_projects", key) in managed.left:
        return keep(wanted.target, key)
    if managed.key_of("postgres_databases", bound):
        return shlex.join(["make", "options", f"TARGET={wanted.target}", f"SET=lakebase_database={database}"])
    if wanted.branch is None or "postgres_projects" not in wanted.makes or not wanted.branch.startswith(f"{project}/"):
        option, values = "existing-lakebase", f"lakebase_branch={branch} lakebase_database={database}"
    # In a project that the bundle made: without it among the target's resources, the CLI would delete the project.
    elif branch == wanted.branch:
        option, values = "first-database", f"lakebase_database={database}"
    else:
        option, values = "restored", f"restored_branch={branch_id} restored_database={database}"
    words = shlex.join(["make", "options", f"TARGET={wanted.target}", f"OPTIONS={option}", f"SET={values}"])
    return f"{words}  # with the options that you have already"

"""Whether an app that is there keeps its chats: a deployment that binds another database shows people an empty list."""

import shlex
from collections.abc import Iterator

from lib.checks.asking import Answer, listed, nested
from lib.checks.finding import Finding
from local.doctor.wanted import Wanted

NAME = "Where the chats are"


def keeps_its_chats(answer: Answer, wanted: Wanted) -> Iterator[Finding]:
    """`answer` is what the workspace says of the app. One that has no database has nothing to lose."""
    if answer.status != 200:
        return
    for resource in listed(answer.body.get("resources")):
        if bound := str(nested(resource, "postgres").get("database") or ""):
            yield _compared(bound, wanted)


def _compared(bound: str, wanted: Wanted) -> Finding:
    if bound == wanted.database:
        return Finding(NAME, "good", "They stay in the database that the app has.")
    goes_to = f"bind {wanted.database}" if wanted.database else "bind no database"
    says = f"The app keeps them in {bound}, and this deployment would {goes_to}: nobody would find their chats."
    return Finding(NAME, "bad", says, _stay(bound, wanted))


def _stay(bound: str, wanted: Wanted) -> str:
    """The command that chooses the database that the app has."""
    branch, _, database = bound.partition("/databases/")
    project = branch.partition("/branches/")[0].removeprefix("projects/")
    is_own = wanted.branch is not None and branch == wanted.branch and "postgres_projects" in wanted.makes
    if is_own:
        # The project that this bundle made before it declared a database: another option would have it deleted.
        values = [f"lakebase_project={project}", f"lakebase_database={database}"]
        option = "first-database"
    else:
        values, option = [f"lakebase_branch={branch}", f"lakebase_database={database}"], "existing-lakebase"
    words = shlex.join(["make", "options", f"TARGET={wanted.target}", f"OPTIONS={option}", f"SET={' '.join(values)}"])
    return f"{words}  # with the options that you have already"

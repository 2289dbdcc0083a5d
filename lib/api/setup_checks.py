"""The route for the checks of the app's setup."""

from datetime import datetime

from lib.api.dependencies import CurrentAsker, Process
from lib.api.openapi import new_router
from lib.api.schema_base import Schema
from lib.checks.finding import Status

router = new_router("admin")


class FindingSchema(Schema):
    """`fix` is the command or statement that an admin can run; empty where there is none."""

    name: str
    status: Status
    says: str
    fix: str


class SetupChecksSchema(Schema):
    data: list[FindingSchema]
    checked_at: datetime


@router.get("/admin/checks")
def checks(asker: CurrentAsker, process: Process) -> SetupChecksSchema:
    """What the app may do in its workspace and its database right now. Only for those named in ADMIN_USERS.

    It takes a few seconds, and at most fifteen. The result is used again for twenty seconds.
    """
    report = process.setup_checks.run(asker).finished()
    found = [
        FindingSchema(name=each.name, status=each.status, says=each.says, fix=each.fix) for each in report.findings
    ]
    return SetupChecksSchema(data=found, checked_at=report.checked_at)

"""Runs the checks for admins in the background, and keeps what they found for some seconds."""

import time
from collections.abc import Callable, Sequence
from threading import Condition, Lock, Thread

from lib.checks.finding import Finding
from lib.checks.of_app import RunningApp
from lib.checks.running import MOST_SECONDS, Check, Report, reports
from lib.config import Settings
from lib.db.database import Database
from lib.errors import NotAdmin
from lib.identity import Asker, is_admin
from lib.workspace import Workspace

REUSED_SECONDS = 20.0
"""So that a page that is loaded again does not ask the workspace the same again."""
PAUSE_SECONDS = 3.0
"""Between two runs that an admin asks for with "Check again"."""
MAY_NOT = "Only admins of this app may see the check of its setup. ADMIN_USERS names them."


class Run:
    """One run, in a thread of its own."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._begun_at = time.monotonic()
        self._changed = Condition()
        self._report = Report((), tuple(check.name for check in checks))
        Thread(target=self._follow, args=(checks,), name="setup-check", daemon=True).start()

    @property
    def report(self) -> Report:
        """What was found so far. Does not wait."""
        return self._report

    def finished(self) -> Report:
        """Waits for the end, which comes within MOST_SECONDS."""
        with self._changed:
            self._changed.wait_for(lambda: not self._report.pending, MOST_SECONDS + 5)
        return self._report

    def is_fresh(self, seconds: float) -> bool:
        """Whether it still runs, or began that recently."""
        return bool(self._report.pending) or time.monotonic() - self._begun_at < seconds

    def _follow(self, checks: Sequence[Check]) -> None:
        try:
            for report in reports(checks):
                self._show(report)
        except Exception as error:  # such as one of a process that may start no more threads
            says = f"The checks broke off ({type(error).__name__})."
            late = tuple(Finding(name, "unknown", says) for name in self._report.pending)
            self._show(Report((*self._report.findings, *late), ()))

    def _show(self, report: Report) -> None:
        with self._changed:
            self._report = report
            self._changed.notify_all()


class SetupChecks:
    """The last run of each admin, because a run asks about the admin's own rights, too."""

    def __init__(self, settings: Settings, workspace: Workspace, database: Callable[[], Database | None]) -> None:
        self._settings = settings
        self._workspace = workspace
        self._database = database
        self._runs: dict[str, Run] = {}
        self._lock = Lock()

    def run(self, asker: Asker, *, again: bool = False) -> Run:
        """The run that is going on or has just ended, else a new one. Raises NotAdmin."""
        if not is_admin(asker.user, self._settings):
            raise NotAdmin(MAY_NOT)
        with self._lock:
            last = self._runs.get(asker.user.id)
            if last is None or not last.is_fresh(PAUSE_SECONDS if again else REUSED_SECONDS):
                self._runs[asker.user.id] = last = Run(self._checks(asker))
            return last

    def _checks(self, asker: Asker) -> Sequence[Check]:
        return RunningApp(self._settings, self._workspace, self._database(), asker.access_token).checks()

"""A run of the setup's checks that breaks off ends all the same, and with nothing that counts as good."""

from lib.checks.running import Check
from lib.checks.setup import PAUSE_SECONDS, Run


class Unreadable(list[Check]):
    """Stands for whatever ends a run, such as a process that may start no more threads."""

    def __len__(self) -> int:
        raise RuntimeError("can't start new thread")


def test_a_run_that_breaks_off_knows_nothing() -> None:
    run = Run(Unreadable([Check("Database", lambda: [])]))
    report = run.finished()
    assert [(each.name, each.status) for each in report.findings] == [("Database", "unknown")]
    assert not report.pending
    assert not run.is_fresh(0) and run.is_fresh(PAUSE_SECONDS)

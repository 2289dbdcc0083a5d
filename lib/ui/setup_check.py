"""The page that shows admins what the app may and may not do, and what mends it."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from lib.checks.finding import Finding, Status
from lib.checks.running import Report
from lib.checks.setup import Run
from lib.ui.language import N_, _, ngettext, sentence
from lib.ui.markdown.escape import escape_text
from lib.ui.page_context import PageContext, timezone
from lib.ui.sign_in import current_asker

POLL_SECONDS = 0.5
_AGAIN = "setup_check_again"
ICONS: dict[Status, str] = {
    "good": ":green[:material/check_circle:]",
    "warning": ":orange[:material/warning:]",
    "bad": ":red[:material/cancel:]",
    "unknown": ":gray[:material/help:]",
}
URGENT: dict[Status, int] = {"bad": 0, "warning": 1}
COUNTS: dict[Status, tuple[str, str]] = {
    "bad": (N_("{number} does not work"), N_("{number} do not work")),
    "warning": (N_("{number} warning"), N_("{number} warnings")),
    "unknown": (N_("{number} unknown"), N_("{number} unknown")),
    "good": (N_("{number} good"), N_("{number} good")),
}
NAMES = (N_("Sign-in"), N_("Database"), N_("Schema chat"), N_("Who may open the app"), N_("Lakebase compute"))
"""The names of checks without a value in them. The others are texts of lib/checks."""


def draw_setup_check(context: PageContext) -> None:
    """Raises NotAdmin."""
    run = context.runtime.setup_checks.run(current_asker(context), again=st.session_state.pop(_AGAIN, False))
    report = run.report
    with st.container(key="setup-check"):
        st.title(_("Setup check"), anchor=False)
        st.caption(_("What the app may do right now, and you with your own sign-in. Looking changes nothing."))
        _draw_summary(report)
        for findings in _worst_first(report.findings):
            _draw_findings(findings)
        for name in report.pending:
            st.markdown(f":material/pending: **{_name(name)}**")
    if report.pending:
        _poll(run, report)


@st.fragment(run_every=POLL_SECONDS)
def _poll(run: Run, drawn: Report) -> None:
    """Run the page again once there is more to show. It reads the process's memory and asks nobody."""
    if run.report is not drawn:
        st.rerun()


def _draw_summary(report: Report) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="setup-check-summary"):
        if report.pending:
            st.markdown(_("Checking…"))
        else:
            moment = f"{report.checked_at.astimezone(timezone()):%H:%M:%S}"
            st.markdown(f"{_counts(report)} · {_('checked at {moment}').format(moment=moment)}")
        st.button(_("Check again"), icon=":material/refresh:", disabled=bool(report.pending), on_click=_check_again)


def _check_again() -> None:
    st.session_state[_AGAIN] = True


def _counts(report: Report) -> str:
    numbers = Counter(finding.status for finding in report.findings)
    return " · ".join(ngettext(*COUNTS[status], numbers[status]) for status in COUNTS if numbers[status])


def _worst_first(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Those of one name together: first where something is bad, then where there is a warning, else as they come."""
    groups = [list(group) for _name, group in groupby(findings, lambda finding: finding.name)]
    return sorted(groups, key=lambda group: min(URGENT.get(finding.status, len(URGENT)) for finding in group))


def _draw_findings(findings: Sequence[Finding]) -> None:
    with st.container(gap="xsmall"):
        st.markdown(f"**{_name(findings[0].name)}**")
        for finding in findings:
            st.markdown(f"{ICONS[finding.status]} {escape_text(sentence(finding.says))}")
            if finding.fix:
                st.code(finding.fix, language=_language(finding.fix), wrap_lines=True)


def _name(name: str) -> str:
    return escape_text(_(name) if name in NAMES else sentence(name))


def _language(fix: str) -> str:
    if fix.startswith("user_api_scopes:"):
        return "yaml"
    return "sql" if fix.endswith(";") else "bash"

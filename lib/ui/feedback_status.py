"""Shows admins what MLflow and Genie have not been told of votes, and why."""

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.insights.access import insights_of
from lib.store.assessments import Backlog, Problem
from lib.ui.agents import agent_name
from lib.ui.language import N_, _, ngettext, number_text
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

UNTRACED_DAYS = 7
REASONS: dict[Problem, str] = {
    "forbidden": N_(
        "MLflow did not permit it: the app's service principal needs CAN_EDIT on the experiment {experiment}, or, for "
        "traces in Unity Catalog, SELECT and MODIFY on their tables."
    ),
    "no_trace": N_("MLflow did not know the trace for a day. The agent may write its traces to another workspace."),
    "refused": N_("MLflow did not accept them. It may have another version than the app knows."),
    "unavailable": N_("MLflow did not answer for a day."),
    "busy": N_("MLflow was busy for a day."),
    "genie_forbidden": N_(
        "Genie takes a rating only with the sign-in of the person who asked, which is kept for minutes. They can rate "
        "again."
    ),
    "genie_refused": N_("Genie did not accept them. It may have another version than the app knows."),
    "genie_unavailable": N_("Genie did not answer for a day."),
    "genie_busy": N_("Genie was busy for a day."),
}
SWITCH_ON = N_(
    "An agent gives traces once MLflow's tracing is on where it runs, with `mlflow.autolog()` or `@mlflow.trace` in "
    "its code and an experiment to write to. The app asks every agent for the trace's id. A foundation model has none."
)


def draw_feedback_status(context: PageContext) -> None:
    feedback = context.runtime.feedback
    st.subheader(_("Ratings for the builders of agents"), anchor=False)
    if not feedback.tells("mlflow"):
        st.caption(
            _("Ratings are kept here only. With MLFLOW_EXPERIMENT_ID set, they also become assessments of MLflow.")
        )
    if feedback.tells("genie"):
        st.caption(_("Ratings of Genie's answers are sent to Genie."))
    if not (feedback.tells("mlflow") or feedback.tells("genie")):
        return
    try:
        backlog = feedback.backlog()
        untraced = _untraced(context) if feedback.tells("mlflow") else []
    except DatabaseUnavailable:
        st.caption(_("What waits to be sent is in Lakebase, which cannot be asked right now."))
        return
    st.caption(_sentence(backlog))
    for sentence in untraced:
        st.caption(sentence)
    if untraced:
        st.caption(_(SWITCH_ON))
    for problem, count in backlog.given_up.items():
        reason = _(REASONS[problem]).format(experiment=context.runtime.settings.mlflow_experiment_id)
        st.warning(_("Not sent: {count}. {reason}").format(count=number_text(count), reason=reason))
    if backlog.given_up and st.button(_("Send again"), icon=":material/refresh:"):
        with show_errors(st.error):
            feedback.retry()
            st.rerun()


def _untraced(context: PageContext) -> list[str]:
    """How many of the latest answers MLflow cannot hear of, for each agent that gave some."""
    insights = insights_of(context.runtime, context.user, everybody=True)
    agents = insights.usage(UNTRACED_DAYS).agents if insights else {}
    said = _(
        "Answers of {agent} without a trace, whose ratings are kept here: {count} of {total} in the last {days} days."
    )
    return [
        said.format(
            agent=escape_label(agent_name(agent) or _("unknown")),
            days=number_text(UNTRACED_DAYS),
            count=number_text(counts.untraced),
            total=number_text(counts.complete),
        )
        for agent, counts in agents.items()
        if counts.untraced
    ]


def _sentence(backlog: Backlog) -> str:
    if backlog.waiting:
        return ngettext("{number} rating waits to be sent.", "{number} ratings wait to be sent.", backlog.waiting)
    return _("No rating waits to be sent.") if backlog.given_up else _("All ratings of answers with a trace are sent.")

"""The page with figures of questions and answers: the user's own, and for admins everybody's."""

from datetime import UTC, datetime

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.insights.access import insights_of
from lib.insights.as_csv import usage_csv
from lib.store.insights import Insights
from lib.store.insights_models import Counts
from lib.tables.csv_file import MEDIA_TYPE
from lib.ui.auto_refresh import refresh_on_connection_change
from lib.ui.insights.answers import draw_answers
from lib.ui.insights.charts import draw_charts
from lib.ui.insights.evaluation import draw_evaluation_set
from lib.ui.insights.filters import Choice, draw_filters, remember_agents
from lib.ui.insights.tables import draw_agents, draw_tools, draw_total
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext

AWAY = N_("Lakebase is away, and with it the figures. They are here again as soon as it is back.")
NOT_KEPT = N_("The app has no database, so nothing is counted. Figures need one.")
NOTHING = N_("Nothing was asked in this time.")
DAYS_OF_UTC = N_("Days are those of UTC. A question counts on the day it was asked, a rating on the day it was given.")


def draw_insights(context: PageContext) -> None:
    with st.container(key="insights"):
        st.title(_("Insights"), anchor=False)
        if context.runtime.is_ephemeral:
            st.markdown(_(NOT_KEPT))
            return
        choice = draw_filters(context)
        insights = insights_of(context.runtime, context.user, everybody=choice.everybody)
        try:
            if insights:
                _draw(insights, choice)
        except DatabaseUnavailable:
            st.caption(f":material/cloud_sync: {_(AWAY)}")
    refresh_on_connection_change(context.runtime)


def _draw(insights: Insights, choice: Choice) -> None:
    usage = insights.usage(choice.days, choice.agent)
    remember_agents(list(usage.agents))
    if usage.total == Counts():
        st.markdown(_(NOTHING))
        return
    draw_total(usage)
    draw_charts(usage, everybody=choice.everybody)
    draw_agents(usage)
    draw_tools(usage)
    draw_answers(insights, choice)
    st.caption(_(DAYS_OF_UTC))
    st.download_button(
        _("Download the days as CSV"),
        usage_csv(usage),
        file_name=f"insights {datetime.now(UTC):%Y-%m-%d}.csv",
        mime=MEDIA_TYPE,
        icon=":material/download:",
        on_click="ignore",
    )
    if choice.everybody:
        draw_evaluation_set(choice)

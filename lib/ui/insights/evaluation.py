"""Links to rated answers as an evaluation set, for admins."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from lib.ui.insights.filters import Choice
from lib.ui.language import N_, _

SAID = N_(
    "To evaluate the agent with MLflow: answers that were not helpful as {json} or {csv}, all rated ones as {all}."
)
PRIVACY = N_("They have the answers of your own chats and of those that are shared.")


def draw_evaluation_set(choice: Choice) -> None:
    st.header(_("Evaluation set"), anchor=False)
    links = {
        "json": _link(choice, "JSON", "down", "json"),
        "csv": _link(choice, "CSV", "down", "csv"),
        "all": _link(choice, "JSON", "all", "json"),
    }
    st.html(f'<p class="export-all">{escape(_(SAID)).format(**links)}</p>')
    st.caption(_(PRIVACY))


def _link(choice: Choice, label: str, rated: str, format: str) -> str:
    asked = {"days": choice.days, "agent": choice.agent, "rated": rated, "format": format}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f'<a href="/api/insights/evaluation-set?{escape(query)}" download>{label}</a>'
